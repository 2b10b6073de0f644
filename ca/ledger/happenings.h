// What the ledger tells the world outside: the few events that somebody wants to hear of at once.
#ifndef MAYFLY_CA_LEDGER_HAPPENINGS_H_
#define MAYFLY_CA_LEDGER_HAPPENINGS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

enum class HappeningKind {
  kRequestWaiting,   // Somebody waits for approval.
  kRequestApproved,  // An approval was given; there may have to be more.
  kRequestClosed,    // It was denied or cancelled.
  kBreakGlass,       // A certificate by a break-glass grant.
  kReviewClosed,
  kPolicyChanged,
  kPolicyRefused,
  kRevocation,  // Access was taken back: from a user, from the owner of a name, from a host's keys.
  kDenial,      // Of an identified caller; one alone is no news, many are.
  kStrangers,   // What unauthenticated peers did in a minute; details: cause, count.
};

struct Happening {
  int64_t sequence = 0;  // Of the event.
  absl::Time time;
  HappeningKind kind = HappeningKind::kDenial;
  std::string subject;  // "user:alice@people"; may be empty.
  std::string request_id;
  std::vector<std::pair<std::string, std::string>> details;  // Words of docs/webhooks.md.
};

struct Happenings {
  std::vector<Happening> list;  // In the order of the ledger.
  int64_t read_to = 0;          // The next call goes on after this event.
};

// Those after event `after`, at most `limit`. Reads only; kDataLoss for a damaged event.
absl::StatusOr<Happenings> ReadHappenings(store::Store& store, int64_t after, int limit);

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_HAPPENINGS_H_
