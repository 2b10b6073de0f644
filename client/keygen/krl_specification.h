// ssh-keygen's words for what a revocation list shall hold.
#ifndef MAYFLY_CLIENT_KEYGEN_KRL_SPECIFICATION_H_
#define MAYFLY_CLIENT_KEYGEN_KRL_SPECIFICATION_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ssh/krl.h"
#include "ssh/public_key.h"

namespace mayfly::client {

// The CA that `serial:` and `id:` lines are about.
struct KrlScope {
  bool any_ca = false;               // -s none
  std::optional<ssh::PublicKey> ca;  // -s FILE
};

// Collects what lines revoke, one a line, "#" begins a comment:
//   serial: N          serial: FIRST-LAST   decimal or 0x…; any order, overlapping or not
//   id: TEXT           to the end of the line
//   TYPE BASE64        a key; of a certificate its serial for its CA, or when that is 0 its key ID
//   key: TYPE BASE64   sha1: …   sha256: …  a key, as it is or by its fingerprint
//   hash: SHA256:…     a fingerprint
class KrlSpecification {
 public:
  explicit KrlSpecification(KrlScope scope) : scope_(std::move(scope)) {}

  // kInvalidArgument: "NAME:LINE: what is wrong".
  absl::Status Read(std::string_view text, std::string_view name);
  absl::StatusOr<ssh::Krl> Take();

 private:
  absl::Status ReadLine(std::string_view line);
  absl::Status Serial(std::string_view value);
  absl::Status KeyId(std::string_view value);
  absl::Status Hash(std::string_view value);
  absl::Status Key(std::string_view value);
  absl::Status KeyAsItIs(std::string_view value);
  void AddKey(const Bytes& blob);

  const KrlScope scope_;
  ssh::Krl krl_;
  std::vector<ssh::SerialRange> any_ca_;
  std::map<ssh::PublicKey, std::vector<ssh::SerialRange>> by_ca_;
};

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_KEYGEN_KRL_SPECIFICATION_H_
