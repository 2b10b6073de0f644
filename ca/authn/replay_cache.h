#ifndef MAYFLY_CA_AUTHN_REPLAY_CACHE_H_
#define MAYFLY_CA_AUTHN_REPLAY_CACHE_H_

#include <cstddef>
#include <cstring>
#include <map>
#include <unordered_map>

#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/mutex.h"

namespace mayfly::authn {

// The digests of the documents that were accepted and are still fresh. Bounded, in memory; the
// ledger refills it at start and refuses a replay once more when it records. Thread-safe.
class ReplayCache {
 public:
  explicit ReplayCache(size_t capacity) : capacity_(capacity) {}

  enum class Answer { kNew, kKnown, kFull };
  // Remembers a new document until `until`; one that is known or finds no room is not. Forgets what
  // has expired at `now`: the work is that of the entries that go.
  Answer Remember(const Sha256Digest& document, absl::Time until, absl::Time now);
  bool Contains(const Sha256Digest& document, absl::Time now) const;
  size_t size() const;

 private:
  struct Hash {
    size_t operator()(const Sha256Digest& digest) const {  // Uniform already.
      size_t value;
      std::memcpy(&value, digest.data(), sizeof value);
      return value;
    }
  };
  const size_t capacity_;
  mutable Mutex mutex_;
  std::unordered_map<Sha256Digest, absl::Time, Hash> until_ ABSL_GUARDED_BY(mutex_);
  std::multimap<absl::Time, Sha256Digest> by_expiry_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_REPLAY_CACHE_H_
