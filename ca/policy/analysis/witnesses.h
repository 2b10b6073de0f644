// Texts that stand for all texts that some patterns can tell apart.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_WITNESSES_H_
#define MAYFLY_CA_POLICY_ANALYSIS_WITNESSES_H_

#include <string>
#include <vector>

namespace mayfly::policy {

enum class PatternKind {
  kText,   // Of claims: *, ** and # (pattern.h).
  kLogin,  // Of logins: * alone.
};

struct Witnesses {
  // One text for each combination of patterns that a text can match, and is none of `literals`:
  // first the one that matches none. The shortest that there is.
  std::vector<std::string> texts;
  bool complete = true;  // False when there were too many to look at.
};

// Patterns without wildcards are literals too. Explores the patterns together as one automaton,
// over the characters that they name and one of every other kind; exact up to kMaxStates of its
// states.
Witnesses FindWitnesses(const std::vector<std::string>& patterns,
                        const std::vector<std::string>& literals, PatternKind kind);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_WITNESSES_H_
