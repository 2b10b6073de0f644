// The principals map: what the hosts with one set of labels write to /etc/ssh/auth_principals.
#ifndef MAYFLY_BUNDLE_PRINCIPALS_MAP_H_
#define MAYFLY_BUNDLE_PRINCIPALS_MAP_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ca/model/subject.h"

namespace mayfly::bundle {

inline constexpr size_t kMaxScopes = 1024;
inline constexpr size_t kMaxScopeLogins = 4096;
inline constexpr size_t kMaxPrincipalsMapSize = 4 << 20;

// Certificates for this scope are accepted for some logins. Reserved logins
// (model::IsReservedLogin) only when `logins` names them: `any_login` stands for grants whose
// logins are placeholders, and those never yield a reserved name.
struct AcceptedScope {
  model::Labels scope;  // Never empty.
  bool any_login = false;
  std::vector<std::string> logins;
  friend bool operator==(const AcceptedScope&, const AcceptedScope&) = default;
};

struct PrincipalsMap {
  std::vector<AcceptedScope> scopes;
  bool accept_plain = false;
  friend bool operator==(const PrincipalsMap&, const PrincipalsMap&) = default;
};

Bytes EncodePrincipalsMap(const PrincipalsMap& map);
absl::StatusOr<PrincipalsMap> ParsePrincipalsMap(BytesView contents);  // kInvalidArgument.

// The lines of /etc/ssh/auth_principals/LOGIN, sorted, each once: every principal that opens
// `login`. Empty when none does, also for a login that Mayfly's grammar does not know: sshd then
// refuses all certificates for it.
std::vector<std::string> PrincipalsFor(const PrincipalsMap& map, std::string_view login);

}  // namespace mayfly::bundle

#endif  // MAYFLY_BUNDLE_PRINCIPALS_MAP_H_
