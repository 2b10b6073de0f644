#include "ca/policy/policy_loader.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/policy/rule_loader.h"
#include "document/load.h"
#include "fmt/format.h"
#include "mayfly/v1/policy.pb.h"

namespace mayfly::policy {
namespace {

using document::ElementPath;
using document::FieldPath;
using document::Quote;

constexpr size_t kMaxFilesInError = 10;  // Whoever has more has one mistake, many times.

struct File {
  std::string path;
  v1::PolicyFile message;
  document::SourceMap map;
};

// The mistakes of all files, rendered, in the order of the set.
class Mistakes {
 public:
  void Add(const absl::Status& status) {
    if (status.ok()) return;
    if (++files_ > kMaxFilesInError) return;
    if (!text_.empty()) text_ += '\n';
    text_ += Message(status);
  }
  absl::Status ToStatus() const {
    if (files_ == 0) return absl::OkStatus();
    if (files_ <= kMaxFilesInError) return InvalidArgument(text_);
    return InvalidArgument(
        fmt::format("{}\n… and {} more files with errors", text_, files_ - kMaxFilesInError));
  }

 private:
  std::string text_;
  size_t files_ = 0;
};

// Lengths before each part, so that no two sets of files look alike.
std::string HashOf(const std::vector<PolicyText>& files) {
  std::string joined;
  const auto append = [&](const std::string& part) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      joined += static_cast<char>(uint64_t{part.size()} >> shift);
    }
    joined += part;
  };
  for (const PolicyText& file : files) {
    append(file.path);
    append(file.text);
  }
  return HexEncode(Sha256(AsBytes(joined)));
}

absl::Status CheckSize(const std::vector<PolicyText>& files) {
  if (files.size() > kMaxPolicyFiles) {
    return ResourceExhausted(
        fmt::format("{} policy files; a set has at most {}", files.size(), kMaxPolicyFiles));
  }
  size_t bytes = 0;
  for (const PolicyText& file : files) bytes += file.text.size();
  if (bytes <= kMaxPolicySetBytes) return absl::OkStatus();
  return ResourceExhausted(
      fmt::format("{} bytes of policy; a set has at most {}", bytes, kMaxPolicySetBytes));
}

// Paths stand in traces and order the set.
// Every part is a name: no "..", which would name another file than the folder holds.
bool IsRelativePath(std::string_view path) {
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part.front() == '.') return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

absl::Status CheckPath(const std::string& path) {
  if (path.size() <= 255 && EscapeForTerminal(path) == path && IsRelativePath(path) &&
      path.ends_with(".yaml") && !path.ends_with(".cases.yaml")) {
    return absl::OkStatus();
  }
  return InvalidArgument(fmt::format(
      "{} is not the path of a policy file; expected a relative one of printable characters that "
      "ends in .yaml, not in .cases.yaml, without parts that begin with a dot",
      Quote(path)));
}

absl::Status SortAndCheckPaths(std::vector<PolicyText>& files) {
  std::ranges::sort(files, {}, &PolicyText::path);
  for (size_t i = 0; i < files.size(); ++i) {
    MAYFLY_RETURN_IF_ERROR(CheckPath(files[i].path));
    if (i > 0 && files[i].path == files[i - 1].path) {
      return InvalidArgument(
          fmt::format("the policy file {} is given twice", Quote(files[i].path)));
    }
  }
  return absl::OkStatus();
}

std::vector<File> Parse(const std::vector<PolicyText>& texts, const std::string& shown_folder,
                        Mistakes* mistakes) {
  std::vector<File> files;
  for (const PolicyText& text : texts) {
    const std::string shown = shown_folder.empty() ? text.path : JoinPath(shown_folder, text.path);
    File file;
    file.path = text.path;
    const absl::Status status = document::Load(text.text, shown, &file.message, &file.map);
    mistakes->Add(status);
    if (status.ok()) files.push_back(std::move(file));
  }
  return files;
}

// Rules from many files in one set: what may stand there once is remembered with its place.
class SetBuilder {
 public:
  // Ceilings and named sets come first: the rules of all files are held against them. `context`
  // outlives ResolveSets.
  void ReadSingletons(const File& file, const LoadContext& context) {
    ReadSets(file.message.groups(), "groups", &group_sets_, context);
    ReadSets(file.message.networks(), "networks", &network_sets_, context);
    if (file.map.Contains("ceilings") && OnlyOnce("ceilings", "ceilings", "", context)) {
      ReadCeilings(file.message.ceilings(), context);
    }
    if (file.map.Contains("scoped_only") && OnlyOnce("scoped_only", "scoped_only", "", context)) {
      rules_.scoped_only = LoadLabels(file.message.scoped_only(), "scoped_only", context);
    }
  }

  void ResolveSets() {
    group_sets_.Resolve();
    network_sets_.Resolve();
  }

  LoadContext ContextOf(const File& file, document::Diagnostics& errors) const {
    return LoadContext{file.map, errors, rules_.ceilings, file.path, group_sets_, network_sets_};
  }

