#ifndef MAYFLY_CA_DAEMON_H_
#define MAYFLY_CA_DAEMON_H_

#include "absl/status/status.h"
#include "ca/config/config.h"

namespace mayfly {

struct RunOptions {
  bool accept_clock = false;  // The clock is right, though there are records of a later time.
};

// Builds every component from the configuration, serves until SIGTERM or SIGINT, then lets calls
// under way finish. SIGHUP reads policies and users again. Tells systemd when it is ready,
// reloading and stopping.
absl::Status RunDaemon(const config::Config& config, const RunOptions& options);

}  // namespace mayfly

#endif  // MAYFLY_CA_DAEMON_H_
