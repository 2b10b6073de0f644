#include "ca/authn/replay_cache.h"

namespace mayfly::authn {

ReplayCache::Answer ReplayCache::Remember(const Sha256Digest& document, absl::Time until,
                                          absl::Time now) {
  MutexLock lock(mutex_);
  return window_.Insert(document, until, now);
}

bool ReplayCache::Contains(const Sha256Digest& document) const {
  MutexLock lock(mutex_);
  return window_.Contains(document);
}

size_t ReplayCache::size() const {
  MutexLock lock(mutex_);
  return window_.size();
}

}  // namespace mayfly::authn
