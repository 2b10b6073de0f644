// ML-DSA-44 (FIPS 204) as half of OpenSSH's composite signatures
// (draft-miller-sshm-mldsa44-ed25519-composite-sigs, draft-ietf-lamps-pq-composite-sigs).
//
// OpenSSL has it from 3.5 on. It is looked up at run time, so that a program built against an older
// OpenSSL verifies as soon as a newer one is installed.
#ifndef MAYFLY_SSH_MLDSA_H_
#define MAYFLY_SSH_MLDSA_H_

#include <string_view>

#include "absl/status/status.h"
#include "base/bytes.h"

namespace mayfly::ssh {

inline constexpr size_t kMldsa44SignatureSize = 2420;
// Domain of the composite: part of the derived message, and ML-DSA's context string.
inline constexpr std::string_view kCompositeLabel = "COMPSIG-MLDSA44-Ed25519-SHA512";

// Whether this machine's OpenSSL verifies ML-DSA-44. Thread-safe; asked of OpenSSL once a process.
bool CanVerifyMldsa();

// What both halves of a composite key sign instead of `message`.
Bytes CompositeMessage(BytesView message);

//   kUnauthenticated  it does not verify
//   kUnimplemented    not CanVerifyMldsa; says what is needed
absl::Status VerifyMldsa44(BytesView key, std::string_view context, BytesView message,
                           BytesView signature);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_MLDSA_H_
