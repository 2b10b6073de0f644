// Which digests were seen lately, in as little memory as that takes.
#ifndef MAYFLY_BASE_DIGEST_WINDOW_H_
#define MAYFLY_BASE_DIGEST_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/time/time.h"
#include "base/bytes.h"

namespace mayfly {

// Remembers digests, each until a time of its own. A million take some 12 MB: of each only 64 bits
// are kept, mixed with a secret of this process, so nobody can look for two that look alike; that
// two do by chance, once in 10^13 at that size, makes the second one look seen. What has expired is
// forgotten a slot at a time, up to kSlot late and never early. Not thread-safe.
class DigestWindow {
 public:
  static constexpr absl::Duration kSlot = absl::Seconds(10);

  explicit DigestWindow(size_t capacity);

  enum class Answer { kNew, kKnown, kFull };
  // Remembers a new digest until `until`; one that is known or finds no room is not. Forgets what
  // has expired at `now`.
  Answer Insert(const Sha256Digest& digest, absl::Time until, absl::Time now);
  bool Contains(const Sha256Digest& digest) const;
  size_t size() const { return size_; }

 private:
  // An open-addressed set of fingerprints; 0 is an empty place.
  class Set {
   public:
    bool Contains(uint64_t fingerprint) const;
    void Insert(uint64_t fingerprint);
    size_t size() const { return used_; }

   private:
    size_t PlaceOf(uint64_t fingerprint) const;
    void Grow();
    std::vector<uint64_t> places_;
    size_t used_ = 0;
  };
  uint64_t FingerprintOf(const Sha256Digest& digest) const;

  const size_t capacity_;
  uint64_t secret_;
  size_t size_ = 0;
  std::map<int64_t, Set> slots_;  // By the number of the slot in which they expire.
};

}  // namespace mayfly

#endif  // MAYFLY_BASE_DIGEST_WINDOW_H_
