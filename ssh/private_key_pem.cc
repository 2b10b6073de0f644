#include "ssh/private_key_pem.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "ssh/curve.h"
#include "ssh/openssl.h"
#include "ssh/private_algorithms.h"
#include "ssh/private_key_container.h"
#include "ssh/private_section.h"
#include "ssh/secret_writer.h"

namespace mayfly::ssh {
namespace {

constexpr std::string_view kFirstLines[] = {
    "-----BEGIN PRIVATE KEY-----", "-----BEGIN ENCRYPTED PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN EC PRIVATE KEY-----"};

using Bio = std::unique_ptr<BIO, FreeBy<BIO_free>>;

// What OpenSSL asks for a passphrase, and whether it did.
struct Question {
  const SecretBytes* passphrase;
  bool asked = false;
};

int Answer(char* buffer, int size, int /*writing*/, void* user) {
  auto* const question = static_cast<Question*>(user);
  question->asked = true;
  if (question->passphrase == nullptr) return -1;
  return question->passphrase->Expose([&](BytesView bytes) {
    if (bytes.size() > static_cast<size_t>(size)) return -1;
    std::memcpy(buffer, bytes.data(), bytes.size());
    return static_cast<int>(bytes.size());
  });
}

absl::StatusOr<EvpKey> Read(const SecretBytes& text, const SecretBytes* passphrase) {
  Question question{passphrase};
  EvpKey key = text.Expose([&](BytesView bytes) {
    const Bio bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    MAYFLY_CHECK(bio != nullptr);
    return EvpKey(PEM_read_bio_PrivateKey(bio.get(), nullptr, Answer, &question));
  });
  ERR_clear_error();
  if (key != nullptr) return key;
  if (question.asked && passphrase == nullptr) {
    return FailedPrecondition("the private key is encrypted: its passphrase is needed");
  }
  if (question.asked) return WrongPassphrase();
  return InvalidArgument(
      "the private key is damaged, or in a form that is not read: if `ssh-keygen -p -f FILE` reads "
      "it, that also converts it");
}

// A number of `key` that must be there.
absl::StatusOr<BigNumber> Number(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) {
    ERR_clear_error();
    return InvalidArgument("the private key lacks a number that SSH needs");
  }
  return BigNumber(number);
}

absl::StatusOr<SecretBytes> RsaSection(const EVP_PKEY* key) {
  SecretWriter writer(kMaxPrivateSection);
  writer.String(KeyTypeName(KeyType::kRsa));
  for (const char* name : {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
                           OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_RSA_FACTOR1,
                           OSSL_PKEY_PARAM_RSA_FACTOR2}) {
    MAYFLY_ASSIGN_OR_RETURN(const BigNumber number, Number(key, name));
    if (BN_num_bits(number.get()) > 16384) return InvalidArgument("the RSA key is too large");
    WriteNumber(number.get(), writer);
  }
  return writer.Take();
}

absl::StatusOr<SecretBytes> EcSection(const EVP_PKEY* key) {
  char group[80] = {};
  if (EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) != 1) {
    ERR_clear_error();
    return InvalidArgument("the private key names no curve");
  }
  for (const KeyType type : {KeyType::kEcdsaP256, KeyType::kEcdsaP384, KeyType::kEcdsaP521}) {
    const Curve& curve = CurveOf(type);
    if (std::string_view(group) != curve.group_name) continue;
    // The public point is computed: a file need not hold it, and might hold it compressed.
    MAYFLY_ASSIGN_OR_RETURN(const BigNumber secret, Number(key, OSSL_PKEY_PARAM_PRIV_KEY));
    BN_set_flags(secret.get(), BN_FLG_CONSTTIME);
    const EcPoint point(EC_POINT_new(curve.group));
    const BigNumberContext context = NewSecretContext();
    Bytes encoded(1 + 2 * curve.field_size);
    if (point == nullptr ||
        EC_POINT_mul(curve.group, point.get(), secret.get(), nullptr, nullptr, context.get()) !=
            1 ||
        EC_POINT_point2oct(curve.group, point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                           encoded.size(), context.get()) != encoded.size()) {
      ERR_clear_error();
      return InvalidArgument("the private key is not one of its curve");
    }
    SecretWriter writer(kMaxPrivateSection);
    writer.String(KeyTypeName(type)).String(curve.name).String(encoded);
    WriteNumber(secret.get(), writer);
    return writer.Take();
  }
  return InvalidArgument(
      fmt::format("the curve \"{}\" is not one of SSH's", EscapeForTerminal(group)));
}

absl::StatusOr<SecretBytes> Ed25519SectionOf(const EVP_PKEY* key) {
  SecretBytes seed(crypto_sign_SEEDBYTES);
  size_t size = seed.size();
  const bool read = seed.Fill([&](std::span<uint8_t> bytes) {
    return EVP_PKEY_get_raw_private_key(key, bytes.data(), &size) == 1;
  });
  if (!read || size != seed.size()) {
    ERR_clear_error();
    return InvalidArgument("the ed25519 key has no seed");
  }
  return Ed25519Section(seed);
}

absl::StatusOr<SecretBytes> SectionOf(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return RsaSection(key);
    case EVP_PKEY_EC:
      return EcSection(key);
    case EVP_PKEY_ED25519:
      return Ed25519SectionOf(key);
    default:
      return InvalidArgument("the private key is not RSA, ECDSA or Ed25519");
  }
}

}  // namespace

bool IsPem(std::string_view text) {
  return std::ranges::any_of(kFirstLines,
                             [&](std::string_view first) { return text.starts_with(first); });
}

absl::StatusOr<PrivateKey> ParsePem(const SecretBytes& text, const SecretBytes* passphrase) {
  MAYFLY_ASSIGN_OR_RETURN(const EvpKey key, Read(text, passphrase));
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes section, SectionOf(key.get()));
  return PrivateKey::ParsePrivateSection(section);
}

}  // namespace mayfly::ssh
