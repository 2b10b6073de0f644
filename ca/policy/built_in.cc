#include "ca/policy/built_in.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "ca/model/principal.h"
#include "ca/policy/finding.h"
#include "ca/policy/force_command.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

using model::SubjectKind;

// A refusal's sentence, or empty.
using Check = std::string (*)(const Inquiry&);

std::string CheckBan(const Inquiry& inquiry) {
  if (!inquiry.facts.subject_banned) return "";
  return fmt::format("{} is banned; an operator can lift the ban",
                     Shown(inquiry.identity.subject.ToString()));
}

std::string CheckRevokedKey(const Inquiry& inquiry) {
  if (!inquiry.facts.key_revoked) return "";
  return "this key is revoked; make a new one";
}

std::string CheckSharedKey(const Inquiry& inquiry) {
  const std::string& owner = inquiry.facts.key_owner;
  if (owner.empty() || owner == inquiry.identity.subject.ToString()) return "";
  return "this key belongs to another subject, and no key is shared; make a new one";
}

std::string CheckEnd(const Inquiry& inquiry) {
  if (inquiry.identity.until - inquiry.now >= absl::Seconds(1)) return "";
  return fmt::format("the proof of who is asking ended at {}; log in again",
                     TimeText(inquiry.identity.until));
}

std::string CheckKind(const Inquiry& inquiry) {
  const SubjectKind kind = inquiry.identity.subject.kind;
  if (inquiry.for_user() && kind != SubjectKind::kUser) {
    return "a host cannot have a user certificate";
  }
  if (!inquiry.for_user() && kind != SubjectKind::kHost) {
    return "only an enrolled host can have a host certificate";
  }
  return "";
}

std::string CheckUserAsk(const model::Ask& ask) {
  if (!ask.principals.empty()) {
    return "a user certificate is asked for by logins, not by host names";
  }
  for (const std::string& login : ask.logins) {
    const absl::Status status = model::CheckLogin(login);
    if (!status.ok()) return Message(status);
  }
  if (ask.force_command) {
    const absl::Status status = CheckForceCommand(*ask.force_command);
    if (!status.ok()) return Message(status);
  }
  for (const IpNetwork& network : ask.source_addresses) {
    if (network.prefix() == 0) {
      return fmt::format("a source-address of {} restricts nothing; leave it out",
                         network.ToString());
    }
  }
  return "";
}

std::string CheckHostAsk(const Inquiry& inquiry) {
  const model::Ask& ask = inquiry.request.ask;
  if (!ask.logins.empty() || ask.target_host || ask.force_command ||
      !ask.source_addresses.empty() || (ask.extensions && !ask.extensions->empty())) {
    return "a host certificate has neither logins nor options; ask for principals";
  }
  const absl::Status status = model::CheckHostName(inquiry.request.hostname);
  return status.ok() ? "" : "the host's attested name: " + Message(status);
}

std::string CheckAsk(const Inquiry& inquiry) {
  const model::Ask& ask = inquiry.request.ask;
  if (ask.lifetime && *ask.lifetime < absl::Seconds(1)) {
    return fmt::format("a lifetime of {} is none; ask for at least 1s",
                       DurationText(*ask.lifetime));
  }
  return inquiry.for_user() ? CheckUserAsk(ask) : CheckHostAsk(inquiry);
}

struct BuiltIn {
  std::string_view rule;
  Check check;
};
constexpr BuiltIn kBuiltIn[] = {
    {"built-in: banned subject", CheckBan},       {"built-in: revoked key", CheckRevokedKey},
    {"built-in: key of another", CheckSharedKey}, {"built-in: end of the proof", CheckEnd},
    {"built-in: kind of subject", CheckKind},     {"built-in: well-formed request", CheckAsk},
};

}  // namespace

std::optional<Refusal> CheckBuiltIn(const Inquiry& inquiry, model::Trace* trace) {
  for (const BuiltIn& built_in : kBuiltIn) {
    std::string message = built_in.check(inquiry);
    model::TraceStep step;
    step.rule = built_in.rule;
    step.verdict = message.empty() ? "passed" : "refused";
    if (!message.empty()) {
      step.conditions.push_back(
          {std::string(built_in.rule.substr(10)), model::Outcome::kFailed, message});
    }
    trace->push_back(std::move(step));
    if (message.empty()) continue;
    Refusal refusal;
    refusal.rule = built_in.rule;
    refusal.message = std::move(message);
    return refusal;
  }
  return std::nullopt;
}

}  // namespace mayfly::policy
