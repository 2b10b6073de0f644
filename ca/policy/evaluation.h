// One grant against one request.
#ifndef MAYFLY_CA_POLICY_EVALUATION_H_
#define MAYFLY_CA_POLICY_EVALUATION_H_

#include <limits>
#include <string>
#include <vector>

#include "ca/model/decision.h"
#include "ca/policy/denials.h"
#include "ca/policy/finding.h"
#include "ca/policy/inquiry.h"

namespace mayfly::policy {

struct Evaluation {
  Evaluation(const Grant& of, Depth depth, size_t enough) : grant(&of), findings(depth, enough) {}

  const Grant* grant;
  Findings findings;
  bool only_stale = false;     // Only the primary authentication is too old.
  bool is_for_caller = false;  // All of `for` hold: the grant is meant for this caller.
  model::Terms terms;          // Meaningful when permits().
  Opening opening;             // Likewise; of user certificates.

  bool permits() const { return failures() == 0; }
  bool applies() const { return is_for_caller; }
  size_t failures() const { return findings.not_held(); }  // Unknown is a failure.
  // Of an evaluation at kText:
  std::string Complaints() const;  // "it is for …; it lasts at most …"
  model::TraceStep Step(std::string_view verdict) const;
};

// `grant` is for the kind of certificate that is asked for. The verdict is the same at every depth;
// at kVerdict one that does not permit may have been left early, so only permits() and applies()
// have a meaning. At kCount it is left when `enough` does not hold: failures() is exact below that.
Evaluation Evaluate(const Grant& grant, const Inquiry& inquiry, Depth depth,
                    size_t enough = std::numeric_limits<size_t>::max());

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_EVALUATION_H_
