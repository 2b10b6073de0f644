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
  Findings* findings = &evaluation->findings;
  if (!names.ok()) {
    findings->Add(model::Outcome::kFailed, [&] {
      const std::string problem = Message(names.status());
      return Text{"principals", problem, fmt::format("it has no principals here: {}", problem)};
    });
    return;
  }
  const std::vector<std::string>& asked = inquiry.request.ask.principals;
  const auto missing = std::ranges::find_if(asked, [&](const std::string& name) {
    return std::ranges::find(*names, name) == names->end();
  });
  const std::vector<std::string>& wanted = asked.empty() ? *names : asked;
  const std::set<std::string> chosen(wanted.begin(), wanted.end());
  if (missing == asked.end()) evaluation->terms.principals.assign(chosen.begin(), chosen.end());
  findings->Add(OutcomeOf(missing == asked.end()), [&] {
    const std::string condition = fmt::format("principals: of {}", Shown(*names));
    if (missing == asked.end()) {
      return Text{condition, Shown(evaluation->terms.principals), ""};
    }
    return Text{condition, fmt::format("{} asked", Shown(*missing)),
                fmt::format("it has no principal {}, only {}", Shown(*missing), Shown(*names))};
  });
}

}  // namespace mayfly::policy
