// A client of ssh-agent (RFC 9987, OpenSSH's PROTOCOL.agent).
#ifndef MAYFLY_SSH_AGENT_H_
#define MAYFLY_SSH_AGENT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/file.h"
#include "ssh/agent_constraints.h"
#include "ssh/agent_session_bind.h"
#include "ssh/certificate.h"
#include "ssh/private_key.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

namespace mayfly::ssh {

// The largest message that OpenSSH's agent sends or takes.
inline constexpr size_t kMaxAgentMessage = 256 * 1024;

struct AgentIdentity {
  Bytes blob;           // A plain key or a certificate.
  std::string comment;  // Whatever somebody put there: escape it before a terminal sees it.
};
// The identities-answer message body (after the type byte); exposed for its fuzz target. Never
// trusts the count for an allocation.
absl::StatusOr<std::vector<AgentIdentity>> ParseIdentitiesAnswer(BytesView body);

// One connection. Not thread-safe. Every call blocks until the agent answers or `timeout` has
// passed (an agent may ask its user: 60 s by default); a timeout or a broken answer ends the
// connection.
//   kDeadlineExceeded    no whole answer within the timeout
//   kUnavailable         the agent has gone, or the connection had ended before: connect again
//   kFailedPrecondition  the agent refused, or cannot do what was asked
//   kInvalidArgument     the agent's answer is malformed, or the request is too large
class Agent {
 public:
  // kNotFound when `socket_path` is empty, with what to do; kUnavailable when nobody listens.
  static absl::StatusOr<Agent> Connect(const std::string& socket_path,
                                       absl::Duration timeout = absl::Seconds(60));
  // Connects to $SSH_AUTH_SOCK.
  static absl::StatusOr<Agent> ConnectFromEnvironment();

  Agent(Agent&&) noexcept = default;
  Agent& operator=(Agent&&) noexcept = default;

  absl::StatusOr<std::vector<AgentIdentity>> List();
  // Adds the private key with its certificate as one identity (ssh-ed25519-cert-v01@… with the
  // private part). kFailedPrecondition when the agent refuses (see WhyRefused), and when it agreed
  // but does not list the certificate afterwards: some keep the key alone, or nothing. (With
  // destinations it is not asked: a forwarded agent would not list the key here.)
  absl::Status AddCertificate(const PrivateKey& key, const Certificate& certificate,
                              std::string_view comment, const AgentConstraints& constraints);
  absl::Status AddKey(const PrivateKey& key, std::string_view comment,
                      const AgentConstraints& constraints = {});
  // Tells the agent which host this connection serves from now on, as ssh does: keys with
  // destinations are then listed and used for that host only. kFailedPrecondition when the agent
  // does not know the message or does not believe it.
  absl::Status Bind(const SessionBind& session);
  // RSA keys are asked for rsa-sha2-512. Not verified here, but of the algorithm that fits the key.
  absl::StatusOr<Signature> Sign(const PublicKey& key, BytesView message);
  absl::Status Remove(BytesView blob);  // A key's or a certificate's. kNotFound.

 private:
  Agent(FileDescriptor socket, absl::Duration timeout)
      : socket_(std::move(socket)), timeout_(timeout) {}
  absl::StatusOr<Bytes> Call(BytesView request);
  FileDescriptor socket_;
  absl::Duration timeout_;
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_AGENT_H_
