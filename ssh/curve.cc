#include "ssh/curve.h"

#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include <fmt/format.h>

#include "base/status.h"
#include "ssh/openssl.h"

namespace mayfly::ssh {

const Curve& CurveOf(KeyType type) {
  // Made once: a group costs more than a verification with it.
  static const Curve* const kP256 =
      new Curve{"nistp256", 256, 32, "prime256v1", EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1),
                EVP_sha256};
  static const Curve* const kP384 = new Curve{
      "nistp384", 384, 48, "secp384r1", EC_GROUP_new_by_curve_name(NID_secp384r1), EVP_sha384};
  static const Curve* const kP521 = new Curve{
      "nistp521", 521, 66, "secp521r1", EC_GROUP_new_by_curve_name(NID_secp521r1), EVP_sha512};
  switch (type) {
    case KeyType::kEcdsaP256:
    case KeyType::kSkEcdsaP256:
      return *kP256;
    case KeyType::kEcdsaP384:
      return *kP384;
    case KeyType::kEcdsaP521:
      return *kP521;
    default:
      break;
  }
  MAYFLY_CHECK(false && "not an ECDSA key type");
  return *kP256;
}

absl::Status CheckPoint(const Curve& curve, BytesView point) {
  const size_t size = 1 + 2 * curve.field_size;
  if (point.size() != size || point[0] != POINT_CONVERSION_UNCOMPRESSED) {
    return InvalidArgument(
        fmt::format("a point of {} must be uncompressed, {} bytes: found {} bytes", curve.name,
                    size, point.size()));
  }
  // These groups have cofactor 1: a point on the curve that is not infinity has the right order.
  const EcPoint parsed(EC_POINT_new(curve.group));
  MAYFLY_CHECK(parsed != nullptr);
  if (EC_POINT_oct2point(curve.group, parsed.get(), point.data(), point.size(), nullptr) != 1) {
    ERR_clear_error();
    return InvalidArgument(fmt::format("the point is not on {}", curve.name));
  }
  return absl::OkStatus();
}

}  // namespace mayfly::ssh
