#ifndef MAYFLY_SSH_AGENT_DIAGNOSIS_H_
#define MAYFLY_SSH_AGENT_DIAGNOSIS_H_

#include <string>

#include "base/random.h"
#include "ssh/agent.h"

namespace mayfly::ssh {

// Why `agent` refused a certificate with `constraints`, in a sentence for its user. An agent only
// says no, so it is offered keys made for this that nobody trusts, with more and more of the
// constraints, each for a second and removed at once. Blocks as Agent's calls do.
std::string WhyRefused(Agent& agent, const AgentConstraints& constraints, Random& random);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_AGENT_DIAGNOSIS_H_
