// A join token: one string that holds all that a booting host needs. docs/formats/join-token.md.
#ifndef MAYFLY_CLIENT_JOIN_TOKEN_H_
#define MAYFLY_CLIENT_JOIN_TOKEN_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/secret_bytes.h"
#include "ssh/public_key.h"

namespace mayfly::client {

inline constexpr size_t kMaxJoinTokenSize = 4096;

struct JoinToken {
  std::vector<std::string> addresses;  // host:port, at least one.
  ssh::Fingerprint ca_id;
  SecretBytes seed;  // Of the ed25519 key; 32 bytes.
};

// "mayfly-join.v1." and base64url of the SSH wire encoding of
//   string ca_id, string seed, uint32 count, count times string address
SecretBytes FormatJoinToken(const JoinToken& token);
// Blanks around it are ignored. kInvalidArgument, without any of the text in the message.
absl::StatusOr<JoinToken> ParseJoinToken(const SecretBytes& text);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_JOIN_TOKEN_H_
