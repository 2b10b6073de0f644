// A session-bind that parses encodes to the same bytes, and is verified without a crash.
#include "base/status.h"
#include "ssh/agent_session_bind.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const mayfly::BytesView input(data, size);
  const absl::StatusOr<mayfly::ssh::SessionBind> session = mayfly::ssh::SessionBind::Parse(input);
  if (!session.ok()) {
    MAYFLY_CHECK(session.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  MAYFLY_CHECK(mayfly::Equal(session->Encode(), input));
  session->VerifySignature().IgnoreError();
  return 0;
}
