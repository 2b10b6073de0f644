#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "ca/policy/hours.h"
#include "ca/policy/pattern.h"
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

std::vector<std::string> LoadWords(const google::protobuf::RepeatedPtrField<std::string>& values,
                                   const std::string& path, const LoadContext& context) {
  std::vector<std::string> words(values.begin(), values.end());
  CheckWords(words, path, context);
  return words;
}

std::vector<std::string> LoadGroups(const google::protobuf::RepeatedPtrField<std::string>& values,
                                    const std::string& path, const LoadContext& context) {
  return context.group_sets.Expand(LoadWords(values, path, context), path, context);
}

using WordsByName = google::protobuf::Map<std::string, v1::PolicyWords>;
using Claims = std::map<std::string, std::vector<std::string>>;

// In the order of the names, so that errors come in one order too.
Claims SortedOf(const WordsByName& values) {
  Claims sorted;
  for (const auto& [name, words] : values) {
    sorted[name] = {words.items().begin(), words.items().end()};
  }
  return sorted;
}

void CheckClaimName(const std::string& name, const std::string& path, const LoadContext& context) {
  if (IsClaimName(name)) return;
  context.Add(path,
              fmt::format("{} is not the name of a claim; expected 1 to 64 of letters, digits "
                          "and _.:/-",
                          Quote(name)));
}

Claims LoadClaims(const WordsByName& values, const std::string& path, const LoadContext& context) {
  Claims claims = SortedOf(values);
  if (claims.empty() && context.map.Contains(path)) {
    context.Add(path, "expected at least one claim, as {repository: [acme/web]}");
  }
  for (const auto& [name, words] : claims) {
    const std::string at = FieldPath(path, name);
    CheckClaimName(name, at, context);
    RefuseEmptyList(at, words.size(), context);
    RefuseRepeated(words, at, context);
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i].empty() || words[i].size() > kMaxMatched || !IsValidUtf8(words[i])) {
        context.Add(ElementPath(at, i),
                    fmt::format("expected the claim's value, of 1 to {} bytes", kMaxMatched));
      } else if (words[i].find('*') != std::string::npos ||
                 words[i].find("${") != std::string::npos) {
        context.Add(ElementPath(at, i),
                    fmt::format("{} would be compared as it stands; patterns go under "
                                "claim_patterns",
                                Quote(words[i])));
      }
    }
  }
  return claims;
}

Claims LoadClaimPatterns(const WordsByName& values, const Claims& claims, const std::string& path,
                         const LoadContext& context) {
  Claims patterns = SortedOf(values);
  if (patterns.empty() && context.map.Contains(path)) {
    context.Add(path, "expected at least one claim, as {ref: [refs/heads/*]}");
  }
  for (const auto& [name, words] : patterns) {
    const std::string at = FieldPath(path, name);
    CheckClaimName(name, at, context);
    RefuseEmptyList(at, words.size(), context);
    RefuseRepeated(words, at, context);
    if (claims.contains(name)) {
      context.Add(at, fmt::format("{} stands under \"claims\" too, and both would have to hold; "
                                  "write all of its values here, a value is a pattern as well",
                                  Quote(name)));
    }
    for (size_t i = 0; i < words.size(); ++i) {
      context.AddIfError(ElementPath(at, i), CheckPattern(words[i]));
    }
  }
  return patterns;
}

std::optional<Hours> LoadHours(const v1::PolicyHours& message, const std::string& path,
                               const LoadContext& context) {
  if (!context.map.Contains(path)) return std::nullopt;
  Hours hours;
  const std::string days = FieldPath(path, "days");
  const std::string between = FieldPath(path, "between");
  const std::string zone = FieldPath(path, "zone");
  for (const std::string& part : {days, between, zone}) {
    if (context.map.Contains(part)) continue;
    context.Add(path,
                "hours are said by all three of days, between and zone, as {days: mon-fri, "
                "between: \"07:00-20:00\", zone: Europe/Berlin}");
    return hours;
  }
  const auto parsed_days = ParseDays(message.days());
  context.AddIfError(days, parsed_days.status());
  if (parsed_days.ok()) hours.days = *parsed_days;
  const auto minutes = ParseBetween(message.between());
  context.AddIfError(between, minutes.status());
  if (minutes.ok()) {
    hours.begin_minute = minutes->begin;
    hours.end_minute = minutes->end;
  }
  const auto loaded_zone = LoadZone(message.zone());
  context.AddIfError(zone, loaded_zone.status());
  if (loaded_zone.ok()) hours.zone = *loaded_zone;
  return hours;
}

