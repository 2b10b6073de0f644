// Constraints that parse pass their own check and encode to the same bytes.
#include "base/status.h"
#include "ssh/agent_constraints.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const mayfly::BytesView input(data, size);
  const absl::StatusOr<mayfly::ssh::AgentConstraints> constraints =
      mayfly::ssh::AgentConstraints::Parse(input);
  if (!constraints.ok()) {
    MAYFLY_CHECK(constraints.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  MAYFLY_CHECK(constraints->Check().ok());
  MAYFLY_CHECK(mayfly::Equal(constraints->Encode(), input));
  return 0;
}
