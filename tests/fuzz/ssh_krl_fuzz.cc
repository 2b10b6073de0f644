// What parses encodes to the same bytes, and what it revokes is revoked by the list made of it.
#include "base/status.h"
#include "ssh/krl.h"
#include "ssh/krl_index.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mayfly::ssh::Krl;
  using mayfly::ssh::KrlDocument;
  const mayfly::BytesView input(data, size);
  const absl::StatusOr<KrlDocument> document = KrlDocument::Parse(input);
  if (!document.ok()) {
    MAYFLY_CHECK(document.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  MAYFLY_CHECK(mayfly::Equal(document->Encode(), input));
  const Krl krl = Krl::Of(*document);
  const mayfly::Bytes encoded = krl.Encode();
  const absl::StatusOr<Krl> again = Krl::Parse(encoded);
  MAYFLY_CHECK(again.ok() && *again == krl && again->Encode() == encoded);
  const mayfly::ssh::KrlIndex index(krl);
  for (const mayfly::ssh::PublicKey& key : krl.keys) MAYFLY_CHECK(index.Find(key).has_value());
  return 0;
}
