#include <algorithm>
#include <set>
#include <utility>

#include "base/status.h"
#include "ca/policy/analysis/cases.h"
#include "document/load.h"
#include "document/schema.h"
#include "fmt/format.h"
#include "mayfly/v1/policy_cases.pb.h"

namespace mayfly::policy {
namespace {

using document::ElementPath;
using document::FieldPath;
using document::Quote;

template <typename Repeated>
std::vector<std::string> Strings(const Repeated& values) {
  return std::vector<std::string>(values.begin(), values.end());
}

std::vector<std::string> Sorted(std::vector<std::string> values) {
  std::ranges::sort(values);
  return values;
}

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds());
}

model::Fact<std::vector<std::string>> WordsOf(const v1::PolicyCaseWords& words) {
  if (words.unknown()) return model::Fact<std::vector<std::string>>::Unknown();
  return model::Fact<std::vector<std::string>>::Known(Strings(words.list().items()));
}

model::Fact<model::Labels> LabelsOf(const v1::PolicyCaseLabels& labels) {
  if (labels.unknown()) return model::Fact<model::Labels>::Unknown();
  const auto& entries = labels.labels().entries();
  return model::Fact<model::Labels>::Known(model::Labels(entries.begin(), entries.end()));
}

model::Fact<bool> HardwareOf(v1::PolicyCaseHardware hardware) {
  if (hardware == v1::POLICY_CASE_HARDWARE_UNSPECIFIED) return model::Fact<bool>::Absent();
  if (hardware == v1::POLICY_CASE_HARDWARE_UNKNOWN) return model::Fact<bool>::Unknown();
  return model::Fact<bool>::Known(hardware == v1::POLICY_CASE_HARDWARE_WITH);
}

ssh::KeyType KeyTypeOf(v1::PolicyKeyType type) {
  const auto& value = *v1::PolicyKeyType_descriptor()->FindValueByNumber(type);
  return ssh::ParseKeyTypeShortName(document::EnumWord(value)).value();
}

// One case of one file.
class CaseReader {
 public:
  CaseReader(const v1::PolicyCase& message, std::string path, const document::SourceMap& map,
             document::Diagnostics& errors)
      : message_(message), path_(std::move(path)), map_(map), errors_(errors) {}

  std::optional<PolicyCase> Read() {
    if (message_.name().empty()) Wrong("", "this case has no name; say what it is about");
    const std::optional<Expectation> expect = ReadExpectation();
    const std::optional<Situation> situation = MakeSituation(
        ReadText(), [&](std::string_view field, std::string_view text) { Wrong(field, text); });
    if (!expect || !situation || message_.name().empty()) return std::nullopt;
    return PolicyCase{message_.name(), fmt::format("{}:{}", map_.file(), map_.Find(path_).line),
                      *situation, *expect};
  }

 private:
  SituationText ReadText() const {
    SituationText text;
    ReadIdentity(&text);
    ReadAsk(&text);
    text.from = message_.from().address();
    text.from_local = message_.from().local();
    text.from_unknown = message_.from().unknown();
    if (message_.has_at()) text.at = absl::FromUnixSeconds(message_.at().seconds());
    if (message_.key().type() != v1::POLICY_KEY_TYPE_UNSPECIFIED) {
      text.key_type = KeyTypeOf(message_.key().type());
    }
    if (Written("key.rsa_bits")) text.rsa_bits = static_cast<int>(message_.key().rsa_bits());
    text.banned = message_.state().banned();
    text.key_revoked = message_.state().key_revoked();
    text.key_owner = message_.state().key_owner();
    ReadApprovals(&text);
    return text;
  }

  void ReadIdentity(SituationText* text) const {
    const v1::PolicyCaseIdentity& as = message_.as();
    text->user = as.user();
    text->host = as.host();
    text->realm = as.realm();
    text->authenticator = as.authenticator();
    if (Written("as.groups")) text->groups = WordsOf(as.groups());
    if (Written("as.labels")) text->labels = LabelsOf(as.labels());
    text->claims = {as.claims().begin(), as.claims().end()};
    text->hardware = HardwareOf(as.hardware_proof());
    if (as.has_ends_in()) text->ends_in = DurationOf(as.ends_in());
    text->authenticated_ago = DurationOf(as.authenticated_ago());
  }

  void ReadApprovals(SituationText* text) const {
    for (int i = 0; i < message_.state().approvals_size(); ++i) {
      const v1::PolicyCaseApproval& by = message_.state().approvals(i);
      ApprovalText& approval = text->approvals.emplace_back();
      approval.user = by.user();
      approval.realm = by.realm();
      approval.authenticator = by.authenticator();
      const std::string path = ElementPath("state.approvals", static_cast<size_t>(i));
      if (Written(FieldPath(path, "groups"))) approval.groups = WordsOf(by.groups());
      approval.hardware = HardwareOf(by.hardware_proof());
      approval.from = by.from().address();
      approval.from_local = by.from().local();
      approval.from_unknown = by.from().unknown();
      approval.ago = DurationOf(by.ago());
    }
  }

