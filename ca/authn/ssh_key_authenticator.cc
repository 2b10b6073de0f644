#include "ca/authn/ssh_key_authenticator.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "ca/authn/refusal.h"
#include "fmt/format.h"
#include "ssh/signature.h"

namespace mayfly::authn {
namespace {

bool HasAll(const std::vector<std::string>& have, const std::vector<std::string>& wanted) {
  return std::ranges::all_of(wanted, [&](const std::string& group) {
    return std::ranges::find(have, group) != have.end();
  });
}

}  // namespace

SshKeyAuthenticator::SshKeyAuthenticator(Options options,
                                         std::shared_ptr<const UserDirectory> users,
                                         const CertifiedKeys& certified_keys)
    : options_(std::move(options)), certified_keys_(certified_keys), users_(std::move(users)) {
  MAYFLY_CHECK(this->users() != nullptr);
}

absl::StatusOr<model::Identity> SshKeyAuthenticator::Authenticate(
    const ssh::PublicKey* credential, const AuthenticationContext& context) const {
  MAYFLY_CHECK(credential != nullptr);
  const std::shared_ptr<const UserDirectory> directory = users();
  const std::string fingerprint = credential->Fingerprint().text;
  const User* user = directory->FindByKey(*credential);
  if (user == nullptr) {
    return Refuse(cause::kUnknownKey,
                  fmt::format("{}: nobody in the users file has the key {}", name(), fingerprint));
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::string owner,
                          certified_keys_.Owner(credential->Fingerprint()));
  if (!owner.empty()) {
    return Refuse(
        cause::kCertifiedKey,
        fmt::format("{}: the key {} of {} was certified or accepted for {}; a key that is "
                    "used elsewhere is no credential: give {} another one",
                    name(), fingerprint, user->name, owner, user->name));
  }
  model::Identity identity;
  MAYFLY_ASSIGN_OR_RETURN(identity.subject,
                          model::Subject::Create(model::SubjectKind::kUser, user->name, realm()));
  identity.authenticator = name();
  identity.proof = proof();
  identity.proof_key = fingerprint;
  identity.groups = model::Fact<std::vector<std::string>>::Known(user->groups);
  // A signature of a security key is taken only when it says that somebody touched it.
  const bool hardware = ssh::IsSecurityKey(credential->type());
  const auto flag = [&](uint8_t bit) {
    return model::Fact<bool>::Known(hardware && (context.sk_flags & bit) != 0);
  };
  identity.hardware = model::Fact<bool>::Known(hardware);
  identity.user_present = flag(ssh::kSkUserPresent);
  identity.user_verified = flag(ssh::kSkUserVerified);
  // For policies that ask for more than a touch.
  identity.claims["user_verified"] =
      model::Fact<std::string>::Known(identity.user_verified.value() ? "true" : "false");
  const bool enough = options_.require == Require::kVerified   ? identity.user_verified.value()
                      : options_.require == Require::kHardware ? hardware
                                                               : true;
  if (!enough) {
    return Refuse(cause::kWeakProof,
                  fmt::format("{}: the key {} of {} {}", name(), fingerprint, user->name,
                              hardware ? "did not ask for its PIN: ssh-keygen -O verify-required "
                                         "makes one that does"
                                       : "is no security key, and only those are taken"));
  }
  identity.authenticated_at = context.now;
  return identity;
}

bool SshKeyAuthenticator::IsCredentialKey(const ssh::PublicKey& key) const {
  return users()->FindByKey(key) != nullptr;
}

bool SshKeyAuthenticator::IsStillEnrolled(const model::Identity& first_proven) const {
  if (first_proven.authenticator != name() || first_proven.subject.realm != realm()) return false;
  const std::shared_ptr<const UserDirectory> directory = users();
  const User* user = directory->FindByName(first_proven.subject.name);
  if (user == nullptr) return false;
  const bool has_key = std::ranges::any_of(user->keys, [&](const ssh::PublicKey& key) {
    return key.Fingerprint().text == first_proven.proof_key;
  });
  return has_key && first_proven.groups.known() &&
         HasAll(user->groups, first_proven.groups.value());
}

void SshKeyAuthenticator::SetUsers(std::shared_ptr<const UserDirectory> users) {
  MAYFLY_CHECK(users != nullptr);
  MutexLock lock(mutex_);
  users_ = std::move(users);
}

std::shared_ptr<const UserDirectory> SshKeyAuthenticator::users() const {
  MutexLock lock(mutex_);
  return users_;
}

UsersEnrolment::UsersEnrolment(std::vector<const SshKeyAuthenticator*> authenticators,
                               std::function<bool(const model::Identity&)> other_stands)
    : authenticators_(std::move(authenticators)), other_stands_(std::move(other_stands)) {}

bool UsersEnrolment::IsStillEnrolled(const model::Identity& first_proven) const {
  if (first_proven.proof == model::Proof::kLocal) return true;
  if (first_proven.proof == model::Proof::kOidc || first_proven.proof == model::Proof::kJwt ||
      first_proven.proof == model::Proof::kMtls) {
    return other_stands_ && other_stands_(first_proven);
  }
  return std::ranges::any_of(authenticators_, [&](const SshKeyAuthenticator* authenticator) {
    return authenticator->IsStillEnrolled(first_proven);
  });
}

}  // namespace mayfly::authn
