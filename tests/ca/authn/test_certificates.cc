#include "tests/ca/authn/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/bytes.h"
#include "base/status.h"

namespace mayfly::authn {
namespace {

int64_t NextSerial() {
  static int64_t serial = 0x1000;
  return ++serial;
}

std::string Drain(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

void AddName(X509_NAME* name, const std::string& text) {
  MAYFLY_CHECK(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(text.data()),
                                          static_cast<int>(text.size()), -1, 0) == 1);
}

void AddExtension(X509* certificate, X509V3_CTX* context, int nid, const std::string& value) {
  if (value.empty()) return;
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, context, nid, value.c_str());
  MAYFLY_CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

// Not EVP_EC_gen, a macro that casts const away.
KeyPointer EcKey() { return KeyPointer(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }
KeyPointer RsaKey(int bits) { return KeyPointer(EVP_RSA_gen(static_cast<unsigned int>(bits))); }

std::string TestCertificate::Pem() const {
  const BioPointer bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate.get());
  return Drain(bio.get());
}

TestCertificate MakeCertificate(const CertificateSpec& spec, const TestCertificate* issuer,
                                KeyPointer key) {
  TestCertificate made{X509Pointer(X509_new()), std::move(key)};
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), NextSerial());
  ASN1_TIME_set(X509_getm_notBefore(certificate), absl::ToTimeT(spec.not_before));
  ASN1_TIME_set(X509_getm_notAfter(certificate), absl::ToTimeT(spec.not_after));
  AddName(X509_get_subject_name(certificate), spec.common_name);
  for (const std::string& more : spec.more_common_names) {
    AddName(X509_get_subject_name(certificate), more);
  }
  X509_set_pubkey(certificate, made.key.get());
  X509* parent = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(parent));
  X509V3_CTX context;
  X509V3_set_ctx(&context, parent, certificate, nullptr, nullptr, 0);
  AddExtension(certificate, &context, NID_basic_constraints,
               spec.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  AddExtension(certificate, &context, NID_subject_key_identifier, "hash");
  if (spec.is_ca)
    AddExtension(certificate, &context, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(certificate, &context, NID_ext_key_usage, spec.purpose);
  AddExtension(certificate, &context, NID_subject_alt_name, spec.names);
  EVP_PKEY* signing = issuer == nullptr ? made.key.get() : issuer->key.get();
  MAYFLY_CHECK(X509_sign(certificate, signing, EVP_sha256()) > 0);
  return made;
}

TestCertificate MakeCa(const std::string& name, const TestCertificate* issuer) {
  CertificateSpec spec;
  spec.common_name = name;
  spec.purpose = "";
  spec.is_ca = true;
  return MakeCertificate(spec, issuer);
}

std::string CrlPem(const TestCertificate& ca, const std::vector<const TestCertificate*>& revoked,
                   absl::Time next_update, absl::Time last_update) {
  const X509CrlPointer crl(X509_CRL_new());
  X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(ca.certificate.get()));
  ASN1_TIME* time = ASN1_TIME_new();
  ASN1_TIME_set(time, absl::ToTimeT(last_update));
  X509_CRL_set1_lastUpdate(crl.get(), time);
  if (next_update != absl::InfiniteFuture()) {
    ASN1_TIME_set(time, absl::ToTimeT(next_update));
    X509_CRL_set1_nextUpdate(crl.get(), time);
  }
  ASN1_TIME_set(time, 1700000000);
  for (const TestCertificate* one : revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one->certificate.get()));
    X509_REVOKED_set_revocationDate(entry, time);
    X509_CRL_add0_revoked(crl.get(), entry);
  }
  ASN1_TIME_free(time);
  X509_CRL_sort(crl.get());
  MAYFLY_CHECK(X509_CRL_sign(crl.get(), ca.key.get(), EVP_sha256()) > 0);
  const BioPointer bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_CRL(bio.get(), crl.get());
  return Drain(bio.get());
}

std::string SignedBase64(const TestCertificate& signer, const std::string& content,
                         const std::vector<const TestCertificate*>& inside,
                         bool with_signer_certificate, const EVP_MD* digest) {
  const BioPointer in(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  const X509StackPointer more(sk_X509_new_null());
  for (const TestCertificate* one : inside) sk_X509_push(more.get(), one->certificate.get());
  int flags = PKCS7_BINARY | PKCS7_PARTIAL;
  if (!with_signer_certificate) flags |= PKCS7_NOCERTS;
  const Pkcs7Pointer pkcs7(PKCS7_sign(nullptr, nullptr, more.get(), in.get(), flags));
  MAYFLY_CHECK(pkcs7 != nullptr);
  MAYFLY_CHECK(PKCS7_sign_add_signer(pkcs7.get(), signer.certificate.get(), signer.key.get(),
                                     digest, flags) != nullptr);
  MAYFLY_CHECK(PKCS7_final(pkcs7.get(), in.get(), flags) == 1);
  unsigned char* der = nullptr;
  const int size = i2d_PKCS7(pkcs7.get(), &der);
  const std::string base64 = Base64Encode(BytesView(der, static_cast<size_t>(size)));
  OPENSSL_free(der);
  std::string lines;
  for (size_t i = 0; i < base64.size(); i += 64) lines += base64.substr(i, 64) + "\n";
  return lines;
}

}  // namespace mayfly::authn
