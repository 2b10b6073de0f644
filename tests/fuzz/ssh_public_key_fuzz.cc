// A public key that parses prints as a line that parses to the same key, and can be judged and
// verified with, without a crash.
#include "base/status.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

using mayfly::ssh::PublicKey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const mayfly::BytesView input(data, size);
  const absl::StatusOr<PublicKey> key = PublicKey::ParseBlob(input);
  if (!key.ok()) {
    MAYFLY_CHECK(key.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  MAYFLY_CHECK(mayfly::Equal(key->blob(), input));
  const absl::StatusOr<PublicKey> again = PublicKey::ParseLine(key->Line("comment"));
  MAYFLY_CHECK(again.ok() && *again == *key);
  CheckSubjectKey(*key).IgnoreError();
  const std::string algorithm = key->type() == mayfly::ssh::KeyType::kRsa
                                    ? "rsa-sha2-512"
                                    : std::string(KeyTypeName(key->type()));
  MAYFLY_CHECK(!Verify(*key, input, {algorithm, mayfly::Bytes(64, 1)}).ok());
  return 0;
}
