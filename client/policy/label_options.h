// key=value options.
#ifndef MAYFLY_CLIENT_POLICY_LABEL_OPTIONS_H_
#define MAYFLY_CLIENT_POLICY_LABEL_OPTIONS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/model/subject.h"

namespace mayfly::client {

// "env=production", several in one separated by commas. kUsage names the option.
absl::StatusOr<model::Labels> LabelsOf(std::string_view option,
                                       const std::vector<std::string>& values);
// "a,b" and repeated options -> words.
std::vector<std::string> WordsOf(const std::vector<std::string>& values);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_POLICY_LABEL_OPTIONS_H_
