#include "ca/policy/expand.h"

#include "base/network.h"
#include "base/status.h"
#include "ca/model/principal.h"
#include "ca/policy/finding.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

void YieldLogin(const std::string& value, const PolicySet& policy, Logins* logins) {
  if (!model::CheckLogin(value).ok()) {
    logins->withheld[Shown(value)] = "is not a login name";
  } else if (model::IsReservedLogin(value)) {
    logins->withheld[Shown(value)] = "is reserved, so a grant must list it by name";
  } else if (policy.NamesLiterally(value)) {
    logins->withheld[Shown(value)] = "belongs to the grants that list it by name";
  } else {
    logins->given.insert(value);
  }
}

}  // namespace

Logins ExpandLogins(const UserCertificateRule& rule, const PolicySet& policy,
                    const model::Identity& identity) {
  Logins logins;
  for (const LoginRule& login : rule.logins) {
    switch (login.source) {
      case LoginSource::kLiteral:
        logins.given.insert(login.literal);
        break;
      case LoginSource::kUsername:
        YieldLogin(identity.subject.name, policy, &logins);
        break;
      case LoginSource::kGroups:
        logins.groups_unknown = identity.groups.unknown();
        if (!identity.groups.known()) break;
        for (const std::string& group : identity.groups.value()) {
          YieldLogin(group, policy, &logins);
        }
        break;
    }
  }
  // Listed by name in this very grant: then the placeholder withholds nothing.
  std::erase_if(logins.withheld,
                [&](const auto& entry) { return logins.given.contains(entry.first); });
  return logins;
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
