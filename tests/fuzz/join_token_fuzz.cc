// Any bytes as a join token: never a crash, and what parses formats to the same text.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "client/join_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const mayfly::BytesView input(data, size);
  const auto token = mayfly::client::ParseJoinToken(mayfly::SecretBytes::CopyOf(input));
  if (!token.ok()) return 0;
  const mayfly::SecretBytes text = mayfly::client::FormatJoinToken(*token);
  const std::string_view trimmed = mayfly::TrimBlanks(mayfly::AsText(input));
  MAYFLY_CHECK(text == mayfly::SecretBytes::CopyOf(mayfly::AsBytes(trimmed)));
  return 0;
}
