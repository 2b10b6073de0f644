// The results of `mayfly policy` for programs. docs/cli.md lists the members.
#ifndef MAYFLY_CLIENT_POLICY_JSON_OUTPUT_H_
#define MAYFLY_CLIENT_POLICY_JSON_OUTPUT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ca/policy/analysis/diff.h"
#include "ca/policy/analysis/explain.h"
#include "ca/policy/analysis/lint.h"
#include "ca/policy/analysis/run_cases.h"
#include "ca/policy/analysis/sources.h"
#include "ca/policy/analysis/who.h"
#include "client/context.h"
#include "client/policy/loaded_set.h"

namespace mayfly::client {

// `error` is why the set does not load, or OK.
void PrintCheckJson(const Context& context, const absl::Status& error, const LoadedSet& set,
                    const std::vector<policy::Lint>& lint);
void PrintTestJson(const Context& context, const std::vector<policy::CaseResult>& results,
                   const policy::Coverage& coverage);
void PrintExplanationJson(const Context& context, const policy::Explanation& explanation,
                          const policy::Sources& sources);
void PrintWhoJson(const Context& context, const policy::WhoQuery& query,
                  const policy::WhoAnswer& answer);
// What hosts accept.
struct AcceptedLogins {
  bool plain = true;                                         // The login itself is a principal too.
  std::map<std::string, std::vector<std::string>> by_login;  // Those that grants list.
  std::vector<std::string> any_other;                        // With LOGIN for the name.
};
void PrintPrincipalsJson(const Context& context, const model::Labels& labels,
                         const AcceptedLogins& accepted);
void PrintDifferenceJson(const Context& context, const policy::Difference& difference);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_POLICY_JSON_OUTPUT_H_
