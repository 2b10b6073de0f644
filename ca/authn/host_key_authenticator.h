#ifndef MAYFLY_CA_AUTHN_HOST_KEY_AUTHENTICATOR_H_
#define MAYFLY_CA_AUTHN_HOST_KEY_AUTHENTICATOR_H_

#include <string>

#include "ca/authn/authenticator.h"
#include "ca/model/subject.h"

namespace mayfly::authn {

// A host's standing: its enrolment record, not its certificate.
struct EnrolledHost {
  model::Subject subject;
  model::Labels labels;
  std::string authenticator;  // That first proved it.
  absl::Time enrolled_at;     // The primary authentication.
  bool retired = false;       // Replaced, or retired by an operator.
};

class Hosts {
 public:
  virtual ~Hosts() = default;
  // The host that has `key` among its host keys; kNotFound. Thread-safe.
  virtual absl::StatusOr<EnrolledHost> FindByKey(const ssh::Fingerprint& key) const = 0;
};

// An enrolled host key speaks for its host as long as the record stands, also after its certificate
// has expired. Built in: needs no entry in the configuration.
class HostKeyAuthenticator final : public Authenticator {
 public:
  explicit HostKeyAuthenticator(const Hosts& hosts);  // Outlives the authenticator.

  const std::string& name() const override { return name_; }    // "host_key"
  const std::string& realm() const override { return realm_; }  // Empty: the record's own.
  model::Proof proof() const override { return model::Proof::kHostKey; }
  absl::StatusOr<model::Identity> Authenticate(const ssh::PublicKey* credential,
                                               const AuthenticationContext& context) const override;

 private:
  const std::string name_ = "host_key";
  const std::string realm_;
  const Hosts& hosts_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_HOST_KEY_AUTHENTICATOR_H_
