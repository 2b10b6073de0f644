#include "tests/testing/token_maker.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/status.h"
#include "fmt/format.h"

namespace mayfly {
namespace {

std::string BigNumber(const EVP_PKEY* key, const char* name, int width = 0) {
  BIGNUM* number = nullptr;
  MAYFLY_CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  Bytes bytes(static_cast<size_t>(width == 0 ? BN_num_bytes(number) : width));
  BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size()));
  BN_free(number);
  return Base64UrlEncode(bytes);
}

std::string Raw(const EVP_PKEY* key, bool is_private) {
  size_t size = 32;
  Bytes bytes(size);
  MAYFLY_CHECK((is_private ? EVP_PKEY_get_raw_private_key(key, bytes.data(), &size)
                           : EVP_PKEY_get_raw_public_key(key, bytes.data(), &size)) == 1);
  return Base64UrlEncode(bytes);
}

Bytes DigestSign(EVP_PKEY* key, const EVP_MD* digest, bool pss, std::string_view input) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  MAYFLY_CHECK(EVP_DigestSignInit(context, &parameters, digest, nullptr, key) == 1);
  if (pss) {
    EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST);
  }
  size_t size = 0;
  const uint8_t* data = AsBytes(input).data();
  MAYFLY_CHECK(EVP_DigestSign(context, nullptr, &size, data, input.size()) == 1);
  Bytes signature(size);
  MAYFLY_CHECK(EVP_DigestSign(context, signature.data(), &size, data, input.size()) == 1);
  signature.resize(size);
  EVP_MD_CTX_free(context);
  return signature;
}

Bytes RawEcdsa(const Bytes& der, int width) {
  const uint8_t* at = der.data();
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  Bytes raw(static_cast<size_t>(2 * width));
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw.data(), width);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw.data() + width, width);
  ECDSA_SIG_free(signature);
  return raw;
}

int WidthOf(const EVP_PKEY* key) { return EVP_PKEY_get_bits(key) / 8; }

}  // namespace

IssuerKey IssuerKey::Rsa(int bits) {
  return IssuerKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<size_t>(bits)));
}
IssuerKey IssuerKey::P256() {
  return IssuerKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
}
IssuerKey IssuerKey::P384() {
  return IssuerKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"));
}
IssuerKey IssuerKey::Ed25519() { return IssuerKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

std::string IssuerKey::Jwk(std::string_view kid, std::string_view extra) const {
  const EVP_PKEY* key = key_.get();
  if (EVP_PKEY_is_a(key, "RSA")) {
    return fmt::format(R"({{"kty":"RSA","kid":"{}","n":"{}","e":"{}"{}}})", kid,
                       BigNumber(key, OSSL_PKEY_PARAM_RSA_N), BigNumber(key, OSSL_PKEY_PARAM_RSA_E),
                       extra);
  }
  if (EVP_PKEY_is_a(key, "EC")) {
    const int width = WidthOf(key);
    return fmt::format(R"({{"kty":"EC","crv":"P-{}","kid":"{}","x":"{}","y":"{}"{}}})", width * 8,
                       kid, BigNumber(key, OSSL_PKEY_PARAM_EC_PUB_X, width),
                       BigNumber(key, OSSL_PKEY_PARAM_EC_PUB_Y, width), extra);
  }
  return fmt::format(R"({{"kty":"OKP","crv":"Ed25519","kid":"{}","x":"{}"{}}})", kid,
                     Raw(key, /*is_private=*/false), extra);
}

std::string IssuerKey::PrivateJwk(std::string_view kid) const {
  const EVP_PKEY* key = key_.get();
  const std::string secret = EVP_PKEY_is_a(key, "RSA") ? BigNumber(key, OSSL_PKEY_PARAM_RSA_D)
                             : EVP_PKEY_is_a(key, "EC")
                                 ? BigNumber(key, OSSL_PKEY_PARAM_PRIV_KEY, WidthOf(key))
                                 : Raw(key, /*is_private=*/true);
  return Jwk(kid, fmt::format(R"(,"d":"{}")", secret));
}

Bytes IssuerKey::Sign(std::string_view algorithm, std::string_view input) const {
  if (algorithm == "EdDSA") return DigestSign(key_.get(), nullptr, false, input);
  const EVP_MD* digest = algorithm.ends_with("512")   ? EVP_sha512()
                         : algorithm.ends_with("384") ? EVP_sha384()
                                                      : EVP_sha256();
  Bytes signature = DigestSign(key_.get(), digest, algorithm.starts_with("PS"), input);
  return algorithm.starts_with("ES") ? RawEcdsa(signature, WidthOf(key_.get())) : signature;
}

Bytes IssuerKey::SignDer(std::string_view input) const {
  return DigestSign(key_.get(), EVP_sha256(), false, input);
}

std::string IssuerKey::Pem() const {
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(out, key_.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(out, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(out);
  return pem;
}

std::string JwkSet(const std::vector<std::string>& jwks) {
  std::string list;
  for (const std::string& jwk : jwks) list += (list.empty() ? "" : ",") + jwk;
  return R"({"keys":[)" + list + "]}";
}

std::string SigningInput(std::string_view header_json, std::string_view claims_json) {
  return Base64UrlEncode(AsBytes(header_json)) + "." + Base64UrlEncode(AsBytes(claims_json));
}

std::string Token(std::string_view signing_input, BytesView signature) {
  return fmt::format("{}.{}", signing_input, Base64UrlEncode(signature));
}

std::string MakeToken(const IssuerKey& key, std::string_view algorithm, std::string_view kid,
                      std::string_view claims_json) {
  const std::string input = SigningInput(
      fmt::format(R"({{"alg":"{}","typ":"JWT","kid":"{}"}})", algorithm, kid), claims_json);
  return Token(input, key.Sign(algorithm, input));
}

}  // namespace mayfly
