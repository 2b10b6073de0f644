// Certificates of X.509 as OpenSSL holds them, read from text and bytes of strangers.
#ifndef MAYFLY_CA_AUTHN_X509_H_
#define MAYFLY_CA_AUTHN_X509_H_

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"

namespace mayfly::authn {

// Owns an object of OpenSSL's.
template <typename T, void (*Free)(T*)>
struct OpenSslDelete {
  void operator()(T* object) const { Free(object); }
};
using X509Pointer = std::unique_ptr<X509, OpenSslDelete<X509, X509_free>>;
using X509CrlPointer = std::unique_ptr<X509_CRL, OpenSslDelete<X509_CRL, X509_CRL_free>>;
using X509StorePointer = std::unique_ptr<X509_STORE, OpenSslDelete<X509_STORE, X509_STORE_free>>;
using X509StoreContextPointer =
    std::unique_ptr<X509_STORE_CTX, OpenSslDelete<X509_STORE_CTX, X509_STORE_CTX_free>>;
using Pkcs7Pointer = std::unique_ptr<PKCS7, OpenSslDelete<PKCS7, PKCS7_free>>;
using BioPointer = std::unique_ptr<BIO, OpenSslDelete<BIO, BIO_free_all>>;

// A stack that does not own its certificates.
struct DeleteStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using X509StackPointer = std::unique_ptr<STACK_OF(X509), DeleteStack>;
X509StackPointer StackOf(const std::vector<X509Pointer>& certificates);

inline constexpr size_t kMaxPem = 1 << 20;
inline constexpr int kAuthenticationLevel = 2;  // OpenSSL's: 112 bits, RSA from 2048, no SHA-1.

// Every certificate of a PEM text; what stands between is passed over. kInvalidArgument for one
// that cannot be parsed, for more than `max_count`, and for more than kMaxPem bytes.
absl::StatusOr<std::vector<X509Pointer>> ParseCertificates(std::string_view pem, size_t max_count);
absl::StatusOr<std::vector<X509CrlPointer>> ParseCrls(std::string_view pem, size_t max_count);

// The names in a certificate that could say who it is.
struct CertificateNames {
  std::vector<std::string> dns;
  std::vector<std::string> uris;
  std::vector<std::string> common_names;
};
// kInvalidArgument for a name with a NUL byte or anything but printable ASCII: it would read
// differently in two places.
absl::StatusOr<CertificateNames> NamesOf(X509* certificate);

std::string Sha256HexOf(X509* certificate);  // Of its DER form.
std::string SerialHexOf(X509* certificate);
// kInvalidArgument for a time that cannot be read.
absl::StatusOr<absl::Time> TimeOf(const ASN1_TIME* time);
absl::StatusOr<absl::Time> NotAfterOf(X509* certificate);

// What OpenSSL last complained of, for a log; empties this thread's queue.
std::string TakeOpenSslError();

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_X509_H_
