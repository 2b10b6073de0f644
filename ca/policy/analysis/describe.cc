// Regions in words.
#include <algorithm>

#include "ca/policy/analysis/universe.h"
#include "ca/policy/finding.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

std::string JoinOr(const std::vector<std::string>& words) {
  constexpr size_t kMaxWords = 8;
  std::string text;
  for (size_t i = 0; i < words.size() && i < kMaxWords; ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  if (words.size() > kMaxWords) text += fmt::format(" or {} more", words.size() - kMaxWords);
  return text;
}

// "sso or ssh-key"; where the rest is in, what is not: "not sso".
std::string DescribeWords(const Dimension& dimension, const AtomSet& set, std::string_view noun) {
  const bool others = set.Has(dimension.atoms.size() - 1);
  std::vector<std::string> words;
  for (size_t i = 0; i < dimension.atoms.size(); ++i) {
    if (set.Has(i) == others) continue;
    words.push_back(Shown(dimension.atoms[i].value));
  }
  return fmt::format("{}{} {}", others ? "not " : "", noun, JoinOr(words));
}

std::vector<std::string> ValuesIn(const Dimension& dimension, const AtomSet& set) {
  std::vector<std::string> words;
  for (size_t i = 0; i < dimension.atoms.size(); ++i) {
    const Atom& atom = dimension.atoms[i];
    if (set.Has(i)) words.push_back(atom.witness ? atom.like : Shown(atom.value));
  }
  return words;
}

std::string DescribeClaim(const Dimension& dimension, const AtomSet& set) {
  const AtomSet out = AtomSet::All(set.size()).Without(set);
  const std::vector<std::string> in = ValuesIn(dimension, set), not_in = ValuesIn(dimension, out);
  const bool few = in.size() <= not_in.size();
  return fmt::format("claim {} {}{}", Shown(dimension.name), few ? "" : "not ",
                     JoinOr(few ? in : not_in));
}

// "during mon-fri …, from 2026-01-05T00:00:00Z, before …": what holds at all of the moments, or
// none.
std::string DescribeTimes(const Dimension& dimension, const AtomSet& set,
                          const std::vector<TimeCondition>& conditions) {
  std::string text;
  for (const TimeCondition& condition : conditions) {
    bool always = true, never = true;
    for (size_t i = 0; i < dimension.atoms.size(); ++i) {
      if (!set.Has(i)) continue;
      (condition.holds(dimension.atoms[i].time) ? never : always) = false;
    }
    if (!always && !never) continue;
    if (!text.empty()) text += ", ";
    const std::string_view word =
        condition.moment ? (always ? "from" : "before") : (always ? "during" : "outside");
    text += fmt::format("{} {}", word, condition.shown);
  }
  return text.empty() ? "at some times" : text;
}

// A network whose every part is in the set is shown once.
std::string DescribeNetworks(const Dimension& dimension, const AtomSet& set) {
  const auto whole = [&](const IpNetwork& network) {
    for (size_t i = kFirstAddress; i < dimension.atoms.size(); ++i) {
      if (network.Contains(dimension.atoms[i].address) && !set.Has(i)) return false;
    }
    return true;
  };
  std::vector<std::string> words;
  std::vector<IpNetwork> shown;
  for (size_t i = 0; i < dimension.atoms.size(); ++i) {
    const Atom& atom = dimension.atoms[i];
    if (!set.Has(i)) continue;
    const bool inside = atom.network && std::ranges::any_of(shown, [&](const IpNetwork& outer) {
                          return outer.Contains(*atom.network);
                        });
    if (inside) continue;
    if (atom.network && whole(*atom.network)) {
      shown.push_back(*atom.network);
      words.push_back(atom.value);
    } else if (atom.network) {
      words.push_back(fmt::format("the rest of {}", atom.value));
    } else if (words.empty() || words.back() != atom.value) {
      words.push_back(atom.value);
    }
  }
  return "from " + JoinOr(words);
}

std::string DescribeName(const Dimension& dimension, const AtomSet& set) {
  std::vector<std::string> in, out;
  for (size_t i = 0; i < dimension.atoms.size(); ++i) {
    const Atom& atom = dimension.atoms[i];
    (set.Has(i) ? in : out).push_back(atom.witness ? atom.like : Shown(atom.value));
  }
  return in.size() <= out.size() ? "named " + JoinOr(in) : "not named " + JoinOr(out);
}

std::string DescribeKeys(const Dimension& dimension, const AtomSet& set) {
  std::vector<std::string> words;
  for (size_t i = 0; i < dimension.atoms.size(); ++i) {
    const Atom& atom = dimension.atoms[i];
    // Of RSA sizes that are all in, the smallest says it.
    const bool covered = atom.key_type == ssh::KeyType::kRsa && i > 0 && set.Has(i - 1) &&
                         dimension.atoms[i - 1].key_type == ssh::KeyType::kRsa;
    if (set.Has(i) && !covered) words.push_back(atom.value);
  }
  return "key " + JoinOr(words);
}

// Every key but RSA that is shorter than any grant takes unless it says so.
bool IsUsualKeys(const Dimension& dimension, const AtomSet& set) {
  for (size_t i = 0; i < dimension.atoms.size(); ++i) {
    const Atom& atom = dimension.atoms[i];
    const bool short_rsa =
        atom.key_type == ssh::KeyType::kRsa && atom.key_bits < kDefaultMinRsaBits;
    if (!set.Has(i) && !short_rsa) return false;
  }
  return true;
}

std::string DescribeSide(const Dimension& dimension, const AtomSet& set) {
  switch (dimension.kind) {
    case DimensionKind::kAuthenticator:
      return DescribeWords(dimension, set, "authenticator");
    case DimensionKind::kRealm:
      return DescribeWords(dimension, set, "realm");
    case DimensionKind::kGroupsKnown:
      return set.Has(kNotKnown) ? "whose groups are unknown" : "whose groups are known";
    case DimensionKind::kGroup: {
      const std::string group = dimension.name == kAnotherGroup
                                    ? "that is a login name and that no rule names"
                                    : Shown(dimension.name);
      return fmt::format("{}group {}", set.Has(kIn) ? "" : "not ", group);
    }
    case DimensionKind::kLabelsKnown:
      return set.Has(kNotKnown) ? "whose labels are unknown" : "whose labels are known";
    case DimensionKind::kLabel:
      return DescribeWords(dimension, set, fmt::format("label {} =", Shown(dimension.name)));
    case DimensionKind::kName:
      return DescribeName(dimension, set);
    case DimensionKind::kNetwork:
      return DescribeNetworks(dimension, set);
    case DimensionKind::kKey:
      return DescribeKeys(dimension, set);
    case DimensionKind::kClaim:
      return DescribeClaim(dimension, set);
    case DimensionKind::kHardware:
      return "proven " + JoinOr(ValuesIn(dimension, set));
    case DimensionKind::kTime:
      break;  // Universe::Describe has the conditions that it takes.
  }
  return "";
}

}  // namespace

