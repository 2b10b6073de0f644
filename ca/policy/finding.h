// What evaluating one condition yields: a line for the trace, and a clause for the caller.
#ifndef MAYFLY_CA_POLICY_FINDING_H_
#define MAYFLY_CA_POLICY_FINDING_H_

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/network.h"
#include "ca/model/decision.h"
#include "ca/model/subject.h"

namespace mayfly::policy {

struct Finding {
  model::TraceCondition shown;
  // Why a grant does not fit, with "it" for the grant: "it is for realm people, not hosts". Empty
  // when the condition holds.
  std::string complaint;

  bool held() const { return shown.outcome == model::Outcome::kHeld; }
};

// What people read of one condition. `complaint` is not read when the condition holds, and may then
// be left empty.
struct Text {
  std::string condition;
  std::string detail;  // What was found, in a few words.
  std::string complaint;
};

// How far to look. Text costs a hundred times what the answer does, and of a thousand rules people
// want to read about three: so rules are first asked for their verdict alone.
enum class Depth {
  kVerdict,  // Whether all holds; what comes after the first failure may be passed over.
  kCount,    // How much does not hold, up to a bound.
  kText,     // All of it, in words.
};

// The findings of one rule. Every function that adds one finds the same outcome at every depth.
class Findings {
 public:
  // At kCount whoever asks may not care how much more than `enough` does not hold.
  explicit Findings(Depth depth, size_t enough = std::numeric_limits<size_t>::max())
      : depth_(depth), enough_(enough) {}

  // `text` returns a Text; it is only called at kText.
  template <typename MakeText>
  void Add(model::Outcome outcome, const MakeText& text) {
    ++size_;
    if (outcome == model::Outcome::kFailed) ++failed_;
    if (outcome == model::Outcome::kUnknown) ++unknown_;
    if (depth_ == Depth::kText) Keep(outcome, text());
  }

  Depth depth() const { return depth_; }
  size_t size() const { return size_; }
  size_t failed() const { return failed_; }
  size_t unknown() const { return unknown_; }
  size_t not_held() const { return failed_ + unknown_; }
  // Nothing that could still be added changes the verdict: neither a grant nor a denial holds.
  // At kCount, what does not hold is enough.
  bool over() const {
    return depth_ == Depth::kVerdict ? failed_ > 0
                                     : depth_ == Depth::kCount && not_held() >= enough_;
  }
  const std::vector<Finding>& list() const { return list_; }  // Empty but at kText.

 private:
  void Keep(model::Outcome outcome, Text text);

  const Depth depth_;
  const size_t enough_;
  size_t size_ = 0;
  size_t failed_ = 0;
  size_t unknown_ = 0;
  std::vector<Finding> list_;
};

inline model::Outcome OutcomeOf(bool holds) {
  return holds ? model::Outcome::kHeld : model::Outcome::kFailed;
}

// For sentences. Text from outside is escaped and bounded; of long lists the beginning is shown.
std::string Shown(std::string_view text);
std::string Shown(const std::vector<std::string>& words);  // "[a, b, … and 7 more]"
std::string Shown(const std::vector<IpNetwork>& networks);
std::string Shown(const model::Labels& labels);  // "env=staging and role=web"; "none"

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_FINDING_H_
