// An agent's list that parses holds every byte that came.
#include "base/status.h"
#include "ssh/agent.h"
#include "ssh/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const mayfly::BytesView input(data, size);
  const auto identities = mayfly::ssh::ParseIdentitiesAnswer(input);
  if (!identities.ok()) {
    MAYFLY_CHECK(identities.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  mayfly::ssh::Writer writer;
  writer.Uint32(static_cast<uint32_t>(identities->size()));
  for (const mayfly::ssh::AgentIdentity& identity : *identities) {
    writer.String(identity.blob).String(identity.comment);
  }
  MAYFLY_CHECK(mayfly::Equal(writer.bytes(), input));
  return 0;
}
