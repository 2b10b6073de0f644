#include "ca/model/principal.h"

#include <algorithm>
#include <array>

#include "base/network.h"
#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::model {
namespace {

constexpr size_t kMaxPrincipalSize = 255;

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsHostLabel(std::string_view label) {
  return !label.empty() && label.size() <= 63 && IsLowerOrDigit(label.front()) &&
         IsLowerOrDigit(label.back()) &&
         std::ranges::all_of(label, [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

bool IsDnsName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  while (true) {
    const size_t dot = name.find('.');
    if (!IsHostLabel(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

absl::Status CheckLogin(std::string_view login) {
  const bool valid = !login.empty() && login.size() <= 64 &&
                     ((login.front() >= 'a' && login.front() <= 'z') || login.front() == '_') &&
                     std::ranges::all_of(login, [](char c) {
                       return IsLowerOrDigit(c) || c == '_' || c == '.' || c == '@' || c == '-';
                     });
  if (valid) return absl::OkStatus();
  return InvalidArgument(fmt::format(
      "{} is not a login name; expected a lower-case letter or _, then at most 63 lower-case "
      "letters, digits or _.@-",
      QuoteName(login)));
}

absl::Status CheckHostName(std::string_view name) {
  absl::StatusOr<IpAddress> address = IpAddress::Parse(name);
  if (address.ok() && address->ToString() == name) return absl::OkStatus();
  // What looks like an address but is not in canonical form is no name either: 1.2.3.04, 1.2.3.
  const bool numeric = std::ranges::all_of(name.substr(name.rfind('.') + 1),
                                           [](char c) { return c >= '0' && c <= '9'; });
  if (IsDnsName(name) && !numeric) return absl::OkStatus();
  return InvalidArgument(fmt::format(
      "{} is not a host name; expected a lower-case DNS name or an IP address", QuoteName(name)));
}

absl::StatusOr<std::string> MakePrincipal(const Labels& scope, std::string_view login) {
  MAYFLY_RETURN_IF_ERROR(CheckLogin(login));
  MAYFLY_RETURN_IF_ERROR(CheckLabels(scope));
  std::string principal;
  for (const auto& [key, value] : scope) {
    if (!principal.empty()) principal += '&';
    principal += key + "=" + value;
  }
  if (!principal.empty()) principal += '/';
  principal += login;
  if (principal.size() > kMaxPrincipalSize) {
    return InvalidArgument(
        fmt::format("the principal for {} would exceed {} bytes; use fewer or shorter labels",
                    QuoteName(login), kMaxPrincipalSize));
  }
  return principal;
}

absl::StatusOr<PrincipalParts> ParsePrincipal(std::string_view principal) {
  PrincipalParts parts;
  const size_t slash = principal.find('/');
  if (slash == std::string_view::npos) {
    MAYFLY_RETURN_IF_ERROR(CheckLogin(principal));
    parts.login = principal;
    return parts;
  }
  parts.login = principal.substr(slash + 1);
  std::string_view scope = principal.substr(0, slash);
  while (true) {
    const size_t end = scope.find('&');
    const std::string_view pair = scope.substr(0, end);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return InvalidArgument(fmt::format("{} is not a principal", QuoteName(principal)));
    }
    parts.scope[std::string(pair.substr(0, equals))] = pair.substr(equals + 1);
    if (end == std::string_view::npos) break;
    scope.remove_prefix(end + 1);
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::string again, MakePrincipal(parts.scope, parts.login));
  if (again != principal) {  // Unsorted or repeated labels: one spelling only.
    return InvalidArgument(fmt::format("{} is not a principal", QuoteName(principal)));
  }
  return parts;
}

bool IsReservedLogin(std::string_view login) {
  static constexpr std::array kReserved = {"_apt",
                                           "adm",
                                           "admin",
                                           "administrator",
                                           "backup",
                                           "bin",
                                           "daemon",
                                           "dbus",
                                           "ftp",
                                           "games",
                                           "gnats",
                                           "halt",
                                           "irc",
                                           "list",
                                           "lp",
                                           "mail",
                                           "man",
                                           "messagebus",
                                           "mysql",
                                           "news",
                                           "nobody",
                                           "ntp",
                                           "operator",
                                           "polkitd",
                                           "postfix",
                                           "postgres",
                                           "proxy",
                                           "redis",
                                           "root",
                                           "shutdown",
                                           "sshd",
                                           "sudo",
                                           "sync",
                                           "sys",
                                           "syslog",
                                           "systemd-network",
                                           "systemd-resolve",
                                           "systemd-timesync",
                                           "tcpdump",
                                           "toor",
                                           "tss",
                                           "uucp",
                                           "uuidd",
                                           "wheel",
                                           "www-data"};
  return std::ranges::any_of(kReserved, [&](std::string_view name) { return name == login; }) ||
         login.starts_with("systemd-");
}

}  // namespace mayfly::model
