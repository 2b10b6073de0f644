#include "ca/authn/gcp_token.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/authn/refusal.h"
#include "ca/model/host_keys.h"
#include "ca/token/claim_pattern.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

constexpr std::string_view kEngine = "/google/compute_engine/";

// Google's names of things: lower-case letters, digits and dashes, 1 to 63.
bool IsGcpName(std::string_view text) {
  return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

absl::Status WrongPlace(const std::string& authenticator, const std::string& what) {
  return Refuse(cause::kWrongAccount, fmt::format("{}: {}", authenticator, what));
}

}  // namespace

absl::StatusOr<GcpInstance> ParseGcpInstance(const token::Claims& claims) {
  GcpInstance instance;
  const std::pair<const char*, std::string*> wanted[] = {{"project_id", &instance.project},
                                                         {"zone", &instance.zone},
                                                         {"instance_name", &instance.name},
                                                         {"instance_id", &instance.number}};
  for (const auto& [claim, value] : wanted) {
    const std::optional<std::string> text = claims.Text(std::string(kEngine) + claim);
    if (!text) {
      return InvalidArgument(fmt::format(
          "the token has no google.compute_engine.{}: it must be asked for with format=full",
          claim));
    }
    if (!IsGcpName(*text)) {
      return InvalidArgument(
          fmt::format("{}: '{}' cannot be", claim, EscapeForTerminal(text->substr(0, 80))));
    }
    *value = *text;
  }
  if (instance.number.find_first_not_of("0123456789") != std::string::npos) {
    return InvalidArgument("instance_id: expected a number");
  }
  instance.region = instance.zone.substr(0, instance.zone.rfind('-'));
  return instance;
}

GcpVerifier::GcpVerifier(Options options, const token::KeySource& keys)
    : options_(std::move(options)), keys_(keys) {}

std::vector<std::string> GcpVerifier::Placeholders() {
  return {"instance", "name", "project", "zone"};
}

std::vector<std::string> GcpVerifier::placeholders() const { return Placeholders(); }

absl::StatusOr<AttestedInstance> GcpVerifier::Verify(const AuthenticationContext& context) const {
  TokenChecker::Options checking;
  checking.name = options_.name;
  checking.rules = options_.rules;
  // So that what one host showed is worth nothing for other keys, and what another service was
  // shown nothing here.
  checking.rules.audiences = {
      model::EnrolmentAudience(context.header.audience, context.header.host_keys)};
  MAYFLY_ASSIGN_OR_RETURN(
      const token::VerifiedToken token,
      TokenChecker(std::move(checking), keys_).Verify(AsText(context.header.bearer), context));
  const absl::StatusOr<GcpInstance> instance = ParseGcpInstance(token.claims);
  if (!instance.ok()) {
    return Refuse(cause::kBadDocument,
                  fmt::format("{}: {}", options_.name, Message(instance.status())));
  }
  if (std::ranges::find(options_.projects, instance->project) == options_.projects.end()) {
    return WrongPlace(options_.name,
                      fmt::format("an instance of the project {}", instance->project));
  }
  const bool in_zone = options_.zones.empty() ||
                       std::ranges::any_of(options_.zones, [&](const std::string& pattern) {
                         return token::MatchesClaimPattern(pattern, instance->zone);
                       });
  if (!in_zone) return WrongPlace(options_.name, fmt::format("an instance in {}", instance->zone));
  if (!options_.service_accounts.empty()) {
    const std::string account = token.claims.Text("email").value_or("");
    if (token.claims.Flag("email_verified") != true ||
        std::ranges::find(options_.service_accounts, account) == options_.service_accounts.end()) {
      return WrongPlace(options_.name, fmt::format("an instance with the service account '{}'",
                                                   EscapeForTerminal(account.substr(0, 200))));
    }
  }
  AttestedInstance attested;
  attested.id = fmt::format("gcp/{}/{}/{}", instance->project, instance->zone, instance->number);
  attested.values = {{"instance", instance->number},
                     {"name", instance->name},
                     {"project", instance->project},
                     {"zone", instance->zone}};
  attested.labels = {{"cloud", "gcp"},
                     {"account", instance->project},
                     {"instance", instance->number},
                     {"region", instance->region},
                     {"zone", instance->zone}};
  return attested;
}

}  // namespace mayfly::authn
