#include "ca/authn/session_authenticator.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/authn/refusal.h"
#include "fmt/format.h"

namespace mayfly::authn {

SessionAuthenticator::SessionAuthenticator(const Sessions& sessions, const Enrolment& enrolment)
    : sessions_(sessions), enrolment_(enrolment) {}

absl::StatusOr<model::Identity> SessionAuthenticator::Authenticate(
    const ssh::PublicKey* credential, const AuthenticationContext& context) const {
  MAYFLY_CHECK(credential != nullptr);
  const ssh::Fingerprint fingerprint = credential->Fingerprint();
  absl::StatusOr<Session> session = sessions_.Find(fingerprint);
  if (session.status().code() == absl::StatusCode::kNotFound) {
    return Refuse(cause::kUnknownKey, fmt::format("no session has the key {}", fingerprint.text));
  }
  MAYFLY_RETURN_IF_ERROR(session.status());
  const std::string who = session->identity.subject.ToString();
  if (session->ended) {
    return Refuse(cause::kSessionEnded, fmt::format("the session of {} was ended", who));
  }
  if (context.now >= session->ends_at) {
    return Refuse(cause::kSessionExpired,
                  fmt::format("the session of {} ended at {}", who, TimeText(session->ends_at)));
  }
  if (!enrolment_.IsStillEnrolled(session->identity)) {
    return Refuse(cause::kNotEnrolled,
                  fmt::format("{} has left the users file, or lost the key or a group that the "
                              "session was started with",
                              who));
  }
  model::Identity identity = std::move(session->identity);
  identity.proof = proof();
  identity.proof_key = fingerprint.text;
  identity.until = std::min(identity.until, session->ends_at);
  return identity;
}

}  // namespace mayfly::authn
