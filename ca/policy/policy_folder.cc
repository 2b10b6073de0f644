// The file system's half of policy_loader.h: which files are a set.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/policy/finding.h"
#include "ca/policy/policy_loader.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

namespace fs = std::filesystem;

absl::Status FileSystemStatus(const std::error_code& error, const std::string& path) {
  return ErrnoStatus(error.value(), path);
}

// Lower-cased in ASCII: what a person would take for the extension of a policy file.
bool LooksLikeYaml(const std::string& name) {
  std::string extension = fs::path(name).extension().string();
  std::ranges::transform(extension, extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return extension == ".yaml" || extension == ".yml";
}

// kInvalidArgument where a rule would be overlooked silently.
absl::StatusOr<bool> IsPolicyFile(const fs::directory_entry& entry, const std::string& shown) {
  const std::string name = entry.path().filename().string();
  std::error_code error;
  const bool folder = entry.is_directory(error);
  if (folder && entry.is_symlink(error)) {
    return InvalidArgument(fmt::format(
        "{} is a link to a folder, which is not followed; move the files in", Shown(shown)));
  }
  if (folder || !LooksLikeYaml(name)) return false;
  if (!name.ends_with(".yaml")) {
    return InvalidArgument(fmt::format(
        "{} would not be loaded; rename it to end in .yaml, or begin its name with a dot to set it "
        "aside",
        Shown(shown)));
  }
  return !name.ends_with(".cases.yaml");
}

// Walks by hand rather than by recursive_directory_iterator, whose errors end the walk silently.
absl::Status Collect(const fs::path& root, const std::string& relative,
                     const std::string& shown_root, std::vector<std::string>* paths) {
  std::error_code error;
  const fs::path folder = relative.empty() ? root : root / relative;
  const std::string shown_folder = relative.empty() ? shown_root : JoinPath(shown_root, relative);
  fs::directory_iterator entries(folder, error);
  if (error) return FileSystemStatus(error, shown_folder);
  for (; entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name.starts_with('.')) continue;
    const std::string path = relative.empty() ? name : relative + "/" + name;
    MAYFLY_ASSIGN_OR_RETURN(const bool policy, IsPolicyFile(*entries, JoinPath(shown_root, path)));
    if (policy) paths->push_back(path);
    if (paths->size() > kMaxPolicyFiles) {
      return ResourceExhausted(
          fmt::format("{} holds more than {} policy files", Shown(shown_root), kMaxPolicyFiles));
    }
    if (entries->is_directory(error)) {
      MAYFLY_RETURN_IF_ERROR(Collect(root, path, shown_root, paths));
    }
  }
  return error ? FileSystemStatus(error, shown_folder) : absl::OkStatus();
}

// Errors name the file as the folder was named, not where links lead.
absl::StatusOr<std::string> ReadPolicyFile(const fs::path& path, const std::string& shown,
                                           size_t limit) {
  absl::StatusOr<std::string> text = ReadFile(path.string(), limit);
  if (text.ok()) return text;
  std::error_code error;
  if (absl::IsNotFound(text.status()) && fs::is_symlink(path, error)) {
    return NotFound(fmt::format("{}: a link that leads nowhere", Shown(shown)));
  }
  if (absl::IsResourceExhausted(text.status())) {
    return ResourceExhausted(fmt::format("{}: too large: all files of a policy set have {} MiB",
                                         Shown(shown), kMaxPolicySetBytes >> 20));
  }
  std::string message = Message(text.status());
  if (message.starts_with(path.string())) message.replace(0, path.string().size(), Shown(shown));
  return MakeStatus(text.status().code(), message);
}

}  // namespace

absl::StatusOr<std::vector<PolicyText>> ReadPolicyFiles(const std::string& folder) {
  // Once: a link that is switched meanwhile must not mix two sets.
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) {
    std::error_code no_link;
    const std::string target = fs::read_symlink(folder, no_link).string();
    if (error == std::errc::no_such_file_or_directory && !no_link) {
      return NotFound(fmt::format("policy folder {}: a link that leads nowhere: to {}",
                                  Shown(folder), Shown(target)));
    }
    return FileSystemStatus(error, fmt::format("policy folder {}", Shown(folder)));
  }
  std::vector<std::string> paths;
  MAYFLY_RETURN_IF_ERROR(Collect(root, "", folder, &paths));
  if (paths.empty()) {
    return FailedPrecondition(
        fmt::format("{} holds no policy file; expected at least one *.yaml", Shown(folder)));
  }
  std::ranges::sort(paths);
  std::vector<PolicyText> files;
  size_t left = kMaxPolicySetBytes;
  for (const std::string& path : paths) {
    PolicyText file;
    file.path = path;
    MAYFLY_ASSIGN_OR_RETURN(file.text, ReadPolicyFile(root / path, JoinPath(folder, path), left));
    left -= file.text.size();
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace mayfly::policy
