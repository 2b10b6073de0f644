#include "ca/authn/replay_cache.h"

namespace mayfly::authn {

ReplayCache::Answer ReplayCache::Remember(const Sha256Digest& document, absl::Time until,
                                          absl::Time now) {
  MutexLock lock(mutex_);
  while (!by_expiry_.empty() && by_expiry_.begin()->first < now) {
    until_.erase(by_expiry_.begin()->second);
    by_expiry_.erase(by_expiry_.begin());
  }
  if (until_.count(document) != 0) return Answer::kKnown;
  if (until_.size() >= capacity_) return Answer::kFull;
  until_.emplace(document, until);
  by_expiry_.emplace(until, document);
  return Answer::kNew;
}

bool ReplayCache::Contains(const Sha256Digest& document, absl::Time now) const {
  MutexLock lock(mutex_);
  const auto found = until_.find(document);
  return found != until_.end() && found->second >= now;
}

size_t ReplayCache::size() const {
  MutexLock lock(mutex_);
  return until_.size();
}

}  // namespace mayfly::authn
