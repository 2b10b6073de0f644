// Certificate authorities, client certificates and signed documents of the tests' own.
#ifndef MAYFLY_TESTS_CA_AUTHN_TEST_CERTIFICATES_H_
#define MAYFLY_TESTS_CA_AUTHN_TEST_CERTIFICATES_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "ca/authn/x509.h"

namespace mayfly::authn {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, FreeKey>;

KeyPointer EcKey();
KeyPointer RsaKey(int bits);

// What a certificate says. `names` as OpenSSL writes it: "URI:spiffe://x/y,DNS:a.example.com".
struct CertificateSpec {
  std::string common_name = "test";
  std::string names;
  std::string purpose = "clientAuth";  // Empty: no extended key usage.
  bool is_ca = false;
  absl::Time not_before = absl::FromUnixSeconds(1700000000);
  absl::Time not_after = absl::FromUnixSeconds(4000000000);
  std::vector<std::string> more_common_names;
};

struct TestCertificate {
  X509Pointer certificate;
  KeyPointer key;
  std::string Pem() const;
};

// Self-signed when `issuer` is null.
TestCertificate MakeCertificate(const CertificateSpec& spec, const TestCertificate* issuer,
                                KeyPointer key = EcKey());
TestCertificate MakeCa(const std::string& name, const TestCertificate* issuer = nullptr);

// A CRL of `ca` that revokes `revoked`, good from `last_update` until `next_update`; an infinite
// one is left out.
std::string CrlPem(const TestCertificate& ca, const std::vector<const TestCertificate*>& revoked,
                   absl::Time next_update = absl::FromUnixSeconds(4000000000),
                   absl::Time last_update = absl::FromUnixSeconds(1700000000));

// PKCS#7 signed data in base64, 64 columns, as metadata services answer. `inside`: certificates
// that go with it.
std::string SignedBase64(const TestCertificate& signer, const std::string& content,
                         const std::vector<const TestCertificate*>& inside = {},
                         bool with_signer_certificate = true, const EVP_MD* digest = EVP_sha256());

}  // namespace mayfly::authn

#endif  // MAYFLY_TESTS_CA_AUTHN_TEST_CERTIFICATES_H_
