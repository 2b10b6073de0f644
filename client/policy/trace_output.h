// Traces of policies on this machine: with the line of the file that each condition comes from.
#ifndef MAYFLY_CLIENT_POLICY_TRACE_OUTPUT_H_
#define MAYFLY_CLIENT_POLICY_TRACE_OUTPUT_H_

#include <string>
#include <string_view>

#include "ca/policy/analysis/explain.h"
#include "ca/policy/analysis/sources.h"
#include "client/context.h"

namespace mayfly::client {

// "granted by production-root" with the terms, or "refused by …: …".
void PrintAnswer(const Context& context, const model::Decision& decision);

// Rule by rule, condition by condition. Built-in rules that passed are not shown; of rules that are
// not meant for the caller only the number is, unless `all`. Every line begins with `indent`.
void PrintTrace(const Context& context, const policy::Explanation& explanation,
                const policy::Sources& sources, bool all, std::string_view indent);

// "the nearest is grant x, which misses: …"; nothing when something was granted.
void PrintNearest(const Context& context, const policy::Explanation& explanation,
                  const policy::Sources& sources);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_POLICY_TRACE_OUTPUT_H_
