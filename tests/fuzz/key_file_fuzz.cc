// A key file that parses encodes to the same text, and asks for no more than the caps allow.
#include "base/status.h"
#include "ca/keys/sealed_key.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mayfly::keys::SealedKey;
  const std::string_view text = mayfly::AsText({data, size});
  const absl::StatusOr<SealedKey> sealed = SealedKey::Parse(text);
  if (!sealed.ok()) {
    MAYFLY_CHECK(sealed.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  MAYFLY_CHECK(sealed->Encode() == text);
  MAYFLY_CHECK(sealed->cost.passes <= mayfly::keys::kMaxArgon2Passes);
  MAYFLY_CHECK(sealed->cost.memory_kib <= mayfly::keys::kMaxArgon2MemoryKib);
  return 0;
}
