// session-bind@openssh.com (OpenSSH's PROTOCOL.agent section 1): how ssh tells an agent which host
// a connection serves, with the host's own signature for proof. Destination constraints rest on it.
#ifndef MAYFLY_SSH_AGENT_SESSION_BIND_H_
#define MAYFLY_SSH_AGENT_SESSION_BIND_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ssh/certificate.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

namespace mayfly::ssh {

inline constexpr size_t kMaxSessionId = 128;  // As OpenSSH's AGENT_MAX_SID_LEN.

struct SessionBind {
  PublicKey host_key;                      // Also when the host showed a certificate of it.
  std::optional<Certificate> certificate;  // For host_key.
  Bytes session_id;
  Signature signature;  // By host_key, over session_id.
  bool is_forwarding = false;

  // The contents of the extension message, behind its name. kInvalidArgument.
  static absl::StatusOr<SessionBind> Parse(BytesView encoded);
  Bytes Encode() const;
  // As Verify. Says nothing of whether the host is known.
  absl::Status VerifySignature() const;
  friend bool operator==(const SessionBind&, const SessionBind&) = default;
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_AGENT_SESSION_BIND_H_