  void ReadRules(const File& file, const LoadContext& context) {
    for (int i = 0; i < file.message.grants_size(); ++i) {
      const std::string path = ElementPath("grants", static_cast<size_t>(i));
      rules_.grants.push_back(LoadGrant(file.message.grants(i), path, context));
      OnlyOnce("grant", FieldPath(path, "name"), rules_.grants.back().name, context);
    }
    for (int i = 0; i < file.message.denials_size(); ++i) {
      const std::string path = ElementPath("denials", static_cast<size_t>(i));
      rules_.denials.push_back(LoadDenial(file.message.denials(i), path, context));
      OnlyOnce("denial", FieldPath(path, "name"), rules_.denials.back().name, context);
    }
    for (int i = 0; i < file.message.operators_size(); ++i) {
      const std::string path = ElementPath("operators", static_cast<size_t>(i));
      rules_.operators.push_back(LoadOperator(file.message.operators(i), path, context));
      OnlyOnce("operator", FieldPath(path, "name"), rules_.operators.back().name, context);
    }
  }

  Rules Take() { return std::move(rules_); }

 private:
  using Sets = google::protobuf::Map<std::string, v1::PolicyWords>;
  static void ReadSets(const Sets& sets, const std::string& kind, NamedSets* to,
                       const LoadContext& context) {
    std::map<std::string, std::vector<std::string>> sorted;
    for (const auto& [name, words] : sets) {
      sorted[name] = {words.items().begin(), words.items().end()};
    }
    for (const auto& [name, words] : sorted) {
      const std::string path = FieldPath(kind, name);
      if (kind == "groups") CheckWords(words, path, context);
      if (kind == "networks") CheckNetworks(words, path, context);
      to->Add(name, words, path, context);
    }
  }

  bool OnlyOnce(const std::string& kind, const std::string& path, const std::string& name,
                const LoadContext& context) {
    if (!context.map.Contains(path)) return true;  // Reported as missing.
    const std::string key = name.empty() ? kind : kind + " " + name;
    const auto [first, inserted] = places_.emplace(key, context.SourceOf(path));
    if (!inserted) {
      context.Add(path, fmt::format("{} is there already, at {}",
                                    name.empty() ? kind : kind + " " + Quote(name), first->second));
    }
    return inserted;
  }

  void ReadCeilings(const v1::PolicyCeilings& message, const LoadContext& context) {
    const auto read = [&](const google::protobuf::Duration& duration, const std::string& name,
                          absl::Duration* ceiling) {
      const std::string path = FieldPath("ceilings", name);
      if (!context.map.Contains(path)) return;
      if (duration.seconds() <= 0) context.Add(path, "expected a ceiling of at least 1s");
      *ceiling = absl::Seconds(duration.seconds());
    };
    read(message.user_lifetime(), "user_lifetime", &rules_.ceilings.user_lifetime);
    read(message.host_lifetime(), "host_lifetime", &rules_.ceilings.host_lifetime);
  }

  Rules rules_;
  NamedSets group_sets_{"groups"};
  NamedSets network_sets_{"networks"};
  std::map<std::string, std::string> places_;
};

absl::StatusOr<Rules> Build(const std::vector<PolicyText>& texts, const std::string& shown_folder) {
  Mistakes mistakes;
  const std::vector<File> files = Parse(texts, shown_folder, &mistakes);
  std::vector<document::Diagnostics> errors;
  for (const File& file : files) errors.push_back(file.map.NewDiagnostics());
  SetBuilder builder;
  std::vector<std::unique_ptr<LoadContext>> contexts;  // In their place: sets point at them.
  for (size_t i = 0; i < files.size(); ++i) {
    contexts.push_back(std::make_unique<LoadContext>(builder.ContextOf(files[i], errors[i])));
  }
  for (size_t i = 0; i < files.size(); ++i) builder.ReadSingletons(files[i], *contexts[i]);
  builder.ResolveSets();
  for (size_t i = 0; i < files.size(); ++i) builder.ReadRules(files[i], *contexts[i]);
  for (const document::Diagnostics& of_file : errors) mistakes.Add(of_file.ToStatus());
  MAYFLY_RETURN_IF_ERROR(mistakes.ToStatus());
  return builder.Take();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const PolicySet>> LoadPolicyText(std::vector<PolicyText> files,
                                                                const std::string& shown_folder) {
  MAYFLY_RETURN_IF_ERROR(CheckSize(files));
  MAYFLY_RETURN_IF_ERROR(SortAndCheckPaths(files));
  if (files.empty()) {
    return FailedPrecondition("a policy set of no files; at least one *.yaml is needed");
  }
  MAYFLY_ASSIGN_OR_RETURN(Rules rules, Build(files, shown_folder));
  return std::make_shared<const PolicySet>(std::move(rules), HashOf(files));
}

absl::StatusOr<std::shared_ptr<const PolicySet>> LoadPolicySet(const std::string& folder) {
  MAYFLY_ASSIGN_OR_RETURN(std::vector<PolicyText> files, ReadPolicyFiles(folder));
  return LoadPolicyText(std::move(files), folder);
}

}  // namespace mayfly::policy
