#ifndef MAYFLY_BASE_SUBPROCESS_H_
#define MAYFLY_BASE_SUBPROCESS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mayfly {

struct SubprocessResult {
  int exit_code = 0;  // 128 + signal when a signal ended it.
  std::string out;    // At most 4 MiB of each; more is dropped.
  std::string err;
};

// Runs argv[0] (looked up in PATH and the sbin folders) to its end, without a shell, with nothing
// on standard input. kNotFound when there is no such program; kUnavailable when it took longer than
// `limit` and was killed. A program that fails is not an error here: look at exit_code.
absl::StatusOr<SubprocessResult> RunSubprocess(const std::vector<std::string>& argv,
                                               absl::Duration limit = absl::Seconds(30));

}  // namespace mayfly

#endif  // MAYFLY_BASE_SUBPROCESS_H_
