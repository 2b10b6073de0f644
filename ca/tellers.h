// Webhooks, as configured, over the ledger.
#ifndef MAYFLY_CA_TELLERS_H_
#define MAYFLY_CA_TELLERS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/log.h"
#include "ca/config/config.h"
#include "ca/ledger/ledger.h"
#include "ca/webhooks/sender.h"

namespace mayfly {

// One endpoint a configured webhook; errors name it and what to mend.
absl::StatusOr<std::vector<webhooks::Endpoint>> ReadEndpoints(const config::Config& config);

// Null when none is configured. All references outlive it.
absl::StatusOr<std::unique_ptr<webhooks::Sender>> StartWebhooks(const config::Config& config,
                                                                const std::string& ca_id,
                                                                ledger::Ledger& ledger,
                                                                const Clock& clock, Log& log);

}  // namespace mayfly

#endif  // MAYFLY_CA_TELLERS_H_
