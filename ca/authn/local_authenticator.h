#ifndef MAYFLY_CA_AUTHN_LOCAL_AUTHENTICATOR_H_
#define MAYFLY_CA_AUTHN_LOCAL_AUTHENTICATOR_H_

#include <sys/types.h>

#include <functional>
#include <string>

#include "ca/authn/authenticator.h"

namespace mayfly::authn {

// The login name of a uid of this machine; kNotFound.
absl::StatusOr<std::string> LoginNameOf(uid_t uid);

// Root, or mayflyd's own user, on the CA's machine: by the Unix socket and the kernel's word for
// the uid. No signature. Proves user:NAME@local. Built in: needs no entry in the configuration.
class LocalAuthenticator final : public Authenticator {
 public:
  struct Options {
    uid_t own_uid;  // geteuid() of mayflyd.
    std::function<absl::StatusOr<std::string>(uid_t)> login_name_of = LoginNameOf;
  };
  explicit LocalAuthenticator(Options options);

  const std::string& name() const override { return name_; }   // "local"
  const std::string& realm() const override { return name_; }  // "local"
  model::Proof proof() const override { return model::Proof::kLocal; }
  absl::StatusOr<model::Identity> Authenticate(const ssh::PublicKey* credential,
                                               const AuthenticationContext& context) const override;

 private:
  const std::string name_ = "local";
  const Options options_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_LOCAL_AUTHENTICATOR_H_
