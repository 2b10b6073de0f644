#ifndef MAYFLY_CA_CONFINE_H_
#define MAYFLY_CA_CONFINE_H_

#include "base/log.h"
#include "ca/config/config.h"

namespace mayfly {

// Gives up all files but those of docs/sandboxing.md. Before the first thread, after what is read
// once from anywhere (passphrase, terminal). What the kernel cannot do is logged.
void ConfineFiles(const config::Config& config, Log& log);

// Gives up all system calls but those of a daemon that serves; when everything has started.
void ConfineSystemCalls(const config::Config& config, Log& log);

}  // namespace mayfly

#endif  // MAYFLY_CA_CONFINE_H_
