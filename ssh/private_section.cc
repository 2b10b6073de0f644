#include "ssh/private_section.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <sodium.h>

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ssh/curve.h"
#include "ssh/openssl.h"
#include "ssh/secret_writer.h"

namespace mayfly::ssh {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;  // As KeyLimits.

// Marked secret: OpenSSL wipes every copy that it makes of it and avoids branches on it.
BigNumber ToSecretNumber(BytesView magnitude) {
  BigNumber number(BN_secure_new());
  MAYFLY_CHECK(number != nullptr && BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()),
                                              number.get()) != nullptr);
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

BigNumber NewSecretNumber() { return ToSecretNumber({}); }

BigNumberContext NewContext() {
  BigNumberContext context(BN_CTX_secure_new());
  MAYFLY_CHECK(context != nullptr);
  return context;
}

void WriteNumber(const BIGNUM* number, SecretWriter& writer) {
  SecretBytes magnitude(BN_num_bytes(number));
  magnitude.Fill([&](std::span<uint8_t> bytes) { BN_bn2bin(number, bytes.data()); });
  magnitude.Expose([&](BytesView bytes) { writer.Mpint(bytes); });
}

absl::Status DoesNotBelong() {
  return InvalidArgument("the private part of the key does not belong to its public part");
}

absl::StatusOr<Bytes> SignWithOpenSsl(EVP_PKEY* key, const EVP_MD* digest, BytesView message) {
  const EvpDigestContext context(EVP_MD_CTX_new());
  MAYFLY_CHECK(context != nullptr);
  Bytes signature(EVP_PKEY_get_size(key));
  size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
    ERR_clear_error();
    return Internal("the key could not sign");
  }
  signature.resize(size);
  return signature;
}

// --- Ed25519: string public, string seed || public
// -------------------------------------------------

absl::StatusOr<PublicKey> ReadEd25519(Reader& reader) {
  MAYFLY_ASSIGN_OR_RETURN(const BytesView point, reader.ReadString());
  MAYFLY_ASSIGN_OR_RETURN(const BytesView secret, reader.ReadString());
  if (point.size() != crypto_sign_PUBLICKEYBYTES || secret.size() != crypto_sign_SECRETKEYBYTES) {
    return InvalidArgument("an ed25519 key has 32 public and 64 private bytes");
  }
  SecretBytes derived(crypto_sign_SECRETKEYBYTES);
  Bytes derived_point(crypto_sign_PUBLICKEYBYTES);
  const bool same = derived.Fill([&](std::span<uint8_t> bytes) {
    crypto_sign_seed_keypair(derived_point.data(), bytes.data(), secret.data());
    return sodium_memcmp(bytes.data(), secret.data(), bytes.size()) == 0;
  });
  if (!same || !Equal(derived_point, point)) return DoesNotBelong();
  return PublicKey::Ed25519(point);
}

absl::StatusOr<Bytes> SignEd25519(Reader& reader, BytesView message) {
  MAYFLY_RETURN_IF_ERROR(reader.ReadString().status());
  MAYFLY_ASSIGN_OR_RETURN(const BytesView secret, reader.ReadString());
  MAYFLY_CHECK(secret.size() == crypto_sign_SECRETKEYBYTES);
  Bytes signature(crypto_sign_BYTES);
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret.data());
  return signature;
}

// --- ECDSA: string curve, string point, mpint d
// ----------------------------------------------------

// The uncompressed point d * G.
Bytes EcdsaPoint(const Curve& curve, const BIGNUM* d) {
  const BigNumberContext context = NewContext();
  const EcPoint point(EC_POINT_new(curve.group));
  Bytes bytes(1 + 2 * curve.field_size);
  MAYFLY_CHECK(point != nullptr &&
               EC_POINT_mul(curve.group, point.get(), d, nullptr, nullptr, context.get()) == 1 &&
               EC_POINT_point2oct(curve.group, point.get(), POINT_CONVERSION_UNCOMPRESSED,
                                  bytes.data(), bytes.size(), context.get()) == bytes.size());
  return bytes;
}

bool IsScalar(const Curve& curve, const BIGNUM* d) {
  return !BN_is_zero(d) && BN_cmp(d, EC_GROUP_get0_order(curve.group)) < 0;
}

SecretBytes GenerateEcdsa(KeyType type, Random& random) {
  const Curve& curve = CurveOf(type);
  const int spare_bits = static_cast<int>(curve.field_size) * 8 - curve.bits;
  SecretBytes candidate(curve.field_size);
  while (true) {
    BigNumber d = candidate.Fill([&](std::span<uint8_t> bytes) {
      random.Fill(bytes);
      bytes[0] = static_cast<uint8_t>(bytes[0] & (0xff >> spare_bits));
      return ToSecretNumber(bytes);
    });
    // Taking another one, rather than a remainder, keeps every key equally likely.
    if (!IsScalar(curve, d.get())) continue;
    SecretWriter writer(kMaxPrivateSection);
    writer.String(KeyTypeName(type)).String(curve.name).String(EcdsaPoint(curve, d.get()));
    WriteNumber(d.get(), writer);
    return writer.Take();
  }
}

absl::StatusOr<PublicKey> ReadEcdsa(KeyType type, Reader& reader) {
  const Curve& curve = CurveOf(type);
  MAYFLY_ASSIGN_OR_RETURN(const BytesView name, reader.ReadString());
  MAYFLY_ASSIGN_OR_RETURN(const BytesView point, reader.ReadString());
  MAYFLY_ASSIGN_OR_RETURN(const BytesView magnitude, reader.ReadMpint(curve.field_size));
  const Bytes blob = Writer().String(KeyTypeName(type)).String(name).String(point).Take();
  MAYFLY_ASSIGN_OR_RETURN(PublicKey key, PublicKey::ParseBlob(blob));
  const BigNumber d = ToSecretNumber(magnitude);
  if (!IsScalar(curve, d.get()) || !Equal(EcdsaPoint(curve, d.get()), key.point())) {
    return DoesNotBelong();
  }
  return key;
}

