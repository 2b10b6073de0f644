// The parts of events, between domain types and messages. Private to the event codec.
#ifndef MAYFLY_CA_LEDGER_EVENT_PARTS_H_
#define MAYFLY_CA_LEDGER_EVENT_PARTS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/status.h"
#include "ca/ledger/event_codec.h"
#include "ca/ledger/records.h"
#include "mayfly/v1/ledger.pb.h"

namespace mayfly::ledger {

std::string Utf8(std::string_view text);  // Escaped when it is not UTF-8 already.
std::string Blob(BytesView bytes);        // As protobuf keeps bytes.

void Put(absl::Time time, google::protobuf::Timestamp& out);
absl::Time TimeOf(const google::protobuf::Timestamp& in);

// An event as it begins, and as it is ready to be appended.
v1::LedgerEvent Started(const std::string& request_id, const std::string& subject, absl::Time now);
EncodedEvent Finished(const v1::LedgerEvent& event, TypeClass type_class, std::string_view type,
                      absl::Time now);
Bytes Serialized(const google::protobuf::MessageLite& message);
template <typename Message>
absl::StatusOr<Message> Parsed(BytesView bytes) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return DataLoss("a record of the ledger is damaged: it is not the message it should be");
  }
  return message;
}

// Encoders fill an empty message.
void Put(const model::Call& call, v1::RecordedCall& out);
void Put(const model::Identity& identity, v1::RecordedIdentity& out);
void Put(const model::Ask& ask, v1::RecordedAsk& out);
void Put(const model::Request& request, v1::RecordedRequest& out);
void Put(const model::Facts& facts, v1::RecordedFacts& out);
void Put(const model::Decision& decision, v1::Decision& out);
void Put(const model::Approval& approval, v1::RecordedApproval& out);
void Put(const HostState& host, v1::RecordedHost& out);
void Put(const JoinTokenRecord& token, v1::RecordedJoinToken& out);

// Decoders answer kDataLoss: only a damaged store holds what they refuse.
absl::StatusOr<model::Identity> IdentityOf(const v1::RecordedIdentity& in);
absl::StatusOr<model::Decision> DecisionOf(const v1::Decision& in, ssh::CertificateKind kind);
absl::StatusOr<model::Ask> AskOf(const v1::RecordedAsk& in);
absl::StatusOr<model::Approval> ApprovalOf(const v1::RecordedApproval& in);
absl::StatusOr<HostState> HostOf(const v1::RecordedHost& in);
absl::StatusOr<JoinTokenRecord> JoinTokenOf(const v1::RecordedJoinToken& in);

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_EVENT_PARTS_H_
