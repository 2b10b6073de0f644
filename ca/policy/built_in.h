// What no policy can allow.
#ifndef MAYFLY_CA_POLICY_BUILT_IN_H_
#define MAYFLY_CA_POLICY_BUILT_IN_H_

#include <optional>

#include "ca/model/decision.h"
#include "ca/policy/inquiry.h"

namespace mayfly::policy {

// The refusal of the first rule that is broken, if any; each rule looked at adds a step to
// `*trace`.
std::optional<Refusal> CheckBuiltIn(const Inquiry& inquiry, model::Trace* trace);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_BUILT_IN_H_
