#include "ca/policy/named_sets.h"

#include "base/text.h"
#include "ca/policy/rule_loader.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

using document::ElementPath;
using document::Quote;

constexpr int kMaxNesting = 32;  // Deeper than anybody reads; a bound for the recursion.

bool IsReference(std::string_view word) { return word.starts_with(kSetPrefix); }
std::string NameOf(std::string_view word) { return std::string(word.substr(kSetPrefix.size())); }

}  // namespace

void NamedSets::Add(const std::string& name, std::vector<std::string> elements,
                    const std::string& path, const LoadContext& context) {
  if (!IsRuleName(name)) {
    context.Add(path,
                fmt::format("{} is not a name for a set; expected 1 to 64 lower-case letters, "
                            "digits or ._-, beginning with a letter or digit",
                            Quote(name)));
    return;
  }
  if (elements.empty()) {
    context.Add(path, "a set of nothing; name what it holds, or leave it out");
  }
  if (sets_.size() >= kMaxNamedSets) {
    context.Add(path, fmt::format("more than {} named sets of {}", kMaxNamedSets, kind_));
    return;
  }
  Set set;
  set.elements = std::move(elements);
  set.path = path;
  set.context = &context;
  const auto [place, inserted] = sets_.emplace(name, std::move(set));
  if (!inserted) {
    context.Add(path, fmt::format("the set {} of {} is there already, at {}", Quote(name), kind_,
                                  place->second.context->SourceOf(place->second.path)));
  }
}

void NamedSets::Resolve() {
  for (auto& [name, set] : sets_) ResolveOne(name, &set, 0);
}

void NamedSets::ResolveOne(const std::string& name, Set* set, int depth) {
  if (set->state == Set::State::kDone) return;
  set->state = Set::State::kOpen;
  std::set<std::string> seen;
  for (size_t i = 0; i < set->elements.size(); ++i) {
    const std::string& word = set->elements[i];
    const std::string at = ElementPath(set->path, i);
    if (!IsReference(word)) {
      if (seen.insert(word).second) set->resolved.push_back(word);
      continue;
    }
    const auto inner = sets_.find(NameOf(word));
    if (inner == sets_.end()) {
      ReportUnknown(NameOf(word), at, *set->context);
    } else if (inner->second.state == Set::State::kOpen) {
      set->context->Add(at, fmt::format("the set {} would hold itself through {}",
                                        Quote(inner->first), Quote(name)));
    } else if (depth >= kMaxNesting) {
      set->context->Add(at, fmt::format("sets within sets, more than {} deep", kMaxNesting));
    } else {
      ResolveOne(inner->first, &inner->second, depth + 1);
      for (const std::string& element : inner->second.resolved) {
        if (seen.insert(element).second) set->resolved.push_back(element);
      }
    }
  }
  if (set->resolved.size() > kMaxSetElements) {
    set->context->Add(set->path,
                      fmt::format("the set {} holds {} {}; at most {} are allowed", Quote(name),
                                  set->resolved.size(), kind_, kMaxSetElements));
    set->resolved.resize(kMaxSetElements);
  }
  set->state = Set::State::kDone;
}

std::vector<std::string> NamedSets::Expand(const std::vector<std::string>& words,
                                           const std::string& path,
                                           const LoadContext& context) const {
  std::vector<std::string> expanded;
  std::set<std::string> seen;
  for (size_t i = 0; i < words.size(); ++i) {
    if (!IsReference(words[i])) {
      if (seen.insert(words[i]).second) expanded.push_back(words[i]);
      continue;
    }
    const auto set = sets_.find(NameOf(words[i]));
    if (set == sets_.end()) {
      ReportUnknown(NameOf(words[i]), ElementPath(path, i), context);
      expanded.push_back(words[i]);  // So that the list is not taken for an empty one as well.
      continue;
    }
    expanded_ += set->second.resolved.size();
    if (expanded_ > kMaxExpandedElements) {
      context.Add(ElementPath(path, i),
                  fmt::format("the named sets of {} are used so often that they hold more than {} "
                              "elements in all",
                              kind_, kMaxExpandedElements));
      return expanded;
    }
    for (const std::string& element : set->second.resolved) {
      if (seen.insert(element).second) expanded.push_back(element);
    }
  }
  return expanded;
}

void NamedSets::ReportUnknown(const std::string& name, const std::string& path,
                              const LoadContext& context) const {
  std::vector<std::string> names;
  for (const auto& [known, set] : sets_) names.push_back(known);
  const std::string nearest = Nearest(name, names);
  context.Add(path, fmt::format("there is no set {} of {}", Quote(name), kind_),
              nearest.empty() ? "" : std::string(kSetPrefix) + nearest);
}

}  // namespace mayfly::policy