std::optional<absl::Time> LoadMoment(const google::protobuf::Timestamp& message,
                                     const std::string& path, const LoadContext& context) {
  if (!context.map.Contains(path)) return std::nullopt;
  return absl::FromUnixSeconds(message.seconds());
}

std::optional<std::string> LoadRealm(const std::string& realm, const std::string& path,
                                     const LoadContext& context) {
  if (!context.map.Contains(path)) return std::nullopt;
  context.AddIfError(path, model::Subject::Create(model::SubjectKind::kUser, "x", realm).status());
  return realm;
}

}  // namespace

bool IsRuleName(std::string_view name) {
  constexpr std::string_view kStart = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view kMore = "abcdefghijklmnopqrstuvwxyz0123456789._-";
  return !name.empty() && name.size() <= kMaxName &&
         kStart.find(name.front()) != std::string_view::npos &&
         name.find_first_not_of(kMore) == std::string_view::npos;
}

bool IsClaimName(std::string_view name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/-";
  return !name.empty() && name.size() <= kMaxName &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

// Names from elsewhere (authenticators, groups) are compared byte for byte, so what cannot be seen
// in them would make a rule that never matches.
void CheckWords(const std::vector<std::string>& words, const std::string& path,
                const LoadContext& context) {
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
}

void CheckNetworks(const std::vector<std::string>& words, const std::string& path,
                   const LoadContext& context) {
  RefuseRepeated(words, path, context);
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with(kSetPrefix)) continue;
    context.AddIfError(ElementPath(path, i), IpNetwork::Parse(words[i]).status());
  }
}

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
  } else if (!IsRuleName(name)) {
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
  RefuseRepeated(values, path, context);
  std::set<IpNetwork> networks;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string at = ElementPath(path, i);
    // What stands in a set was checked there.
    const bool set = values[i].starts_with(kSetPrefix);
    for (const std::string& text : context.network_sets.Expand({values[i]}, path, context)) {
      const absl::StatusOr<IpNetwork> network = IpNetwork::Parse(text);
      if (!set) context.AddIfError(at, network.status());
      if (network.ok()) networks.insert(*network);
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
  conditions.groups = LoadGroups(message.groups(), FieldPath(path, "groups"), context);
  conditions.all_groups = LoadGroups(message.all_groups(), FieldPath(path, "all_groups"), context);
  conditions.no_groups = LoadGroups(message.no_groups(), FieldPath(path, "no_groups"), context);
  conditions.labels = LoadLabels(message.labels(), FieldPath(path, "labels"), context);
  conditions.networks = LoadNetworks({message.networks().begin(), message.networks().end()},
                                     FieldPath(path, "networks"), context);
  conditions.claims = LoadClaims(message.claims(), FieldPath(path, "claims"), context);
  conditions.claim_patterns = LoadClaimPatterns(message.claim_patterns(), conditions.claims,
                                                FieldPath(path, "claim_patterns"), context);
  conditions.hours = LoadHours(message.hours(), FieldPath(path, "hours"), context);
  if (context.map.Contains(FieldPath(path, "hardware_proof"))) {
    conditions.hardware_proof = message.hardware_proof();
  }
  conditions.since = LoadMoment(message.since(), FieldPath(path, "since"), context);
  conditions.until = LoadMoment(message.until(), FieldPath(path, "until"), context);
  if (conditions.since && conditions.until && *conditions.since >= *conditions.until) {
    context.Add(FieldPath(path, "until"), "this is not after \"since\", so it never holds");
  }
  return conditions;
}
template Conditions LoadConditions(const v1::PolicyConditions& message, const std::string& path,
                                   const LoadContext& context);
template Conditions LoadConditions(const v1::PolicyDenialConditions& message,
                                   const std::string& path, const LoadContext& context);

}  // namespace mayfly::policy
