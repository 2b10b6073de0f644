#include "tests/testing/paths.h"

#include "fmt/format.h"

namespace mayfly::testing {

// Only this file knows the folders, so that the compiler cache serves every checkout with the rest.
std::string SourcePath(std::string_view relative) {
  return fmt::format("{}/{}", MAYFLY_SOURCE_DIR, relative);
}

std::string BuildPath(std::string_view relative) {
  return fmt::format("{}/{}", MAYFLY_BINARY_DIR, relative);
}

}  // namespace mayfly::testing
