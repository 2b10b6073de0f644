#include "ca/policy/host_terms.h"

#include <algorithm>
#include <set>

#include "base/status.h"
#include "ca/policy/expand.h"
#include "fmt/format.h"

namespace mayfly::policy {

void EvaluateHostTerms(const HostCertificateRule& rule, const Inquiry& inquiry,
                       Evaluation* evaluation) {
  const absl::StatusOr<std::vector<std::string>> names =
      ExpandHostNames(rule, inquiry.request.hostname);
  if (!names.ok()) {
    const std::string problem = Message(names.status());
    evaluation->findings.push_back(
        Failed("principals", problem, fmt::format("it has no principals here: {}", problem)));
    return;
  }
  const std::string condition = fmt::format("principals: of {}", Shown(*names));
  const std::vector<std::string>& asked = inquiry.request.ask.principals;
  for (const std::string& name : asked) {
    if (std::ranges::find(*names, name) != names->end()) continue;
    evaluation->findings.push_back(
        Failed(condition, fmt::format("{} asked", Shown(name)),
               fmt::format("it has no principal {}, only {}", Shown(name), Shown(*names))));
    return;
  }
  const std::set<std::string> chosen = asked.empty()
                                           ? std::set<std::string>(names->begin(), names->end())
                                           : std::set<std::string>(asked.begin(), asked.end());
  evaluation->terms.principals.assign(chosen.begin(), chosen.end());
  evaluation->findings.push_back(Held(condition, Shown(evaluation->terms.principals)));
}

}  // namespace mayfly::policy
