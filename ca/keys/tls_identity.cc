#include "ca/keys/tls_identity.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/bytes.h"
#include "base/network.h"
#include "base/status.h"
#include "ca/model/principal.h"
#include "fmt/format.h"
#include "ssh/openssl.h"

namespace mayfly::keys {
namespace {

using Bio = std::unique_ptr<BIO, ssh::FreeBy<BIO_free>>;  // A memory BIO wipes its buffer.
using Certificate = std::unique_ptr<X509, ssh::FreeBy<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, ssh::FreeBy<X509_EXTENSION_free>>;

constexpr size_t kMaxPemSize = 1 << 20;
constexpr int kVersion3 = 2;  // X.509 counts from 0.

absl::Status OpenSslFailed(std::string_view what) {
  return Internal(fmt::format("OpenSSL cannot {} for the TLS identity", what));
}

// In the notation of OpenSSL's configuration files; the check leaves no room for its separators.
absl::StatusOr<std::string> AlternativeNames(const std::vector<std::string>& addresses) {
  if (addresses.empty()) {
    return InvalidArgument("a TLS certificate names at least one address of the server");
  }
  std::string names;
  for (const std::string& address : addresses) {
    MAYFLY_RETURN_IF_ERROR(model::CheckHostName(address));
    names += names.empty() ? "" : ",";
    names += IpAddress::Parse(address).ok() ? "IP:" : "DNS:";
    names += address;
  }
  return names;
}

bool SetSerial(X509* certificate) {
  // RFC 5280: positive, at most 20 bytes; browsers' rule: 64 bits of chance at least.
  std::array<uint8_t, 16> random;
  if (RAND_bytes(random.data(), random.size()) != 1) return false;
  const ssh::BigNumber serial = ssh::ToBigNumber(random);
  return BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetName(X509* certificate) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto text = AsBytes("mayflyd");
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text.data(),
                                    static_cast<int>(text.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

bool SetValidity(X509* certificate, absl::Time now) {
  const absl::Time start = now - absl::Hours(24);
  return ASN1_TIME_set(X509_getm_notBefore(certificate), absl::ToTimeT(start)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate),
                       absl::ToTimeT(now + kTlsIdentityLifetime)) != nullptr;
}

bool AddExtension(X509* certificate, int nid, const std::string& value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool AddExtensions(X509* certificate, const std::string& alternative_names) {
  return AddExtension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         AddExtension(certificate, NID_key_usage, "critical,digitalSignature") &&
         AddExtension(certificate, NID_ext_key_usage, "serverAuth") &&
         AddExtension(certificate, NID_subject_alt_name, alternative_names);
}

Certificate MakeCertificate(EVP_PKEY* key, const std::string& alternative_names, absl::Time now) {
  Certificate certificate(X509_new());
  const bool made = certificate != nullptr && X509_set_version(certificate.get(), kVersion3) == 1 &&
                    SetSerial(certificate.get()) && SetName(certificate.get()) &&
                    SetValidity(certificate.get(), now) &&
                    X509_set_pubkey(certificate.get(), key) == 1 &&
                    AddExtensions(certificate.get(), alternative_names) &&
                    X509_sign(certificate.get(), key, EVP_sha256()) > 0;
  return made ? std::move(certificate) : nullptr;
}

absl::StatusOr<SecretBytes> PemOf(EVP_PKEY* key, X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(bio.get(), certificate) != 1) {
    return OpenSslFailed("write PEM");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return SecretBytes::CopyOf(AsBytes({text, static_cast<size_t>(size)}));
}

// Without it OpenSSL would ask on the terminal for the passphrase of an encrypted block.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

absl::StatusOr<SecretBytes> MakeTlsIdentity(const std::vector<std::string>& addresses,
                                            absl::Time now) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string names, AlternativeNames(addresses));
  char curve[] = "P-256";  // Not const: OpenSSL reads a char* from its variable arguments.
  const ssh::EvpKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
  if (key == nullptr) return OpenSslFailed("make a key");
  const Certificate certificate = MakeCertificate(key.get(), names, now);
  if (certificate == nullptr) return OpenSslFailed("make a certificate");
  return PemOf(key.get(), certificate.get());
}

absl::StatusOr<std::string> SpkiPin(std::string_view pem) {
  if (pem.size() > kMaxPemSize) {
    return InvalidArgument(fmt::format("PEM text of more than {} bytes", kMaxPemSize));
  }
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
  if (certificate == nullptr) {
    return InvalidArgument("no certificate here; expected PEM, -----BEGIN CERTIFICATE-----");
  }
  uint8_t* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  if (size <= 0) return InvalidArgument("the certificate holds no public key");
  const Sha256Digest digest = Sha256({der, static_cast<size_t>(size)});
  OPENSSL_free(der);
  return "sha256:" + Base64Encode(digest);
}

absl::Status CheckTlsIdentity(const SecretBytes& pem, absl::Time now) {
  return pem.Expose([&](BytesView bytes) -> absl::Status {
    if (bytes.size() > kMaxPemSize) {
      return InvalidArgument(fmt::format("PEM text of more than {} bytes", kMaxPemSize));
    }
    const auto open = [&] {
      return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    };
    const ssh::EvpKey key(PEM_read_bio_PrivateKey(open().get(), nullptr, NoPassphrase, nullptr));
    if (key == nullptr) {
      return InvalidArgument(
          "no private key here; expected PEM, not encrypted: -----BEGIN PRIVATE KEY-----");
    }
    const Certificate certificate(PEM_read_bio_X509(open().get(), nullptr, NoPassphrase, nullptr));
    if (certificate == nullptr) {
      return InvalidArgument("no certificate here; expected PEM, -----BEGIN CERTIFICATE-----");
    }
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
      return InvalidArgument("the certificate is for another key than the private key beside it");
    }
    time_t at = absl::ToTimeT(now);
    if (X509_cmp_time(X509_get0_notBefore(certificate.get()), &at) > 0) {
      return InvalidArgument("the certificate is not valid yet; is the clock right?");
    }
    if (X509_cmp_time(X509_get0_notAfter(certificate.get()), &at) < 0) {
      return InvalidArgument("the certificate has expired; put a new one in its place");
    }
    return absl::OkStatus();
  });
}

}  // namespace mayfly::keys
