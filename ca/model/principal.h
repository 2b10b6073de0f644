// Principals: what a certificate opens, in the grammar that sshd, principals files and we agree on.
#ifndef MAYFLY_CA_MODEL_PRINCIPAL_H_
#define MAYFLY_CA_MODEL_PRINCIPAL_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ca/model/subject.h"

namespace mayfly::model {

// A login name: [a-z_][a-z0-9_.@-]{0,63}. kInvalidArgument names what is wrong; separators, control
// characters, wildcards, upper case and non-ASCII characters never pass.
absl::Status CheckLogin(std::string_view login);

// A host name (labels [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?, at most 253 bytes, no trailing dot) or an
// IP address in its canonical form. Never a wildcard.
absl::Status CheckHostName(std::string_view name);

// The principal that hosts with all of `scope` accept for `login`: `k=v[&k=v…]/login`, keys sorted.
// An empty scope yields the plain principal, which is the login itself. kInvalidArgument when it
// would exceed 255 bytes.
absl::StatusOr<std::string> MakePrincipal(const Labels& scope, std::string_view login);

// The inverse, so that requests, denials and reports can speak of (hosts, login).
struct PrincipalParts {
  Labels scope;
  std::string login;
};
absl::StatusOr<PrincipalParts> ParsePrincipal(std::string_view principal);

// Logins that a placeholder never yields unless the grant names them literally: root and the system
// accounts of common distributions.
bool IsReservedLogin(std::string_view login);

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_PRINCIPAL_H_
