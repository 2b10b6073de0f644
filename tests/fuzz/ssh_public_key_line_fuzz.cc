// A line that parses prints, with its comment, as a line that parses to the same key and comment.
#include "base/status.h"
#include "ssh/public_key.h"

using mayfly::ssh::PublicKey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view line = mayfly::AsText({data, size});
  std::string comment;
  const absl::StatusOr<PublicKey> key = PublicKey::ParseLine(line, &comment);
  if (!key.ok()) {
    MAYFLY_CHECK(key.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  const std::string printed = key->Line(comment);
  MAYFLY_CHECK(printed.find('\n') == std::string::npos);
  std::string comment_again;
  const absl::StatusOr<PublicKey> again = PublicKey::ParseLine(printed, &comment_again);
  MAYFLY_CHECK(again.ok() && *again == *key);
  MAYFLY_CHECK(comment_again.size() <= comment.size());
  return 0;
}
