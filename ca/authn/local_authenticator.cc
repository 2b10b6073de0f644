#include "ca/authn/local_authenticator.h"

#include <pwd.h>

#include <utility>
#include <vector>

#include "base/status.h"
#include "ca/authn/refusal.h"
#include "fmt/format.h"

namespace mayfly::authn {

absl::StatusOr<std::string> LoginNameOf(uid_t uid) {
  std::vector<char> buffer(16384);  // sysconf(_SC_GETPW_R_SIZE_MAX) is 1024 on Linux, a hint only.
  passwd entry;
  passwd* found = nullptr;
  const int error = getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  if (error != 0) return ErrnoStatus(error, fmt::format("looking up uid {}", uid));
  if (found == nullptr) return NotFound(fmt::format("uid {} has no login name", uid));
  return std::string(found->pw_name);
}

LocalAuthenticator::LocalAuthenticator(Options options) : options_(std::move(options)) {}

absl::StatusOr<model::Identity> LocalAuthenticator::Authenticate(
    const ssh::PublicKey* credential, const AuthenticationContext& context) const {
  MAYFLY_CHECK(credential == nullptr);
  if (!context.local_peer_uid.has_value()) {
    return Refuse(cause::kNotLocal, "a local credential came over the network");
  }
  const uid_t uid = *context.local_peer_uid;
  if (uid != 0 && uid != options_.own_uid) {
    return Refuse(cause::kNotLocal, fmt::format("uid {} is neither root nor mayflyd's own user, {}",
                                                uid, options_.own_uid));
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::string login, options_.login_name_of(uid));
  model::Identity identity;
  MAYFLY_ASSIGN_OR_RETURN(identity.subject,
                          model::Subject::Create(model::SubjectKind::kUser, login, realm()));
  identity.authenticator = name();
  identity.proof = proof();
  identity.authenticated_at = context.now;
  return identity;
}

}  // namespace mayfly::authn
