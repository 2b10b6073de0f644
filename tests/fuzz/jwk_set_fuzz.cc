// Any bytes as a JWK Set: within the limits, or refused.
#include "base/status.h"
#include "ca/token/key_set.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mayfly::token::KeySet;
  const absl::StatusOr<KeySet> set = KeySet::Parse(mayfly::AsText({data, size}));
  if (!set.ok()) {
    // A private key among them is told apart: all that it signed is worth nothing from then on.
    MAYFLY_CHECK(absl::IsInvalidArgument(set.status()) || absl::IsFailedPrecondition(set.status()));
    return 0;
  }
  MAYFLY_CHECK(set->size() >= 1);
  MAYFLY_CHECK(set->size() + set->skipped().size() <= mayfly::token::kMaxKeys);
  for (const mayfly::token::Algorithm algorithm : mayfly::token::AllAlgorithms()) {
    const mayfly::token::VerificationKey* key = set->Find("d", algorithm);
    if (key == nullptr) continue;
    MAYFLY_CHECK(key->MayVerify(algorithm));
    MAYFLY_CHECK(!key->Verify(algorithm, "x", mayfly::Bytes(64, 1)));
  }
  return 0;
}
