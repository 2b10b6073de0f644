#ifndef MAYFLY_CA_AUTHN_SSH_KEY_AUTHENTICATOR_H_
#define MAYFLY_CA_AUTHN_SSH_KEY_AUTHENTICATOR_H_

#include <functional>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "ca/authn/authenticator.h"
#include "ca/authn/session_authenticator.h"
#include "ca/authn/user_directory.h"

namespace mayfly::authn {

// What keys are known for beside credentials: whose is a key that was certified, or speaks for a
// session?
class CertifiedKeys {
 public:
  virtual ~CertifiedKeys() = default;
  // Empty when nobody's. Thread-safe.
  virtual absl::StatusOr<std::string> Owner(const ssh::Fingerprint& key) const = 0;
};

// An SSH key of somebody in the users file. A key that was ever certified, or is a session's, is
// never a credential: a certified key is used on hosts, and hosts must not speak for its owner.
class SshKeyAuthenticator final : public Authenticator {
 public:
  // What a proof must be: any; by a security key, which was touched; and one that asked for its PIN
  // or a finger.
  enum class Require { kAny, kHardware, kVerified };
  struct Options {
    std::string name;   // "ssh-key"
    std::string realm;  // "people"
    Require require = Require::kAny;
  };
  // `certified_keys` outlives the authenticator.
  SshKeyAuthenticator(Options options, std::shared_ptr<const UserDirectory> users,
                      const CertifiedKeys& certified_keys);

  const std::string& name() const override { return options_.name; }
  const std::string& realm() const override { return options_.realm; }
  model::Proof proof() const override { return model::Proof::kSshKey; }
  absl::StatusOr<model::Identity> Authenticate(const ssh::PublicKey* credential,
                                               const AuthenticationContext& context) const override;
  bool IsCredentialKey(const ssh::PublicKey& key) const override;

  // Whether whom this authenticator proved then would be proven the same today: still in the file,
  // by the same key, in at least the same groups.
  bool IsStillEnrolled(const model::Identity& first_proven) const;

  // Replaces the snapshot; calls under way finish with theirs.
  void SetUsers(std::shared_ptr<const UserDirectory> users);
  std::shared_ptr<const UserDirectory> users() const;

 private:
  const Options options_;
  const CertifiedKeys& certified_keys_;
  mutable Mutex mutex_;
  std::shared_ptr<const UserDirectory> users_ ABSL_GUARDED_BY(mutex_);
};

// Answers for sessions: asks the ssh_key authenticator that proved the subject; a local proof
// stands, and one by a token while `other_stands` says so; one by an authenticator that is no
// longer configured does not.
class UsersEnrolment final : public Enrolment {
 public:
  // The authenticators outlive the object.
  explicit UsersEnrolment(std::vector<const SshKeyAuthenticator*> authenticators,
                          std::function<bool(const model::Identity&)> other_stands = {});
  bool IsStillEnrolled(const model::Identity& first_proven) const override;

 private:
  const std::vector<const SshKeyAuthenticator*> authenticators_;
  const std::function<bool(const model::Identity&)> other_stands_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_SSH_KEY_AUTHENTICATOR_H_
