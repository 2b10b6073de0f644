#include "ca/policy/expand.h"

#include <algorithm>
#include <utility>

#include "base/network.h"
#include "base/status.h"
#include "ca/model/principal.h"
#include "ca/policy/custom_extension.h"
#include "ca/policy/finding.h"
#include "ca/policy/pattern.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

// Why a placeholder or pattern does not yield `value`; empty when it does.
std::string_view WhyWithheld(const std::string& value, const UserCertificateRule& rule,
                             const PolicySet& policy) {
  if (!model::CheckLogin(value).ok()) return "is not a login name";
  if (rule.allow_reserved.contains(value)) return "";
  if (model::IsReservedLogin(value)) return "is reserved, so a grant must list it by name";
  if (policy.NamesLiterally(value)) return "belongs to the grants that list it by name";
  return "";
}

class Expansion {
 public:
  Expansion(const UserCertificateRule& rule, const PolicySet& policy, const Caller& caller)
      : rule_(rule), policy_(policy), caller_(caller) {}

  void Expand(const LoginRule& login, const std::vector<std::string>& asked) {
    switch (login.source) {
      case LoginSource::kLiteral:
        logins_.given.insert(login.literal);
        break;
      case LoginSource::kUsername:
        Yield(caller_.identity().subject.name);
        break;
      case LoginSource::kGroups:
        ExpandGroups();
        break;
      case LoginSource::kClaim:
        ExpandClaim(login.literal);
        break;
      case LoginSource::kPattern:
        logins_.patterns.push_back(login.literal);
        for (const std::string& name : asked) {
          if (MatchesLogin(login.literal, name)) Yield(name);
        }
        break;
    }
  }

  Logins Take() {
    // Listed by name in this very grant: then the placeholder withholds nothing.
    std::erase_if(logins_.withheld,
                  [&](const auto& entry) { return logins_.given.contains(entry.first); });
    return std::move(logins_);
  }

 private:
  void Yield(const std::string& value) {
    const std::string_view why = WhyWithheld(value, rule_, policy_);
    if (why.empty()) {
      logins_.given.insert(value);
    } else {
      logins_.withheld[Shown(value)] = why;
    }
  }
  void ExpandGroups() {
    const model::Fact<std::vector<std::string>>& groups = caller_.identity().groups;
    if (groups.unknown()) logins_.unknown = "your groups are unknown";
    if (!groups.known()) return;
    for (const std::string& group : groups.value()) Yield(group);
  }
  void ExpandClaim(const std::string& name) {
    const model::Fact<std::string> claim = caller_.Claim(name);
    if (claim.unknown()) logins_.unknown = fmt::format("your claim {} is unknown", name);
    if (claim.known()) Yield(claim.value());
  }

  const UserCertificateRule& rule_;
  const PolicySet& policy_;
  const Caller& caller_;
  Logins logins_;
};

bool MayYield(const LoginRule& rule, const Caller& caller, const std::string& login) {
  switch (rule.source) {
    case LoginSource::kLiteral:
      return rule.literal == login;
    case LoginSource::kUsername:
      return caller.identity().subject.name == login;
    case LoginSource::kGroups:
      return caller.InGroup(login);
    case LoginSource::kClaim: {
      const model::Fact<std::string> claim = caller.Claim(rule.literal);
      return claim.known() && claim.value() == login;
    }
    case LoginSource::kPattern:
      return MatchesLogin(rule.literal, login);
  }
  return false;
}

}  // namespace

Logins ExpandLogins(const UserCertificateRule& rule, const PolicySet& policy, const Caller& caller,
                    const std::vector<std::string>& asked) {
  Expansion expansion(rule, policy, caller);
  for (const LoginRule& login : rule.logins) expansion.Expand(login, asked);
  return expansion.Take();
}

bool HasUnknownLogins(const UserCertificateRule& rule, const Caller& caller) {
  return std::ranges::any_of(rule.logins, [&](const LoginRule& one) {
    return one.source == LoginSource::kGroups  ? caller.identity().groups.unknown()
           : one.source == LoginSource::kClaim ? caller.Claim(one.literal).unknown()
                                               : false;
  });
}

bool YieldsLogin(const UserCertificateRule& rule, const PolicySet& policy, const Caller& caller,
                 const std::string& login) {
  return std::ranges::any_of(rule.logins, [&](const LoginRule& one) {
    return MayYield(one, caller, login) &&
           (one.source == LoginSource::kLiteral || WhyWithheld(login, rule, policy).empty());
  });
}

absl::StatusOr<std::string> ExpandValue(const ValueRule& rule, const Caller& caller) {
  switch (rule.source) {
    case ValueSource::kLiteral:
      return rule.literal;
    case ValueSource::kUsername:
      return caller.identity().subject.name;
    case ValueSource::kClaim:
      break;
  }
  const model::Fact<std::string> claim = caller.Claim(rule.literal);
  if (!claim.known()) {
    return InvalidArgument(fmt::format("your claim {} is {}", rule.literal,
                                       claim.unknown() ? "unknown" : "not there"));
  }
  MAYFLY_RETURN_IF_ERROR(CheckExtensionValue(claim.value()));
  return claim.value();
}

absl::StatusOr<std::vector<std::string>> ExpandHostNames(const HostCertificateRule& rule,
                                                         const std::string& hostname) {
  std::set<std::string> names;
  for (const HostNameRule& element : rule.principals) {
    const bool surrounded = !element.prefix.empty() || !element.suffix.empty();
    if (element.hostname && surrounded && IpAddress::Parse(hostname).ok()) {
      return InvalidArgument(
          fmt::format("{}${{hostname}}{} needs a name, and the host is attested as the address {}",
                      element.prefix, element.suffix, Shown(hostname)));
    }
    const std::string name =
        element.hostname ? element.prefix + hostname + element.suffix : element.prefix;
    MAYFLY_RETURN_IF_ERROR(model::CheckHostName(name));
    names.insert(name);
  }
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace mayfly::policy
