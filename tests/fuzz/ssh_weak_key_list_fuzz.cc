// A list of weak keys is read whole or not at all, and asked without a crash.
#include "base/status.h"
#include "ssh/weak_key_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mayfly::ssh::WeakKeyList list;
  const absl::Status added = list.Add(mayfly::AsText(mayfly::BytesView(data, size)));
  MAYFLY_CHECK(added.ok() || list.size() == 0);
  const mayfly::Bytes point(32, 1);
  static_cast<void>(list.Contains(mayfly::ssh::PublicKey::Ed25519(point)));
  return 0;
}
