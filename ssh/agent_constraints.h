// What an agent must hold a key to (RFC 9987 section 5.2, OpenSSH's PROTOCOL.agent section 2).
#ifndef MAYFLY_SSH_AGENT_CONSTRAINTS_H_
#define MAYFLY_SSH_AGENT_CONSTRAINTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "ssh/public_key.h"

namespace mayfly::ssh {

// As OpenSSH's AGENT_MAX_DEST_CONSTRAINTS and AGENT_USER_CONSTRAINT_MAX_LEN.
inline constexpr size_t kMaxAgentDestinations = 1024;
inline constexpr size_t kMaxAgentUserPattern = 256;
inline constexpr size_t kMaxAgentHopKeys = 256;  // Ours: no host has more.

// One end of a step from host to host. A host is known by its plain keys, or by a CA that certified
// one of them for `host`.
struct AgentHop {
  std::string user;  // A pattern of ssh_config; empty = any. Always empty in a `from`.
  std::string host;  // Empty in a `from` only: the machine on which the agent runs.
  std::vector<PublicKey> host_keys;
  std::vector<PublicKey> host_cas;
  friend bool operator==(const AgentHop&, const AgentHop&) = default;
};

// A step that a key may be used for (restrict-destination-v00@openssh.com).
struct AgentDestination {
  AgentHop from;
  AgentHop to;
  friend bool operator==(const AgentDestination&, const AgentDestination&) = default;
};

struct AgentConstraints {
  // Rounded up to whole seconds, at least 1; the agent then forgets the key.
  std::optional<absl::Duration> lifetime;
  bool confirm = false;  // The agent asks its user before every use.
  // Empty = anywhere. Agents enforce it by session-bind messages, which ssh sends from 8.9 on.
  std::vector<AgentDestination> destinations;

  bool empty() const { return !lifetime.has_value() && !confirm && destinations.empty(); }
  // kInvalidArgument for what OpenSSH's agent would refuse: a destination without host or keys, a
  // `from` with a user or half empty, a NUL, too many of anything.
  absl::Status Check() const;
  // The constraints of a request that adds a key, in the order in which OpenSSH writes them.
  Bytes Encode() const;
  // What Encode writes, and nothing else: unknown constraints are refused, keys stand before CAs.
  // What parses passes Check and encodes to the same bytes.
  static absl::StatusOr<AgentConstraints> Parse(BytesView encoded);
  friend bool operator==(const AgentConstraints&, const AgentConstraints&) = default;
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_AGENT_CONSTRAINTS_H_
