#include "ca/server/token_buckets.h"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace mayfly::server {
namespace {

// Of all keys that found no room.
constexpr char kEverybodyElse[] = "everybody else";
constexpr absl::Duration kSweepEvery = absl::Seconds(1);
// Sums of fractions may miss a whole token by a little; the wait for it would round to none.
constexpr double kOneToken = 1 - 1e-6;

}  // namespace

absl::Duration MonotonicNow() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

TokenBuckets::TokenBuckets(Rate rate, size_t max_keys)
    : rate_{rate.per_second, std::max(1.0, rate.burst)}, max_keys_(max_keys) {}

void TokenBuckets::Refill(Bucket& bucket, absl::Duration now) const {
  if (now <= bucket.at) return;
  bucket.tokens = std::min(
      rate_.burst, bucket.tokens + rate_.per_second * absl::ToDoubleSeconds(now - bucket.at));
  bucket.at = now;
}

void TokenBuckets::Sweep(absl::Duration now) {
  if (now - swept_ < kSweepEvery) return;
  swept_ = now;
  for (auto it = buckets_.begin(); it != buckets_.end();) {
    Refill(it->second, now);
    it = it->second.tokens >= rate_.burst ? buckets_.erase(it) : std::next(it);
  }
}

absl::Duration TokenBuckets::Take(const std::string& key, absl::Duration now) {
  MutexLock lock(mutex_);
  auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    if (buckets_.size() >= max_keys_) Sweep(now);
    const std::string& name = buckets_.size() >= max_keys_ ? kEverybodyElse : key;
    found = buckets_.emplace(name, Bucket{rate_.burst, now}).first;
  }
  Bucket& bucket = found->second;
  Refill(bucket, now);
  if (bucket.tokens < kOneToken) return absl::Seconds((1 - bucket.tokens) / rate_.per_second);
  bucket.tokens -= 1;
  return absl::ZeroDuration();
}

absl::Duration TokenBuckets::Look(const std::string& key, absl::Duration now) const {
  MutexLock lock(mutex_);
  auto found = buckets_.find(key);
  if (found == buckets_.end() && buckets_.size() >= max_keys_) {
    found = buckets_.find(kEverybodyElse);
  }
  if (found == buckets_.end()) return absl::ZeroDuration();
  Bucket bucket = found->second;
  Refill(bucket, now);
  if (bucket.tokens >= kOneToken) return absl::ZeroDuration();
  return absl::Seconds((1 - bucket.tokens) / rate_.per_second);
}

size_t TokenBuckets::size() const {
  MutexLock lock(mutex_);
  return buckets_.size();
}

}  // namespace mayfly::server
