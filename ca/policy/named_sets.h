// Named sets of a policy set: lists of groups or networks that many rules share.
#ifndef MAYFLY_CA_POLICY_NAMED_SETS_H_
#define MAYFLY_CA_POLICY_NAMED_SETS_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mayfly::policy {

struct LoadContext;

inline constexpr std::string_view kSetPrefix = "set:";
inline constexpr size_t kMaxNamedSets = 1000;
inline constexpr size_t kMaxSetElements = 10'000;          // Of one set, with those in it.
inline constexpr size_t kMaxExpandedElements = 1'000'000;  // Of all uses of sets together.

// Sets of one kind (groups, or networks), collected from all files, then resolved once. Lists may
// use them only afterwards.
class NamedSets {
 public:
  explicit NamedSets(std::string kind) : kind_(std::move(kind)) {}

  // Adds a set that stands at `path` of `context`'s file; reports its name when it is wrong or
  // taken.
  void Add(const std::string& name, std::vector<std::string> elements, const std::string& path,
           const LoadContext& context);
  // Replaces set:NAME inside sets by elements; reports sets that hold themselves, are too large, or
  // name another that does not exist. `context_of` a set is the one it was added with.
  void Resolve();

  // `words` with every set:NAME replaced by the set's elements, each element once. Reports unknown
  // names at their place.
  std::vector<std::string> Expand(const std::vector<std::string>& words, const std::string& path,
                                  const LoadContext& context) const;

 private:
  struct Set {
    std::vector<std::string> elements;
    std::string path;
    const LoadContext* context = nullptr;
    enum class State { kNew, kOpen, kDone } state = State::kNew;
    std::vector<std::string> resolved;
  };
  void ResolveOne(const std::string& name, Set* set, int depth);
  void ReportUnknown(const std::string& name, const std::string& path,
                     const LoadContext& context) const;

  const std::string kind_;
  std::map<std::string, Set> sets_;
  mutable size_t expanded_ = 0;
};

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_NAMED_SETS_H_
