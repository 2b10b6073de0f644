#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include <initializer_list>
#include <utility>

#include "base/status.h"
#include "ssh/private_algorithms.h"
#include "ssh/private_section.h"

namespace mayfly::ssh {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;  // As KeyLimits.

struct RsaParts {
  BigNumber n, e, d, iqmp, p, q;
};

absl::StatusOr<RsaParts> ReadRsaParts(Reader& reader) {
  RsaParts parts;
  for (BigNumber RsaParts::*part :
       {&RsaParts::n, &RsaParts::e, &RsaParts::d, &RsaParts::iqmp, &RsaParts::p, &RsaParts::q}) {
    MAYFLY_ASSIGN_OR_RETURN(const BytesView magnitude, reader.ReadMpint());
    const bool is_public = part == &RsaParts::n || part == &RsaParts::e;
    parts.*part = is_public ? ToBigNumber(magnitude) : ToSecretNumber(magnitude);
  }
  return parts;
}

// d mod (prime - 1): the exponent that goes with a prime in a CRT signature.
BigNumber CrtExponent(const BIGNUM* d, const BIGNUM* prime, BN_CTX* context) {
  BigNumber less_one = NewSecretNumber(), exponent = NewSecretNumber();
  MAYFLY_CHECK(BN_sub(less_one.get(), prime, BN_value_one()) == 1 &&
               BN_mod(exponent.get(), d, less_one.get(), context) == 1);
  return exponent;
}

// Whether a * b = 1 mod m.
bool AreInverse(const BIGNUM* a, const BIGNUM* b, const BIGNUM* m, BN_CTX* context) {
  BigNumber product = NewSecretNumber();
  return BN_mod_mul(product.get(), a, b, m, context) == 1 && BN_is_one(product.get());
}

// n = p * q, and e undoes d modulo p - 1 and q - 1. Cheap, unlike OpenSSL's own check, which also
// proves p and q prime: what signs with a false prime does not verify, and that is tested anyway.
bool Belong(const RsaParts& parts) {
  const BigNumberContext context = NewSecretContext();
  for (const BIGNUM* number : {parts.d.get(), parts.p.get(), parts.q.get()}) {
    if (BN_is_zero(number) || BN_is_one(number)) return false;
  }
  BigNumber product = NewSecretNumber();
  if (BN_mul(product.get(), parts.p.get(), parts.q.get(), context.get()) != 1 ||
      BN_cmp(product.get(), parts.n.get()) != 0) {
    return false;
  }
  for (const BIGNUM* prime : {parts.p.get(), parts.q.get()}) {
    BigNumber less_one = NewSecretNumber();
    MAYFLY_CHECK(BN_sub(less_one.get(), prime, BN_value_one()) == 1);
    if (!AreInverse(parts.d.get(), parts.e.get(), less_one.get(), context.get())) return false;
  }
  return AreInverse(parts.iqmp.get(), parts.q.get(), parts.p.get(), context.get());
}

}  // namespace

absl::StatusOr<PublicKey> ReadRsa(Reader& reader) {
  MAYFLY_ASSIGN_OR_RETURN(const RsaParts parts, ReadRsaParts(reader));
  const Bytes blob = Writer()
                         .String(KeyTypeName(KeyType::kRsa))
                         .Mpint(ToMagnitude(parts.e.get()))
                         .Mpint(ToMagnitude(parts.n.get()))
                         .Take();
  MAYFLY_ASSIGN_OR_RETURN(PublicKey key, PublicKey::ParseBlob(blob));
  if (!BN_is_odd(parts.p.get()) || !BN_is_odd(parts.q.get()) || !Belong(parts)) {
    ERR_clear_error();
    return DoesNotBelong();
  }
  return key;
}

absl::StatusOr<SecretBytes> GenerateRsa(int bits) {
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return InvalidArgument(
        fmt::format("an RSA key must have {} to {} bits, not {}", kMinRsaBits, kMaxRsaBits, bits));
  }
  // The primes come from OpenSSL's own generator: it takes no other source of random bytes.
  const EvpKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<size_t>(bits)));
  if (key == nullptr) {
    ERR_clear_error();
    return Internal("OpenSSL could not make an RSA key");
  }
  SecretWriter writer(kMaxPrivateSection);
  writer.String(KeyTypeName(KeyType::kRsa));
  for (const char* name : {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
                           OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_RSA_FACTOR1,
                           OSSL_PKEY_PARAM_RSA_FACTOR2}) {
    BIGNUM* number = nullptr;
    MAYFLY_CHECK(EVP_PKEY_get_bn_param(key.get(), name, &number) == 1);
    WriteNumber(BigNumber(number).get(), writer);
  }
  return writer.Take();
}

absl::StatusOr<Bytes> SignRsa(Reader& reader, BytesView message, bool sha256) {
  MAYFLY_ASSIGN_OR_RETURN(const RsaParts parts, ReadRsaParts(reader));
  const BigNumberContext context = NewSecretContext();
  const BigNumber dmp1 = CrtExponent(parts.d.get(), parts.p.get(), context.get());
  const BigNumber dmq1 = CrtExponent(parts.d.get(), parts.q.get(), context.get());
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  MAYFLY_CHECK(builder != nullptr);
  const std::initializer_list<std::pair<const char*, const BIGNUM*>> numbers = {
      {OSSL_PKEY_PARAM_RSA_N, parts.n.get()},
      {OSSL_PKEY_PARAM_RSA_E, parts.e.get()},
      {OSSL_PKEY_PARAM_RSA_D, parts.d.get()},
      {OSSL_PKEY_PARAM_RSA_FACTOR1, parts.p.get()},
      {OSSL_PKEY_PARAM_RSA_FACTOR2, parts.q.get()},
      {OSSL_PKEY_PARAM_RSA_EXPONENT1, dmp1.get()},
      {OSSL_PKEY_PARAM_RSA_EXPONENT2, dmq1.get()},
      {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, parts.iqmp.get()},
  };
  for (const auto& [name, number] : numbers) {
    MAYFLY_CHECK(OSSL_PARAM_BLD_push_BN(builder.get(), name, number) == 1);
  }
  const EvpKey key = KeyFromParams("RSA", EVP_PKEY_KEYPAIR, builder.get());
  if (key == nullptr) return Internal("the RSA key is unusable");
  return SignWithOpenSsl(key.get(), sha256 ? EVP_sha256() : EVP_sha512(), message);
}

}  // namespace mayfly::ssh