  void ReadAsk(SituationText* text) const {
    const v1::PolicyCaseAsk& ask = message_.ask();
    text->grant = ask.grant();
    text->target = ask.host().name();
    if (Written("ask.host.labels")) text->target_labels = LabelsOf(ask.host().labels());
    text->logins = Strings(ask.logins());
    text->principals = Strings(ask.principals());
    if (ask.has_lifetime()) text->lifetime = DurationOf(ask.lifetime());
    if (ask.has_extensions()) text->extensions = Strings(ask.extensions().items());
    text->force_command = ask.force_command();
    text->source_addresses = Strings(ask.source_address());
    text->reason = ask.reason();
  }

  std::optional<Expectation> ReadExpectation() {
    switch (message_.expect().answer_case()) {
      case v1::PolicyCaseExpectation::kGranted:
        return ReadGranted(message_.expect().granted());
      case v1::PolicyCaseExpectation::kDenied:
        return ExpectDenied{message_.expect().denied().by(), message_.expect().denied().message()};
      case v1::PolicyCaseExpectation::kPending:
        return ReadPending(message_.expect().pending());
      case v1::PolicyCaseExpectation::ANSWER_NOT_SET:
        break;
    }
    Wrong("expect",
          "say what is expected: granted: {grant: …}, pending: {grant: …} or denied: {by: …}");
    return std::nullopt;
  }

  Expectation ReadGranted(const v1::PolicyCaseGranted& granted) {
    ExpectGranted expect;
    expect.grant = granted.grant();
    if (expect.grant.empty()) Wrong("expect.granted", "say by which grant: {grant: NAME}");
    if (Written("expect.granted.principals")) {
      expect.principals = Sorted(Strings(granted.principals()));
    }
    if (granted.has_lifetime()) expect.lifetime = DurationOf(granted.lifetime());
    if (granted.has_extensions()) expect.extensions = Sorted(Strings(granted.extensions().items()));
    if (Written("expect.granted.force_command")) expect.force_command = granted.force_command();
    if (Written("expect.granted.source_address")) {
      expect.source_addresses.emplace();
      for (const std::string& text : granted.source_address()) {
        const absl::StatusOr<IpNetwork> network = IpNetwork::Parse(text);
        if (!network.ok()) Wrong("expect.granted.source_address", Message(network.status()));
        if (network.ok()) expect.source_addresses->push_back(*network);
      }
      std::ranges::sort(*expect.source_addresses);
    }
    if (Written("expect.granted.verify_required")) {
      expect.verify_required = granted.verify_required();
    }
    if (Written("expect.granted.custom_extensions")) {
      expect.custom_extensions.emplace(granted.custom_extensions().begin(),
                                       granted.custom_extensions().end());
    }
    if (Written("expect.granted.break_glass")) expect.break_glass = granted.break_glass();
    return expect;
  }

  Expectation ReadPending(const v1::PolicyCasePending& pending) {
    ExpectPending expect;
    expect.terms.grant = pending.grant();
    if (pending.grant().empty()) Wrong("expect.pending", "say of which grant: {grant: NAME}");
    if (Written("expect.pending.principals")) {
      expect.terms.principals = Sorted(Strings(pending.principals()));
    }
    if (pending.has_lifetime()) expect.terms.lifetime = DurationOf(pending.lifetime());
    if (Written("expect.pending.waits_for")) {
      expect.waits_for = Sorted(Strings(pending.waits_for()));
    }
    return expect;
  }

  std::string At(std::string_view field) const {
    return field.empty() ? path_ : fmt::format("{}.{}", path_, field);
  }
  bool Written(std::string_view field) const { return map_.Contains(At(field)); }
  void Wrong(std::string_view field, std::string_view text) {
    errors_.Add(map_.At(At(field), text));
  }

  const v1::PolicyCase& message_;
  const std::string path_;
  const document::SourceMap& map_;
  document::Diagnostics& errors_;
};

}  // namespace

absl::StatusOr<std::vector<PolicyCase>> LoadCases(const CasesText& file) {
  v1::PolicyCasesFile message;
  document::SourceMap map;
  MAYFLY_RETURN_IF_ERROR(document::Load(file.text, file.path, &message, &map));
  document::Diagnostics errors = map.NewDiagnostics();
  std::vector<PolicyCase> cases;
  std::set<std::string> names;
  for (int i = 0; i < message.cases_size(); ++i) {
    const std::string path = ElementPath("cases", static_cast<size_t>(i));
    std::optional<PolicyCase> one = CaseReader(message.cases(i), path, map, errors).Read();
    const std::string& name = message.cases(i).name();
    if (!name.empty() && !names.insert(name).second) {
      errors.Add(map.At(FieldPath(path, "name"),
                        fmt::format("case {} is there already in this file", Quote(name))));
    }
    if (one) cases.push_back(*std::move(one));
  }
  MAYFLY_RETURN_IF_ERROR(errors.ToStatus());
  return cases;
}

}  // namespace mayfly::policy