std::string Universe::Describe(const Box& box) const {
  // That they are known goes without saying where one is named.
  const bool says_one = std::ranges::any_of(box, [&](const auto& side) {
    const DimensionKind kind = dimensions_[side.first].kind;
    return kind == DimensionKind::kGroup || kind == DimensionKind::kLabel;
  });
  std::string text, not_in;  // Groups that somebody must not be in are said last.
  for (const auto& [index, set] : box) {
    const Dimension& dimension = dimensions_[index];
    if (dimension.kind == DimensionKind::kGroup && !set.Has(kIn)) {
      not_in += ", " + DescribeSide(dimension, set);
      continue;
    }
    const bool known = (dimension.kind == DimensionKind::kGroupsKnown ||
                        dimension.kind == DimensionKind::kLabelsKnown) &&
                       set.Has(kKnown);
    if (known && says_one) continue;
    if (dimension.kind == DimensionKind::kKey && IsUsualKeys(dimension, set)) continue;
    if (!text.empty()) text += ", ";
    text += dimension.kind == DimensionKind::kTime ? DescribeTimes(dimension, set, times_)
                                                   : DescribeSide(dimension, set);
  }
  if (text.empty() && !not_in.empty()) return not_in.substr(2);
  return text.empty() ? (for_user_ ? "everybody" : "every host") : text + not_in;
}

std::vector<std::string> Universe::Describe(const Region& region) const {
  Region simple = region;
  simple.Simplify();
  std::vector<std::string> lines;
  for (const Box& box : simple.boxes()) lines.push_back(Describe(box));
  return lines;
}

}  // namespace mayfly::policy
