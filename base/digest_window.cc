#include "base/digest_window.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/random.h"

namespace mayfly {
namespace {

constexpr size_t kLeastPlaces = 64;

int64_t SlotOf(absl::Time time) {
  const absl::Duration since = time - absl::UnixEpoch();
  absl::Duration rest;
  return absl::IDivDuration(since, DigestWindow::kSlot, &rest);
}

}  // namespace

DigestWindow::DigestWindow(size_t capacity) : capacity_(capacity) {
  SystemRandom random;
  std::array<uint8_t, sizeof secret_> bytes;
  random.Fill(bytes);
  std::memcpy(&secret_, bytes.data(), sizeof secret_);
  secret_ |= 1;  // Odd, so that multiplying loses nothing.
}

uint64_t DigestWindow::FingerprintOf(const Sha256Digest& digest) const {
  uint64_t words[2];
  std::memcpy(words, digest.data(), sizeof words);
  return std::max<uint64_t>(words[0] + words[1] * secret_, 1);
}

DigestWindow::Answer DigestWindow::Insert(const Sha256Digest& digest, absl::Time until,
                                          absl::Time now) {
  while (!slots_.empty() && slots_.begin()->first < SlotOf(now)) {
    size_ -= slots_.begin()->second.size();
    slots_.erase(slots_.begin());
  }
  if (Contains(digest)) return Answer::kKnown;
  if (size_ >= capacity_) return Answer::kFull;
  slots_[SlotOf(until)].Insert(FingerprintOf(digest));
  ++size_;
  return Answer::kNew;
}

bool DigestWindow::Contains(const Sha256Digest& digest) const {
  const uint64_t fingerprint = FingerprintOf(digest);
  return std::ranges::any_of(slots_,
                             [&](const auto& slot) { return slot.second.Contains(fingerprint); });
}

// Where it is, or the empty place where it would be.
size_t DigestWindow::Set::PlaceOf(uint64_t fingerprint) const {
  // The high bits of a product: any number of places does (below 2^32), so that growing need not
  // double.
  size_t place = (fingerprint >> 32) * places_.size() >> 32;
  while (places_[place] != 0 && places_[place] != fingerprint) {
    place = place + 1 == places_.size() ? 0 : place + 1;
  }
  return place;
}

bool DigestWindow::Set::Contains(uint64_t fingerprint) const {
  return !places_.empty() && places_[PlaceOf(fingerprint)] == fingerprint;
}

void DigestWindow::Set::Insert(uint64_t fingerprint) {
  if ((used_ + 1) * 10 > places_.size() * 8) Grow();
  places_[PlaceOf(fingerprint)] = fingerprint;
  ++used_;
}

void DigestWindow::Set::Grow() {
  const std::vector<uint64_t> old = std::exchange(
      places_, std::vector<uint64_t>(std::max(kLeastPlaces, places_.size() * 3 / 2), 0));
  for (const uint64_t fingerprint : old) {
    if (fingerprint != 0) places_[PlaceOf(fingerprint)] = fingerprint;
  }
}

}  // namespace mayfly
