#include <algorithm>
#include <set>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "ca/policy/rule_loader.h"
#include "fmt/format.h"
#include "mayfly/v1/policy.pb.h"

namespace mayfly::policy {
namespace {

using document::ElementPath;
using document::FieldPath;
using document::Quote;

constexpr size_t kMaxName = 64;
constexpr size_t kMaxSentence = 500;  // Above what a terminal shows in a few lines.
constexpr size_t kMaxWord = 256;      // Group names of directories may be distinguished names.

bool IsName(std::string_view name) {
  constexpr std::string_view kStart = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view kMore = "abcdefghijklmnopqrstuvwxyz0123456789._-";
  return !name.empty() && name.size() <= kMaxName &&
         kStart.find(name.front()) != std::string_view::npos &&
         name.find_first_not_of(kMore) == std::string_view::npos;
}

// Names from elsewhere (authenticators, groups) are compared byte for byte, so what cannot be seen
// in them would make a rule that never matches.
std::vector<std::string> LoadWords(const google::protobuf::RepeatedPtrField<std::string>& values,
                                   const std::string& path, const LoadContext& context) {
  std::vector<std::string> words(values.begin(), values.end());
  RefuseEmptyList(path, words.size(), context);
  RefuseRepeated(words, path, context);
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.empty() || word.size() > kMaxWord || TrimBlanks(word) != word || !IsValidUtf8(word)) {
      context.Add(ElementPath(path, i),
                  fmt::format("{} is not a name; expected 1 to {} bytes, no blanks around them",
                              Quote(word), kMaxWord));
    } else if (word == "*" || word.find("${") != std::string::npos) {
      context.Add(ElementPath(path, i),
                  fmt::format("{} would be compared as it stands; neither wildcards nor "
                              "placeholders have a meaning here",
                              Quote(word)));
    }
  }
  return words;
}

std::optional<std::string> LoadRealm(const std::string& realm, const std::string& path,
                                     const LoadContext& context) {
  if (!context.map.Contains(path)) return std::nullopt;
  context.AddIfError(path, model::Subject::Create(model::SubjectKind::kUser, "x", realm).status());
  return realm;
}

}  // namespace

void LoadContext::AddIfError(std::string_view path, const absl::Status& status) const {
  if (!status.ok()) Add(path, Message(status));
}

std::string LoadContext::SourceOf(std::string_view path) const {
  return fmt::format("{}:{}", file, map.Find(path).line);
}

void RefuseEmptyList(const std::string& path, size_t size, const LoadContext& context) {
  if (size > 0 || !context.map.Contains(path)) return;
  context.Add(path, "an empty list would match nobody; name some, or leave the field out");
}

void RefuseRepeated(const std::vector<std::string>& values, const std::string& path,
                    const LoadContext& context) {
  std::set<std::string> seen;
  for (size_t i = 0; i < values.size(); ++i) {
    if (seen.insert(values[i]).second) continue;
    context.Add(ElementPath(path, i), fmt::format("{} is in this list twice", Quote(values[i])));
  }
}

std::string LoadName(const std::string& name, const std::string& path, const LoadContext& context) {
  const std::string at = FieldPath(path, "name");
  if (!context.map.Contains(at)) {
    context.Add(path, "this rule has no name; every rule needs one, by which refusals speak of it");
  } else if (!IsName(name)) {
    context.Add(at, fmt::format("{} is not a name for a rule; expected 1 to {} lower-case letters, "
                                "digits or ._-, beginning with a letter or digit",
                                Quote(name), kMaxName));
  }
  return name;
}

std::string LoadSentence(const std::string& text, const std::string& path,
                         const LoadContext& context) {
  if (text.size() > kMaxSentence || EscapeForTerminal(text) != text) {
    context.Add(path, fmt::format("expected one line of at most {} bytes, without control "
                                  "characters or backslashes",
                                  kMaxSentence));
  }
  return text;
}

template <typename Map>
model::Labels LoadLabels(const Map& values, const std::string& path, const LoadContext& context) {
  const model::Labels labels(values.begin(), values.end());
  if (labels.empty() && context.map.Contains(path)) {
    context.Add(path, "expected at least one label, as {env: production}");
  }
  context.AddIfError(path, model::CheckLabels(labels));
  return labels;
}
template model::Labels LoadLabels(const google::protobuf::Map<std::string, std::string>& values,
                                  const std::string& path, const LoadContext& context);

std::vector<IpNetwork> LoadNetworks(const std::vector<std::string>& values, const std::string& path,
                                    const LoadContext& context) {
  RefuseEmptyList(path, values.size(), context);
  std::set<IpNetwork> networks;
  for (size_t i = 0; i < values.size(); ++i) {
    const absl::StatusOr<IpNetwork> network = IpNetwork::Parse(values[i]);
    context.AddIfError(ElementPath(path, i), network.status());
    if (network.ok() && !networks.insert(*network).second) {
      context.Add(ElementPath(path, i), fmt::format("{} is in this list twice", Quote(values[i])));
    }
  }
  return std::vector<IpNetwork>(networks.begin(), networks.end());
}

template <typename Message>
Conditions LoadConditions(const Message& message, const std::string& path,
                          const LoadContext& context) {
  Conditions conditions;
  conditions.authenticators =
      LoadWords(message.authenticators(), FieldPath(path, "authenticators"), context);
  conditions.realm = LoadRealm(message.realm(), FieldPath(path, "realm"), context);
  conditions.groups = LoadWords(message.groups(), FieldPath(path, "groups"), context);
  conditions.labels = LoadLabels(message.labels(), FieldPath(path, "labels"), context);
  conditions.networks = LoadNetworks({message.networks().begin(), message.networks().end()},
                                     FieldPath(path, "networks"), context);
  return conditions;
}
template Conditions LoadConditions(const v1::PolicyConditions& message, const std::string& path,
                                   const LoadContext& context);
template Conditions LoadConditions(const v1::PolicyDenialConditions& message,
                                   const std::string& path, const LoadContext& context);

}  // namespace mayfly::policy
