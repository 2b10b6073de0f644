#include "ca/ledger/happenings.h"

#include <optional>
#include <string_view>

#include "base/status.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/statements.h"
#include "mayfly/v1/ledger.pb.h"

namespace mayfly::ledger {
namespace {

using Details = std::vector<std::pair<std::string, std::string>>;

std::string Joined(const google::protobuf::RepeatedPtrField<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

void AddIfSet(const std::string& name, const std::string& value, Details* details) {
  if (!value.empty()) details->emplace_back(name, value);
}

void DescribeFiled(const v1::RequestFiledEvent& filed, Details* details) {
  const v1::RecordedAsk& ask = filed.request().ask();
  details->emplace_back("number", std::to_string(filed.number()));
  AddIfSet("grant", filed.decision().terms().grant(), details);
  AddIfSet("host", ask.target_host(), details);
  AddIfSet("principals", Joined(filed.decision().terms().principals()), details);
  AddIfSet("reason", ask.reason(), details);
}

void DescribeNotice(const v1::NoticeEvent& notice, Details* details) {
  for (const v1::RecordedPair& pair : notice.details()) {
    AddIfSet(pair.name(), pair.value(), details);
  }
}

void DescribeBreakGlass(const v1::BreakGlassEvent& event, Details* details) {
  details->emplace_back("serial", std::to_string(event.serial()));
  AddIfSet("grant", event.grant(), details);
  AddIfSet("principals", Joined(event.principals()), details);
  AddIfSet("reason", event.reason(), details);
}

void DescribeClosed(const v1::RequestClosedEvent& event, Details* details) {
  details->emplace_back("number", std::to_string(event.number()));
  AddIfSet("how", event.how(), details);
  AddIfSet("by", event.by().subject(), details);
  AddIfSet("word", event.word(), details);
}

// `what` was revoked: "user", "name" or "host".
HappeningKind DescribeRevocation(const std::string& what, const std::string& by, Details* details) {
  details->emplace_back("what", what);
  AddIfSet("by", by, details);
  return HappeningKind::kRevocation;
}

// Nullopt for what is not told.
std::optional<HappeningKind> Describe(const v1::LedgerEvent& event, Details* details) {
  switch (event.event_case()) {
    case v1::LedgerEvent::kRequestFiled:
      DescribeFiled(event.request_filed(), details);
      return HappeningKind::kRequestWaiting;
    case v1::LedgerEvent::kRequestApproved:
      details->emplace_back("number", std::to_string(event.request_approved().number()));
      AddIfSet("by", event.request_approved().by().subject(), details);
      return HappeningKind::kRequestApproved;
    case v1::LedgerEvent::kRequestClosed:
      DescribeClosed(event.request_closed(), details);
      return HappeningKind::kRequestClosed;
    case v1::LedgerEvent::kBreakGlass:
      DescribeBreakGlass(event.break_glass(), details);
      return HappeningKind::kBreakGlass;
    case v1::LedgerEvent::kReviewClosed:
      details->emplace_back("serial", std::to_string(event.review_closed().serial()));
      AddIfSet("by", event.review_closed().by().subject(), details);
      AddIfSet("word", event.review_closed().word(), details);
      return HappeningKind::kReviewClosed;
    case v1::LedgerEvent::kDenial:
      AddIfSet("rule", event.denial().decision().rule(), details);
      return HappeningKind::kDenial;
    case v1::LedgerEvent::kUserRemoved:
      return DescribeRevocation("user", event.user_removed().by().subject(), details);
    case v1::LedgerEvent::kNameReleased:
      AddIfSet("issuer", event.name_released().issuer(), details);
      return DescribeRevocation("name", event.name_released().by().subject(), details);
    case v1::LedgerEvent::kHostRetired:
      return DescribeRevocation("host", event.host_retired().by(), details);
    case v1::LedgerEvent::kNotice:
      DescribeNotice(event.notice(), details);
      if (event.notice().kind() == "policy_applied") return HappeningKind::kPolicyChanged;
      if (event.notice().kind() == "policy_refused") return HappeningKind::kPolicyRefused;
      if (event.notice().kind() == "strangers_refused") return HappeningKind::kStrangers;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

absl::StatusOr<Happenings> ReadHappenings(store::Store& store, int64_t after, int limit) {
  // What is there now bounds the search: what comes later is for the next call.
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows newest, store.Read(Run(kNewestEvent, {})));
  Happenings happenings;
  happenings.read_to = IntegerAt(newest.at(0), 0);
  if (happenings.read_to <= after) {
    happenings.read_to = after;
    return happenings;
  }
  MAYFLY_ASSIGN_OR_RETURN(
      const store::Rows rows,
      store.Read(Run(kHappenings, {after, happenings.read_to, int64_t{limit}})));
  for (const store::Row& row : rows) {
    v1::LedgerEvent event;
    const Bytes& bytes = BytesAt(row, 3);
    if (!event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return DataLoss("a record of the ledger is damaged: it is not the message it should be");
    }
    Happening happening;
    happening.sequence = IntegerAt(row, 0);
    happening.time = TimeAt(row, 1);
    happening.request_id = TextAt(row, 2);
    happening.subject = event.subject();
    const std::optional<HappeningKind> kind = Describe(event, &happening.details);
    if (!kind) continue;
    happening.kind = *kind;
    happenings.list.push_back(std::move(happening));
  }
  if (static_cast<int>(rows.size()) == limit) happenings.read_to = IntegerAt(rows.back(), 0);
  return happenings;
}

}  // namespace mayfly::ledger
