// What every signer ends in.
#ifndef MAYFLY_CA_KEYS_VERIFIED_SIGNATURE_H_
#define MAYFLY_CA_KEYS_VERIFIED_SIGNATURE_H_

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

namespace mayfly::keys {

// Signs `message` by `sign` and returns the signature if it verifies with `key`: a fault while
// signing could give the key away (Lenstra's attack on RSA-CRT, differential faults on Ed25519),
// and a device may hold another key than it was asked for. Errors of `sign` are passed on.
//   kInternal  it does not verify
absl::StatusOr<ssh::Signature> SignAndVerify(const ssh::PublicKey& key,
                                             const ssh::SignFunction& sign, BytesView message);

}  // namespace mayfly::keys

#endif  // MAYFLY_CA_KEYS_VERIFIED_SIGNATURE_H_
