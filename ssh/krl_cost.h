// What a revocation list costs the sshd that uses it.
#ifndef MAYFLY_SSH_KRL_COST_H_
#define MAYFLY_SSH_KRL_COST_H_

#include "absl/time/time.h"
#include "ssh/krl.h"

namespace mayfly::ssh {

// About how much longer each login takes: sshd reads and parses the list four times, and keeps
// nothing from one login to the next. From measurements of OpenSSH 9.2 on a machine of 2024: an
// order of magnitude, not a promise.
absl::Duration EstimateLoginCost(const Krl& krl);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_KRL_COST_H_
