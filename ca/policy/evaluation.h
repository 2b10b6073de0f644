// One grant against one request.
#ifndef MAYFLY_CA_POLICY_EVALUATION_H_
#define MAYFLY_CA_POLICY_EVALUATION_H_

#include <string>
#include <vector>

#include "ca/model/decision.h"
#include "ca/policy/denials.h"
#include "ca/policy/finding.h"
#include "ca/policy/inquiry.h"

namespace mayfly::policy {

struct Evaluation {
  const Grant* grant = nullptr;
  std::vector<Finding> findings;  // Everything that was asked of it, never cut short.
  size_t conditions = 0;          // How many of them, at the beginning, are of `for`.
  model::Terms terms;             // Meaningful when permits().
  Opening opening;                // Likewise; of user certificates.

  bool permits() const { return failures() == 0; }
  bool applies() const;            // All of `for` hold: the grant is meant for this caller.
  size_t failures() const;         // Unknown is a failure.
  std::string Complaints() const;  // "it is for …; it lasts at most …"
  model::TraceStep Step(std::string_view verdict) const;
};

// `grant` is for the kind of certificate that is asked for.
Evaluation Evaluate(const Grant& grant, const Inquiry& inquiry);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_EVALUATION_H_
