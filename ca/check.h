// `mayflyd check`: everything that the configuration names, looked at before it is needed.
#ifndef MAYFLY_CA_CHECK_H_
#define MAYFLY_CA_CHECK_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "ca/config/config.h"

namespace mayfly {

// One sentence each, in the order of the configuration.
struct CheckReport {
  std::vector<std::string> sound;
  std::vector<std::string> warnings;  // Allowed, and not what one would do without need.
  std::vector<std::string> problems;
};

// Reads policies, users files, the headers of the CA's keys, the TLS identity and a passphrase
// file. Changes nothing, asks for nothing: the keys stay sealed. Finds every problem, not the first
// only.
CheckReport CheckInstallation(const config::Config& config, absl::Time now);

}  // namespace mayfly

#endif  // MAYFLY_CA_CHECK_H_
