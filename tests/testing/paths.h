// Where the checkout and the build tree are, for tests that read or run what stands there.
#ifndef MAYFLY_TESTS_TESTING_PATHS_H_
#define MAYFLY_TESTS_TESTING_PATHS_H_

#include <string>
#include <string_view>

namespace mayfly::testing {

// The absolute path of `relative` ("docs/cli.md") in the checkout.
std::string SourcePath(std::string_view relative);

// The absolute path of `relative` ("bin/mayfly") in the build tree.
std::string BuildPath(std::string_view relative);

}  // namespace mayfly::testing

#endif  // MAYFLY_TESTS_TESTING_PATHS_H_
