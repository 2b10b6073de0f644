// The file system's half of cases.h.
#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "base/status.h"
#include "ca/policy/analysis/cases.h"
#include "ca/policy/finding.h"
#include "ca/policy/policy_loader.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

namespace fs = std::filesystem;

absl::Status Collect(const fs::path& folder, std::vector<std::string>* paths) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name.starts_with('.')) continue;
    std::error_code ignored;
    if (entries->is_directory(ignored) && !entries->is_symlink(ignored)) {
      MAYFLY_RETURN_IF_ERROR(Collect(entries->path(), paths));
    } else if (name.ends_with(".cases.yaml")) {
      paths->push_back(entries->path().string());
    }
    if (paths->size() > kMaxPolicyFiles) {
      return ResourceExhausted(fmt::format("{} holds more than {} files of cases",
                                           Shown(folder.string()), kMaxPolicyFiles));
    }
  }
  return error ? ErrnoStatus(error.value(), Shown(folder.string())) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<CasesText>> ReadCasesFiles(const std::string& folder) {
  std::vector<std::string> paths;
  MAYFLY_RETURN_IF_ERROR(Collect(folder, &paths));
  std::ranges::sort(paths);
  std::vector<CasesText> files;
  for (std::string& path : paths) {
    MAYFLY_ASSIGN_OR_RETURN(std::string text, ReadFile(path, kMaxPolicySetBytes));
    files.push_back(CasesText{std::move(path), std::move(text)});
  }
  return files;
}

}  // namespace mayfly::policy
