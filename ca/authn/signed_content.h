// PKCS#7 signed data, as clouds sign what they attest of an instance.
#ifndef MAYFLY_CA_AUTHN_SIGNED_CONTENT_H_
#define MAYFLY_CA_AUTHN_SIGNED_CONTENT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/authn/x509.h"

namespace mayfly::authn {

inline constexpr size_t kMaxSignedContent = 16
                                            << 10;  // Base64 of a document and four certificates.

// Signed data in its only shape that we read: one signer, SHA-256 or better, the content inside.
struct SignedContent {
  Pkcs7Pointer pkcs7;

  // Base64 of DER, as metadata services give it: line ends are passed over, and the lines that PEM
  // puts around. kInvalidArgument.
  static absl::StatusOr<SignedContent> Parse(std::string_view base64);
};

// The content, when one of `certificates` signed it: those alone, whatever certificates came
// inside. RSA from 2048 bits or EC, and within its time at `now`. kUnauthenticated, for the log.
absl::StatusOr<std::string> VerifyByPinned(const SignedContent& content,
                                           const std::vector<X509Pointer>& certificates,
                                           absl::Time now);

// The content, when its signer's certificate came inside, chains to one of `roots` (intermediates
// from inside or from `roots`) and has one of `names`, or a name below one of them, as a DNS name,
// or as its common name when it has no DNS name. kUnauthenticated, for the log.
absl::StatusOr<std::string> VerifyByChain(const SignedContent& content,
                                          const std::vector<X509Pointer>& roots,
                                          const std::vector<std::string>& names, absl::Time now);

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_SIGNED_CONTENT_H_
