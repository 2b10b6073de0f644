#include "ca/authn/username_rule.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "ca/model/subject.h"
#include "ca/token/claim_pattern.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

// Cut and made plain: a letter that only looks like one of ours is shown as what it is.
std::string QuotePlain(std::string_view text) {
  std::string plain;
  for (const char c : text.substr(0, 80)) {
    const auto byte = static_cast<unsigned char>(c);
    plain += byte >= 0x20 && byte < 0x7f && c != '\\' ? std::string(1, c)
                                                      : fmt::format("\\x{:02x}", byte);
  }
  return fmt::format("'{}{}'", plain, text.size() > 80 ? "…" : "");
}

std::string Lowered(std::string text) {
  for (char& c : text) c = absl::ascii_tolower(static_cast<unsigned char>(c));
  return text;
}

absl::StatusOr<std::string> ValueOf(const UsernameRule& rule, const token::Claims& claims) {
  const std::optional<std::string> value = claims.Text(rule.claim);
  if (!value || value->empty()) {
    return PermissionDenied(
        fmt::format("the token has no claim '{}', from which the username is taken", rule.claim));
  }
  if (rule.claim != "email" && rule.claim != "/email") return *value;
  // Whoever may write any address into a profile would be anybody.
  const bool is_said = claims.Has("email_verified");
  if (claims.Flag("email_verified") != std::optional<bool>(true) &&
      (is_said || !rule.unverified_email)) {
    return PermissionDenied(fmt::format(
        "the identity provider {} the address {}",
        is_said ? "has not verified" : "does not say (email_verified) that it has verified",
        QuotePlain(*value)));
  }
  return *value;
}

absl::StatusOr<std::string> Rewrite(const UsernameRule& rule, std::string name) {
  if (!rule.strip_prefix.empty()) {
    if (!name.starts_with(rule.strip_prefix)) {
      return PermissionDenied(fmt::format("{} does not begin with {}", QuotePlain(name),
                                          QuotePlain(rule.strip_prefix)));
    }
    name = name.substr(rule.strip_prefix.size());
  }
  if (!rule.strip_domain.empty()) {
    const size_t at = name.rfind('@');
    if (at == std::string::npos || Lowered(name.substr(at + 1)) != Lowered(rule.strip_domain)) {
      return PermissionDenied(fmt::format("{} is not of the domain {}", QuotePlain(name),
                                          QuotePlain(rule.strip_domain)));
    }
    name.resize(at);
  }
  if (rule.lower_case) name = Lowered(std::move(name));  // First: a letter may stand for something.
  for (const auto& [from, to] : rule.replace) {
    // Two subjects would become one.
    if (name.find(to) != std::string::npos) {
      return PermissionDenied(
          fmt::format("{} holds a '{}', which stands for something else", QuotePlain(name), to));
    }
    static_cast<void>(from);
  }
  for (char& c : name) {
    if (const auto found = rule.replace.find(c); found != rule.replace.end()) c = found->second;
  }
  if (!rule.pattern.empty() && !token::MatchesClaimPattern(rule.pattern, name)) {
    return PermissionDenied(fmt::format("{} does not match {}, as usernames here must",
                                        QuotePlain(name), QuotePlain(rule.pattern)));
  }
  return name;
}

}  // namespace

absl::StatusOr<std::string> UsernameOf(const UsernameRule& rule, const token::Claims& claims) {
  std::string name = rule.fixed;
  if (name.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(name, ValueOf(rule, claims));
    if (const auto odd = rule.map.find(name); odd != rule.map.end()) {
      name = odd->second;
    } else {
      MAYFLY_ASSIGN_OR_RETURN(name, Rewrite(rule, std::move(name)));
    }
  }
  if (!model::Subject::Create(model::SubjectKind::kUser, name, "x").ok()) {
    return PermissionDenied(
        fmt::format("{} is no username: expected 1 to 64 letters, digits or . _ + @ -, not "
                    "beginning with - or .",
                    QuotePlain(name)));
  }
  if (model::IsReservedLogin(Lowered(name))) {
    return PermissionDenied(
        fmt::format("{} is the name of a system account, and nobody's username", QuotePlain(name)));
  }
  return name;
}

}  // namespace mayfly::authn
