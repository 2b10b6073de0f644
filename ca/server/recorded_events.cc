// Operations.ListRecorded: what was decided, a page at a time.
#include "base/status.h"
#include "ca/server/proto_codec.h"
#include "ca/server/services.h"
#include "fmt/format.h"
#include "mayfly/v1/ledger.pb.h"

namespace mayfly::server {
namespace {

constexpr char kListRecorded[] = "/mayfly.v1.Operations/ListRecorded";
constexpr uint32_t kDefaultPage = 200;
constexpr uint32_t kMaxPage = 500;
constexpr size_t kMaxPageBytes = 2 << 20;  // Well below what a client takes in one answer.

// What callers signed is theirs, and nobody needs it to decide again.
absl::StatusOr<std::string> WithoutDocuments(const ledger::StoredEvent& stored) {
  v1::LedgerEvent event;
  if (!event.ParseFromArray(stored.event.data(), static_cast<int>(stored.event.size()))) {
    return DataLoss(fmt::format("event {} of the ledger is damaged", stored.sequence));
  }
  if (event.has_issuance()) event.mutable_issuance()->mutable_call()->clear_documents();
  if (event.has_denial()) event.mutable_denial()->mutable_call()->clear_documents();
  if (event.has_request_filed()) event.mutable_request_filed()->mutable_call()->clear_documents();
  if (event.has_session_started()) {
    event.mutable_session_started()->mutable_call()->clear_documents();
  }
  return event.SerializeAsString();
}

absl::Status Fill(const std::vector<ledger::StoredEvent>& events, bool more,
                  v1::ListRecordedResponse* response) {
  size_t bytes = 0;
  for (const ledger::StoredEvent& stored : events) {
    MAYFLY_ASSIGN_OR_RETURN(std::string event, WithoutDocuments(stored));
    bytes += event.size();
    if (bytes > kMaxPageBytes && response->events_size() > 0) {
      more = true;
      break;
    }
    v1::RecordedEvent& out = *response->add_events();
    out.set_sequence(stored.sequence);
    out.set_event(std::move(event));
  }
  if (more && response->events_size() > 0) {
    response->set_next_after_sequence(response->events(response->events_size() - 1).sequence());
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* OperationsService::ListRecorded(grpc::CallbackServerContext* context,
                                                          const v1::SignedCall* request,
                                                          v1::ListRecordedResponse* response) {
  return core_.TakeCall(
      context, kListRecorded, request, local_peer_,
      [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
        const v1::ListRecorded& parameters = call.document.list_recorded();
        if (!call.document.has_list_recorded() || parameters.limit() > kMaxPage ||
            parameters.after_sequence() < 0) {
          return core_.RefuseBadRequest(
              call, InvalidArgument(fmt::format(
                        "list_recorded: expected a limit of at most {} and a sequence", kMaxPage)));
        }
        const absl::Status may = core_.Require(call, policy::Permission::kReadDecisions);
        if (!may.ok()) return may;
        const uint32_t limit = parameters.limit() == 0 ? kDefaultPage : parameters.limit();
        const absl::Time since =
            parameters.has_since() ? FromProto(parameters.since()) : absl::UnixEpoch();
        const auto events = core_.ledger().RecordedAfter(parameters.after_sequence(), since,
                                                         static_cast<int>(limit));
        if (!events.ok()) return events.status();
        const absl::Status filled = Fill(*events, events->size() == limit, response);
        if (!filled.ok()) return filled;
        return std::nullopt;
      });
}

}  // namespace mayfly::server
