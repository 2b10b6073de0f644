// A revocation list that parses encodes to the same bytes.
#include "base/status.h"
#include "ssh/krl.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const mayfly::BytesView input(data, size);
  const absl::StatusOr<mayfly::ssh::Krl> krl = mayfly::ssh::Krl::Parse(input);
  if (!krl.ok()) {
    MAYFLY_CHECK(krl.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  MAYFLY_CHECK(mayfly::Equal(krl->Encode(), input));
  return 0;
}
