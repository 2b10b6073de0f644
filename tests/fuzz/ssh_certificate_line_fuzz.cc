// A certificate's line that parses is written as a line that parses to the same.
#include "base/status.h"
#include "ssh/certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view line = mayfly::AsText(mayfly::BytesView(data, size));
  std::string comment;
  const absl::StatusOr<mayfly::ssh::Certificate> certificate =
      mayfly::ssh::Certificate::ParseLine(line, &comment);
  if (!certificate.ok()) {
    MAYFLY_CHECK(certificate.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  std::string comment_again;
  const absl::StatusOr<mayfly::ssh::Certificate> again =
      mayfly::ssh::Certificate::ParseLine(certificate->Line(comment), &comment_again);
  MAYFLY_CHECK(again.ok() && *again == *certificate && comment_again == comment);
  return 0;
}
