#ifndef MAYFLY_CA_INIT_TEMPLATES_H_
#define MAYFLY_CA_INIT_TEMPLATES_H_

#include <string>
#include <string_view>
#include <vector>

#include "ca/init/init.h"

namespace mayfly::init {

// The text of mayflyd.yaml: every choice written out, with what it means.
std::string ConfigurationText(const InitOptions& options, const std::vector<std::string>& listen,
                              const std::vector<std::string>& addresses);
// The text of users.yaml with the first operators in the group `operators`.
std::string UsersText(const std::vector<FirstOperator>& operators);

// The example policies, as they stand in policies/ of the source: compiled in, so that the daemon
// is one file.
struct ExampleFile {
  std::string_view name;
  std::string_view text;
};
const std::vector<ExampleFile>& ExamplePolicies();

}  // namespace mayfly::init

#endif  // MAYFLY_CA_INIT_TEMPLATES_H_
