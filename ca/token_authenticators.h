#ifndef MAYFLY_CA_TOKEN_AUTHENTICATORS_H_
#define MAYFLY_CA_TOKEN_AUTHENTICATORS_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/log.h"
#include "ca/authn/authenticator.h"
#include "ca/authn/oidc_authenticator.h"
#include "ca/config/config.h"
#include "ca/provider/provider.h"
#include "ca/provider/static_keys.h"
#include "ca/server/server_core.h"

namespace mayfly {

// The configured `oidc` and `jwt`: their issuers' keys, and what the server tells about them. Must
// outlive the authenticators that it makes.
class TokenAuthenticators {
 public:
  TokenAuthenticators(const Clock& clock, Log& log) : clock_(clock), log_(log) {}
  ~TokenAuthenticators();

  // Starts to fetch the issuer's keys, or reads them from the file; an issuer that cannot be
  // reached is no error. Null when `from` is of another kind.
  absl::StatusOr<std::unique_ptr<authn::Authenticator>> Make(const config::Authenticator& from);

  // The same keys for a cloud's authenticator of that name. Outlived by this.
  absl::StatusOr<const token::KeySource*> KeysFor(const std::string& name,
                                                  const config::TokenAuthenticator& from);

  const std::vector<server::LoginMethod>& login_methods() const { return login_methods_; }
  const std::vector<std::string>& waiting_rooms() const { return waiting_rooms_; }
  // Whether the authenticator that first proved it is still configured, with that issuer: a session
  // stands on it.
  bool Holds(const model::Identity& first_proven) const;

  absl::Status ReloadKeys();  // Of files. A file that is wrong leaves the last good keys in force.

 private:
  absl::StatusOr<const token::KeySource*> MakeKeys(const std::string& name,
                                                   const config::TokenAuthenticator& from,
                                                   std::string& roots_pem);

  const Clock& clock_;
  Log& log_;
  std::atomic<bool> closing_ = false;
  std::vector<std::unique_ptr<provider::Provider>> providers_;
  std::vector<std::unique_ptr<provider::StaticKeys>> files_;
  std::vector<std::unique_ptr<authn::UserinfoSource>> userinfo_;
  std::vector<server::LoginMethod> login_methods_;
  std::vector<std::string> waiting_rooms_;
  struct Configured {
    std::string name;
    std::string realm;
    std::string issuer;
  };
  std::vector<Configured> configured_;
};

}  // namespace mayfly

#endif  // MAYFLY_CA_TOKEN_AUTHENTICATORS_H_
