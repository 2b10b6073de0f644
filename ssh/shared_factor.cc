#include "ssh/shared_factor.h"

#include <map>

#include "base/status.h"
#include "ssh/openssl.h"

namespace mayfly::ssh {

std::vector<size_t> KeysWithSharedFactor(const std::vector<PublicKey>& keys) {
  // The same modulus twice is one key listed twice, no weakness.
  std::map<Bytes, std::vector<size_t>> places;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].type() == KeyType::kRsa) places[ToBytes(keys[i].rsa_modulus())].push_back(i);
  }
  const BigNumberContext context(BN_CTX_new());
  MAYFLY_CHECK(context != nullptr);
  const BigNumber product = NewBigNumber();
  MAYFLY_CHECK(BN_one(product.get()) == 1);
  for (const auto& place : places) {
    const BigNumber modulus = ToBigNumber(place.first);
    MAYFLY_CHECK(BN_mul(product.get(), product.get(), modulus.get(), context.get()) == 1);
  }
  std::vector<bool> shared(keys.size());
  for (const auto& place : places) {
    // (product mod n^2) / n is the product of all others modulo n.
    const BigNumber modulus = ToBigNumber(place.first);
    const BigNumber square = NewBigNumber(), others = NewBigNumber(), divisor = NewBigNumber();
    MAYFLY_CHECK(BN_sqr(square.get(), modulus.get(), context.get()) == 1 &&
                 BN_mod(others.get(), product.get(), square.get(), context.get()) == 1 &&
                 BN_div(others.get(), nullptr, others.get(), modulus.get(), context.get()) == 1 &&
                 BN_gcd(divisor.get(), others.get(), modulus.get(), context.get()) == 1);
    if (BN_is_one(divisor.get())) continue;
    for (const size_t at : place.second) shared[at] = true;
  }
  std::vector<size_t> found;
  for (size_t i = 0; i < shared.size(); ++i) {
    if (shared[i]) found.push_back(i);
  }
  return found;
}

}  // namespace mayfly::ssh
