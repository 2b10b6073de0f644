#ifndef MAYFLY_CA_AUTHN_REPLAY_CACHE_H_
#define MAYFLY_CA_AUTHN_REPLAY_CACHE_H_

#include <cstddef>

#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/digest_window.h"
#include "base/mutex.h"

namespace mayfly::authn {

// The digests of the documents that were accepted and are still fresh. Bounded, in memory, 12 bytes
// each. Empty at a start: what was recorded before it is refused by the ledger. Thread-safe.
class ReplayCache {
 public:
  explicit ReplayCache(size_t capacity) : window_(capacity) {}

  using Answer = DigestWindow::Answer;
  // Remembers a new document until `until` or a little longer; one that is known or finds no room
  // is not. Forgets what has expired at `now`.
  Answer Remember(const Sha256Digest& document, absl::Time until, absl::Time now);
  bool Contains(const Sha256Digest& document) const;
  size_t size() const;

 private:
  mutable Mutex mutex_;
  DigestWindow window_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_REPLAY_CACHE_H_
