// Keys and certificates as far as a revocation list is concerned: their plain key, serial, key ID
// and CA. That takes ssh-dss along, which nothing else here knows: old lists are full of it.
#ifndef MAYFLY_CLIENT_KEYGEN_REVOCABLE_KEY_H_
#define MAYFLY_CLIENT_KEYGEN_REVOCABLE_KEY_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ssh/krl_index.h"
#include "ssh/public_key.h"

namespace mayfly::client {

struct RevocableKey {
  struct Certified {
    uint64_t serial = 0;
    std::string key_id;
    ssh::PublicKey ca;
  };
  Bytes blob;  // Of the plain key.
  std::optional<Certified> certified;
};

// "TYPE BASE64 comment". kInvalidArgument.
absl::StatusOr<RevocableKey> ParseRevocableLine(std::string_view line,
                                                std::string* comment = nullptr);

struct LoadedRevocable {
  RevocableKey key;
  std::string comment;
};
// From a file, found as LoadPublic finds keys.
absl::StatusOr<LoadedRevocable> LoadRevocable(const std::string& path);

std::optional<ssh::Revocation> FindRevocation(const ssh::KrlIndex& index, const RevocableKey& key);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_KEYGEN_REVOCABLE_KEY_H_
