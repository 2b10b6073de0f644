#ifndef MAYFLY_CA_SERVER_TOKEN_BUCKETS_H_
#define MAYFLY_CA_SERVER_TOKEN_BUCKETS_H_

#include <cstddef>
#include <string>
#include <unordered_map>

#include "absl/time/time.h"
#include "base/mutex.h"

namespace mayfly::server {

// The time since some moment in the past, which never jumps.
absl::Duration MonotonicNow();

// One token bucket a key. Memory is bounded: buckets that are full again are forgotten, and when
// there are too many others, new keys share one. Thread-safe.
class TokenBuckets {
 public:
  struct Rate {
    double per_second = 1;
    double burst = 1;  // What a key may take at once after a rest; at least 1.
  };
  explicit TokenBuckets(Rate rate, size_t max_keys = 1 << 16);

  // Takes a token of `key`: zero; or there is none, and the answer is how long until there will be.
  // `now` comes from MonotonicNow and never goes back.
  absl::Duration Take(const std::string& key, absl::Duration now);
  // The same without taking.
  absl::Duration Look(const std::string& key, absl::Duration now) const;
  size_t size() const;

 private:
  struct Bucket {
    double tokens;
    absl::Duration at;
  };
  void Refill(Bucket& bucket, absl::Duration now) const;
  void Sweep(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Rate rate_;
  const size_t max_keys_;
  mutable Mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_ ABSL_GUARDED_BY(mutex_);
  absl::Duration swept_ ABSL_GUARDED_BY(mutex_) = absl::ZeroDuration();
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_TOKEN_BUCKETS_H_
