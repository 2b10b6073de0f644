#ifndef MAYFLY_CA_AUTHN_SESSION_AUTHENTICATOR_H_
#define MAYFLY_CA_AUTHN_SESSION_AUTHENTICATOR_H_

#include <string>

#include "ca/authn/authenticator.h"

namespace mayfly::authn {

struct Session {
  model::Identity identity;  // As first proven, when it was started.
  absl::Time ends_at;
  bool ended = false;  // By logout or revocation.
};

class Sessions {
 public:
  virtual ~Sessions() = default;
  // By the session key; kNotFound. Thread-safe.
  virtual absl::StatusOr<Session> Find(const ssh::Fingerprint& key) const = 0;
};

// Whether what a session stands on still stands.
class Enrolment {
 public:
  virtual ~Enrolment() = default;
  // False when the user has left the users file, or lost the key or a group that the session was
  // started with: they log in anew. Thread-safe.
  virtual bool IsStillEnrolled(const model::Identity& first_proven) const = 0;
};

// A session key speaks for the identity as first proven, until the session ends. Built in: needs no
// entry in the configuration.
class SessionAuthenticator final : public Authenticator {
 public:
  // Both outlive the authenticator.
  SessionAuthenticator(const Sessions& sessions, const Enrolment& enrolment);

  const std::string& name() const override { return name_; }    // "session"
  const std::string& realm() const override { return realm_; }  // Empty: the session's own.
  model::Proof proof() const override { return model::Proof::kSession; }
  absl::StatusOr<model::Identity> Authenticate(const ssh::PublicKey* credential,
                                               const AuthenticationContext& context) const override;

 private:
  const std::string name_ = "session";
  const std::string realm_;
  const Sessions& sessions_;
  const Enrolment& enrolment_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_SESSION_AUTHENTICATOR_H_
