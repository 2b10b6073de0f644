#ifndef MAYFLY_CA_KEYS_SIGNER_H_
#define MAYFLY_CA_KEYS_SIGNER_H_

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

namespace mayfly::keys {

// Signer makes signatures with one private key, wherever that key lives.
//
// Thread-safe: Sign may be called from any number of threads at once. An implementation whose
// device allows one session at a time queues the callers.
class Signer {
 public:
  virtual ~Signer() = default;

  virtual const ssh::PublicKey& public_key() const = 0;

  // Returns the signature over the whole of `message`, already verified with public_key(). RSA keys
  // sign with rsa-sha2-512. Blocks: under 1 ms for a file (RSA: 5 ms), up to seconds for a device.
  //   kUnavailable         the device is absent, locked or busy; retry later
  //   kFailedPrecondition  the device no longer holds the key
  //   kInternal            the signature does not verify: treat the key as faulty
  virtual absl::StatusOr<ssh::Signature> Sign(BytesView message) const = 0;

  // The same, for a caller that verifies what it makes of the signature before anybody sees it:
  // verifying is dearer than signing, and once is enough. An implementation may verify all the
  // same.
  virtual absl::StatusOr<ssh::Signature> SignUnverified(BytesView message) const {
    return Sign(message);
  }
};

}  // namespace mayfly::keys

#endif  // MAYFLY_CA_KEYS_SIGNER_H_
