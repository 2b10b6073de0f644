// The files that people write, described for editors.
#ifndef MAYFLY_CLIENT_POLICY_SCHEMA_H_
#define MAYFLY_CLIENT_POLICY_SCHEMA_H_

#include <string>
#include <string_view>
#include <vector>

#include "client/context.h"

namespace mayfly::client {

// A serialised FileDescriptorSet of those files' schemas; compiled in.
std::string_view SchemaDescriptors();

// "policy", "cases", "users", "config".
const std::vector<std::string>& SchemaNames();
ExitCode PrintSchema(const Context& context, const std::string& name);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_POLICY_SCHEMA_H_
