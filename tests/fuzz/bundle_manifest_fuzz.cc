// A manifest that parses means the same when it is written again. (Not the same bytes: a reader
// passes over what a later CA adds, and keeps the signed bytes, not its own.)
#include "base/status.h"
#include "bundle/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mayfly::bundle::Manifest;
  const absl::StatusOr<Manifest> manifest = mayfly::bundle::ParseManifest({data, size});
  if (!manifest.ok()) {
    MAYFLY_CHECK(manifest.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  const absl::StatusOr<Manifest> again =
      mayfly::bundle::ParseManifest(mayfly::bundle::EncodeManifest(*manifest));
  MAYFLY_CHECK(again.ok() && *again == *manifest);
  MAYFLY_CHECK(manifest->part(mayfly::bundle::PartKind::kKrl).sha256.size() == 32);
  return 0;
}
