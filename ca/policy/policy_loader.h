// Policy files -> PolicySet: all of them or none.
#ifndef MAYFLY_CA_POLICY_POLICY_LOADER_H_
#define MAYFLY_CA_POLICY_POLICY_LOADER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

inline constexpr size_t kMaxPolicyFiles = 1000;         // A rule a file for a large company.
inline constexpr size_t kMaxPolicySetBytes = 10 << 20;  // Twenty times the largest set measured.

// Loads all *.yaml files below `folder` except *.cases.yaml (which hold tests), as one set in byte
// order of their relative path. `folder` may be a symbolic link; it is resolved once, so a switch
// meanwhile yields the old set or the new one. Names that begin with a dot are passed over
// (editors' and Kubernetes' own); links to files are followed. Blocks on the file system.
//
// Refused, because a rule would be overlooked silently: names that end in .yml or .YAML, a link to
// a folder inside the folder.
//   kInvalidArgument    a file is wrong: every mistake of every file as file:line:column, the line,
//   a
//                       caret
//   kFailedPrecondition the folder holds no policy file
//   kResourceExhausted  too many files or bytes
//   kNotFound, kPermissionDenied …  the folder or a file cannot be read
absl::StatusOr<std::shared_ptr<const PolicySet>> LoadPolicySet(const std::string& folder);

struct PolicyText {
  std::string path;  // Relative to the folder, '/' between parts.
  std::string text;
};

// The same from memory: for tests, and for policies that are kept elsewhere. The order of `files`
// does not matter; a path given twice is an error. `shown_folder` stands before paths in errors,
// not in traces.
absl::StatusOr<std::shared_ptr<const PolicySet>> LoadPolicyText(
    std::vector<PolicyText> files, const std::string& shown_folder = "");

// The files that LoadPolicySet would load, sorted by path.
absl::StatusOr<std::vector<PolicyText>> ReadPolicyFiles(const std::string& folder);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_POLICY_LOADER_H_
