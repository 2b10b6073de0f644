#include "ca/provider/roots.h"

#include "base/file.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::provider {

absl::StatusOr<std::string> ReadRoots(const std::string& path) {
  constexpr size_t kMaxSize = 64 << 10;
  MAYFLY_ASSIGN_OR_RETURN(const std::string pem, ReadFile(path, kMaxSize));
  if (pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return InvalidArgument(fmt::format("{}: no certificate in PEM", path));
  }
  return pem;
}

}  // namespace mayfly::provider
