// What evaluating one condition yields: a line for the trace, and a clause for the caller.
#ifndef MAYFLY_CA_POLICY_FINDING_H_
#define MAYFLY_CA_POLICY_FINDING_H_

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

// `detail` is what was found, in a few words.
Finding Held(std::string_view condition, std::string_view detail);
Finding Failed(std::string_view condition, std::string_view detail, std::string_view complaint);
Finding Unknown(std::string_view condition, std::string_view detail, std::string_view complaint);

// For sentences. Text from outside is escaped and bounded; of long lists the beginning is shown.
std::string Shown(std::string_view text);
std::string Shown(const std::vector<std::string>& words);  // "[a, b, … and 7 more]"
std::string Shown(const std::vector<IpNetwork>& networks);
std::string Shown(const model::Labels& labels);  // "env=staging and role=web"; "none"

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_FINDING_H_
