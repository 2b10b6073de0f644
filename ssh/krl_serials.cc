#include "ssh/krl_serials.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "base/status.h"

namespace mayfly::ssh {
namespace {

// Bytes on the wire.
constexpr int64_t kHeaderBytes = 5;                 // A subsection's type and length.
constexpr int64_t kSerialBytes = 8;                 // In a list.
constexpr int64_t kRangeBytes = kHeaderBytes + 16;  // A subsection with one range.
constexpr int64_t kBitmapBytes =
    kHeaderBytes + 8 + 4 + 1;  // Offset, length of the mpint, and see below.
constexpr uint64_t kMaxListed = kRangeBytes / kSerialBytes;  // A longer range is cheaper as one.
static_assert(kMaxListed == 2);

// An mpint of b bits takes floor(b/8) + 1 bytes: its highest bit must not be taken for a sign. The
// 1 is in kBitmapBytes.
constexpr uint64_t kMaxSpan = kMaxBitmapBits - 1;  // From a bitmap's first serial to its last.

enum class How : uint8_t { kList, kRange, kBitmap };

struct Step {
  How how = How::kList;
  uint32_t begin = 0;  // The first range of a bitmap that ends with this one.
};

struct Plan {
  int64_t bytes = 0;
  std::vector<Step> steps;  // How to write the ranges up to this one, the last part of it.
};

// Where a bitmap that is still to end may begin. A queue whose front is the cheapest beginning that
// it can still reach: a newer one that costs no more makes an older one useless.
class Beginnings {
 public:
  struct Beginning {
    uint32_t index = 0;
    uint64_t first = 0;
    // Eight times the bytes before it, less its first serial. Wraps around; those within reach of
    // each other differ by far less than 2^63, so the sign of a difference is right.
    uint64_t cost = 0;
  };
  explicit Beginnings(size_t ranges) : ring_(std::bit_ceil(std::min(ranges, kMost))) {}

  void Push(const Beginning& next) {
    DropBefore(next.first);
    while (front_ < end_ && static_cast<int64_t>(At(end_ - 1).cost - next.cost) >= 0) --end_;
    At(end_++) = next;
  }
  const Beginning* Cheapest(uint64_t last) {
    DropBefore(last);
    return front_ == end_ ? nullptr : &At(front_);
  }

 private:
  // Ranges do not touch, so that no bitmap can hold more of them.
  static constexpr size_t kMost = kMaxBitmapBits / 2;
  static_assert(std::has_single_bit(kMost));

  Beginning& At(size_t place) { return ring_[place & (ring_.size() - 1)]; }
  // Those from which a bitmap can not reach `last`.
  void DropBefore(uint64_t last) {
    while (front_ < end_ && last - At(front_).first > kMaxSpan) ++front_;
  }

