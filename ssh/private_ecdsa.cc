#include <openssl/core_names.h>

#include <span>

#include "base/status.h"
#include "ssh/curve.h"
#include "ssh/private_algorithms.h"
#include "ssh/private_section.h"

namespace mayfly::ssh {
namespace {

// The uncompressed point d * G.
Bytes EcdsaPoint(const Curve& curve, const BIGNUM* d) {
  const BigNumberContext context = NewSecretContext();
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

}  // namespace

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

}  // namespace mayfly::ssh
