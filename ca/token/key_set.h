#ifndef MAYFLY_CA_TOKEN_KEY_SET_H_
#define MAYFLY_CA_TOKEN_KEY_SET_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/token/verification_key.h"

namespace mayfly::token {

inline constexpr size_t kMaxKeySetSize = 256 << 10;  // Large providers publish 20 KiB.
inline constexpr size_t kMaxKeys = 100;

// The public keys of one issuer: a JWK Set (RFC 7517). Immutable; thread-safe.
class KeySet {
 public:
  // Keys that are for something else (encryption, an algorithm that is not taken, too small) are
  // left out and listed in skipped(). kInvalidArgument for what is no JWK Set, is over the limits,
  // or holds no key that can be used; kFailedPrecondition where a private or a symmetric key is
  // among them: a secret is out, and nothing that its owner signed can be believed.
  static absl::StatusOr<KeySet> Parse(std::string_view text);

  // The key of that id which may verify `algorithm`; with an empty `kid` the only key that may.
  // Null when there is none.
  const VerificationKey* Find(std::string_view kid, Algorithm algorithm) const;
  // Whether a key has this id, whatever it may verify.
  bool Holds(std::string_view kid) const;
  size_t size() const { return keys_.size(); }
  const std::vector<std::string>& skipped() const { return skipped_; }  // "kid: why", escaped.

 private:
  std::vector<VerificationKey> keys_;
  std::vector<std::string> skipped_;
};

// Where the keys of an issuer come from. Thread-safe.
class KeySource {
 public:
  virtual ~KeySource() = default;
  // Those in force now. Never blocks. kUnavailable, with why, when there are none or they are too
  // old.
  virtual absl::StatusOr<std::shared_ptr<const KeySet>> Current() const = 0;
  // Asks for newer keys, because a token names one that is not there, and waits until they are here
  // or could not be had; at most some seconds. Returns at once when the issuer was asked a moment
  // ago.
  virtual void Refresh() const = 0;
  // Whether Refresh could bring anything.
  virtual bool CanRefresh() const = 0;
};

}  // namespace mayfly::token

#endif  // MAYFLY_CA_TOKEN_KEY_SET_H_
