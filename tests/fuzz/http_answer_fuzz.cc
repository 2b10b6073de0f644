// Any bytes as a metadata service's answer: never a crash, and no body that was not sent.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "client/host/metadata_service.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = mayfly::AsText(mayfly::BytesView(data, size));
  const auto answer = mayfly::client::ParseHttpAnswer(text);
  if (!answer.ok()) return 0;
  MAYFLY_CHECK(answer->status >= 100 && answer->status <= 999);
  MAYFLY_CHECK(text.find(answer->body) != std::string_view::npos);
  return 0;
}
