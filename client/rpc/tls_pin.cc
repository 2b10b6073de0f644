#include "client/rpc/tls_pin.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "base/status.h"

namespace mayfly::client {
namespace {

// OpenSSL reads lengths as int; no certificate comes near this.
constexpr size_t kMaxPem = 256 * 1024;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

}  // namespace

absl::StatusOr<Sha256Digest> PinOfCertificate(std::string_view pem) {
  if (pem.empty() || pem.size() > kMaxPem) {
    return InvalidArgument("the server showed no TLS certificate of a sensible size");
  }
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<X509, FreeX509> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return InvalidArgument("the server's TLS certificate cannot be parsed");
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  if (size <= 0) return InvalidArgument("the server's TLS certificate holds no public key");
  const Sha256Digest pin = Sha256(BytesView(der, static_cast<size_t>(size)));
  OPENSSL_free(der);
  return pin;
}

}  // namespace mayfly::client