absl::StatusOr<Bytes> SignEcdsa(KeyType type, Reader& reader, BytesView message) {
  const Curve& curve = CurveOf(type);
  MAYFLY_RETURN_IF_ERROR(reader.ReadString().status());
  MAYFLY_ASSIGN_OR_RETURN(const BytesView point, reader.ReadString());
  MAYFLY_ASSIGN_OR_RETURN(const BytesView magnitude, reader.ReadMpint());
  const BigNumber d = ToSecretNumber(magnitude);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  MAYFLY_CHECK(builder != nullptr &&
               OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                               curve.group_name, 0) == 1 &&
               OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                point.data(), point.size()) == 1 &&
               OSSL_PARAM_BLD_push_BN_pad(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, d.get(),
                                          curve.field_size) == 1);
  const EvpKey key = KeyFromParams("EC", EVP_PKEY_KEYPAIR, builder.get());
  if (key == nullptr) return Internal("the ECDSA key is unusable");
  MAYFLY_ASSIGN_OR_RETURN(const Bytes der, SignWithOpenSsl(key.get(), curve.digest(), message));
  const unsigned char* cursor = der.data();
  const EcdsaSignature parsed(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
  MAYFLY_CHECK(parsed != nullptr);
  return Writer()
      .Mpint(ToMagnitude(ECDSA_SIG_get0_r(parsed.get())))
      .Mpint(ToMagnitude(ECDSA_SIG_get0_s(parsed.get())))
      .Take();
}

// --- RSA: mpint n, e, d, iqmp, p, q
// ----------------------------------------------------------------

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
  const BigNumberContext context = NewContext();
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

absl::StatusOr<Bytes> SignRsa(Reader& reader, BytesView message) {
  MAYFLY_ASSIGN_OR_RETURN(const RsaParts parts, ReadRsaParts(reader));
  const BigNumberContext context = NewContext();
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
  return SignWithOpenSsl(key.get(), EVP_sha512(), message);
}

absl::Status StaysInToken(KeyType type) {
  return InvalidArgument(
      fmt::format("a {} key stays in its token: use it through ssh-agent", KeyTypeName(type)));
}

}  // namespace

absl::StatusOr<SecretBytes> Ed25519Section(const SecretBytes& seed) {
  if (seed.size() != crypto_sign_SEEDBYTES) {
    return InvalidArgument(fmt::format("an ed25519 seed has {} bytes, this has {}",
                                       crypto_sign_SEEDBYTES, seed.size()));
  }
  SecretBytes secret(crypto_sign_SECRETKEYBYTES);
  Bytes point(crypto_sign_PUBLICKEYBYTES);
  secret.Fill([&](std::span<uint8_t> bytes) {
    seed.Expose([&](BytesView seed_bytes) {
      crypto_sign_seed_keypair(point.data(), bytes.data(), seed_bytes.data());
    });
  });
  SecretWriter writer(kMaxPrivateSection);
  writer.String(KeyTypeName(KeyType::kEd25519)).String(point);
  secret.Expose([&](BytesView bytes) { writer.String(bytes); });
  return writer.Take();
}

absl::StatusOr<SecretBytes> GenerateSection(KeyType type, Random& random, int rsa_bits) {
  switch (type) {
    case KeyType::kEd25519: {
      SecretBytes seed(crypto_sign_SEEDBYTES);
      seed.Fill([&](std::span<uint8_t> bytes) { random.Fill(bytes); });
      return Ed25519Section(seed);
    }
    case KeyType::kEcdsaP256:
    case KeyType::kEcdsaP384:
    case KeyType::kEcdsaP521:
      return GenerateEcdsa(type, random);
    case KeyType::kRsa:
      return GenerateRsa(rsa_bits);
    case KeyType::kSkEd25519:
    case KeyType::kSkEcdsaP256:
      break;
  }
  return StaysInToken(type);
}

absl::StatusOr<PublicKey> ReadSection(Reader& reader) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string name, Annotate(reader.ReadText(), "key type"));
  for (const KeyType type : AllKeyTypes()) {
    if (name != KeyTypeName(type)) continue;
    if (IsSecurityKey(type)) return StaysInToken(type);
    if (type == KeyType::kEd25519) return Annotate(ReadEd25519(reader), "private key");
    if (type == KeyType::kRsa) return Annotate(ReadRsa(reader), "private key");
    return Annotate(ReadEcdsa(type, reader), "private key");
  }
  return InvalidArgument(fmt::format("private key: the type \"{}\" is not supported",
                                     EscapeForTerminal(name.substr(0, 64))));
}

absl::StatusOr<Signature> SignWithSection(BytesView section, KeyType type, BytesView message) {
  Reader reader(section);
  MAYFLY_RETURN_IF_ERROR(reader.ReadString().status());
  Signature signature;
  signature.algorithm = type == KeyType::kRsa ? "rsa-sha2-512" : std::string(KeyTypeName(type));
  if (type == KeyType::kEd25519) {
    MAYFLY_ASSIGN_OR_RETURN(signature.bytes, SignEd25519(reader, message));
  } else if (type == KeyType::kRsa) {
    MAYFLY_ASSIGN_OR_RETURN(signature.bytes, SignRsa(reader, message));
  } else {
    MAYFLY_ASSIGN_OR_RETURN(signature.bytes, SignEcdsa(type, reader, message));
  }
  return signature;
}

}  // namespace mayfly::ssh
