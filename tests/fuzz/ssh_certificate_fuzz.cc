// A certificate that parses encodes to the same bytes, verifies or not without a crash, and shows
// its times.
#include "base/status.h"
#include "ssh/certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const mayfly::BytesView input(data, size);
  const absl::StatusOr<mayfly::ssh::Certificate> certificate =
      mayfly::ssh::Certificate::Parse(input);
  if (!certificate.ok()) {
    MAYFLY_CHECK(certificate.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  MAYFLY_CHECK(mayfly::Equal(certificate->Encode(), input));
  MAYFLY_CHECK(certificate->body.principals.size() <= mayfly::ssh::kMaxPrincipals);
  certificate->VerifySignature().IgnoreError();
  static_cast<void>(certificate->body.valid_after() < certificate->body.valid_before());
  certificate->body.critical_options.Text(mayfly::ssh::kForceCommand).IgnoreError();
  return 0;
}