  std::vector<Beginning> ring_;
  size_t front_ = 0;
  size_t end_ = 0;
};

// Dynamic programming over the ranges in order: the cheapest way to write the first i+1 is the
// cheapest way to write those before the part that holds range i, and that part. The list costs
// nothing to continue, wherever it is interrupted, so it is no state.
//
// A bitmap from first serial f to last serial l takes floor((l-f+1)/8) bytes beyond kBitmapBytes.
// With `before` bytes in front of it that is floor((8*before - f + l+1)/8): the floor grows with
// what is in it, so the best beginning is that with the least 8*before - f, whatever l is, and the
// minimum over a window that only moves forward is a queue's.
Plan Cheapest(const std::vector<SerialRange>& ranges, bool with_list) {
  Plan plan;
  plan.steps.resize(ranges.size());
  Beginnings beginnings(ranges.size());
  int64_t before = 0;  // The bytes of the ranges before this one.
  for (uint32_t i = 0; i < ranges.size(); ++i) {
    const SerialRange& range = ranges[i];
    beginnings.Push({i, range.first, 8 * static_cast<uint64_t>(before) - range.first});
    int64_t best = before + kRangeBytes;
    Step step{How::kRange, i};
    if (const uint64_t length = range.last - range.first + 1; with_list && length <= kMaxListed) {
      best = before + static_cast<int64_t>(length) * kSerialBytes;
      step.how = How::kList;
    }
    if (const Beginnings::Beginning* beginning = beginnings.Cheapest(range.last)) {
      const int64_t bytes =
          kBitmapBytes + static_cast<int64_t>((beginning->cost + range.last + 1) / 8);
      if (bytes < best) {
        best = bytes;
        step = {How::kBitmap, beginning->index};
      }
    }
    plan.steps[i] = step;
    before = best;
  }
  plan.bytes = before;
  return plan;
}

SerialBitmap MakeBitmap(const std::vector<SerialRange>& ranges, size_t begin, size_t end) {
  const uint64_t offset = ranges[begin].first;
  const size_t bits = ranges[end - 1].last - offset + 1;
  std::array<uint64_t, kMaxBitmapBits / 64> words = {};  // The lowest bits first.
  for (size_t i = begin; i < end; ++i) {
    const uint64_t first = ranges[i].first - offset, last = ranges[i].last - offset;
    const uint64_t from_first = ~uint64_t{0} << first % 64;
    const uint64_t to_last = ~uint64_t{0} >> (63 - last % 64);
    if (first / 64 == last / 64) {
      words[first / 64] |= from_first & to_last;
      continue;
    }
    words[first / 64] |= from_first;
    for (size_t word = first / 64 + 1; word < last / 64; ++word) words[word] = ~uint64_t{0};
    words[last / 64] |= to_last;
  }
  SerialBitmap bitmap{offset, Bytes((bits + 7) / 8)};
  for (size_t i = 0; i < bitmap.bits.size(); ++i) {
    bitmap.bits[bitmap.bits.size() - 1 - i] = static_cast<uint8_t>(words[i / 8] >> i % 8 * 8);
  }
  return bitmap;
}

// The parts, read from the plan's end to its beginning.
std::vector<CertificatesPart> Parts(const std::vector<SerialRange>& ranges, const Plan& plan) {
  std::vector<CertificatesPart> parts;
  SerialList list;
  for (size_t end = ranges.size(); end > 0;) {
    const Step& step = plan.steps[end - 1];
    switch (step.how) {
      case How::kList:
        list.serials.push_back(ranges[end - 1].last);
        if (ranges[end - 1].first < ranges[end - 1].last) {
          list.serials.push_back(ranges[end - 1].first);  // kMaxListed is 2.
        }
        --end;
        break;
      case How::kRange:
        parts.emplace_back(ranges[end - 1]);
        --end;
        break;
      case How::kBitmap:
        parts.emplace_back(MakeBitmap(ranges, step.begin, end));
        end = step.begin;
        break;
    }
  }
  if (!list.serials.empty()) {
    std::reverse(list.serials.begin(), list.serials.end());
    parts.emplace_back(std::move(list));
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
}

}  // namespace

std::vector<CertificatesPart> EncodeSerials(const SerialSet& serials) {
  const std::vector<SerialRange>& ranges = serials.ranges();
  if (ranges.empty()) return {};
  MAYFLY_CHECK(ranges.size() <= std::numeric_limits<uint32_t>::max());
  const Plan plan = Cheapest(ranges, /*with_list=*/true);
  const bool has_list = std::any_of(plan.steps.begin(), plan.steps.end(),
                                    [](const Step& step) { return step.how == How::kList; });
  if (has_list) {
    // The list's own header may be what tips the scales.
    const Plan without = Cheapest(ranges, /*with_list=*/false);
    if (without.bytes < plan.bytes + kHeaderBytes) return Parts(ranges, without);
  }
  return Parts(ranges, plan);
}

size_t EncodedSize(const CertificatesPart& part) {
  KrlDocument document;
  const size_t empty = document.Encode().size();
  document.sections.push_back(CertificatesSection{{}, {part}});
  return document.Encode().size() - empty - kHeaderBytes -
         8;  // The section, its CA key and reserved.
}

}  // namespace mayfly::ssh
