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

// The cheapest beginnings of a bitmap that is still to end, among those whose first serial leaves
// the same rest by 8. A queue whose front is the cheapest that a bitmap can still reach.
class Beginnings {
 public:
  struct Beginning {
    uint32_t index = 0;
    uint64_t first = 0;
    int64_t value = 0;  // Bytes before it, less the whole bytes below `first`.
  };
  void Push(const Beginning& next) {
    while (queue_.size() > front_ && queue_.back().value >= next.value) queue_.pop_back();
    queue_.push_back(next);
  }
  const Beginning* Cheapest(uint64_t last) {
    while (front_ < queue_.size() && last - queue_[front_].first > kMaxSpan) ++front_;
    if (front_ == queue_.size()) {
      queue_.clear();
      front_ = 0;
      return nullptr;
    }
    return &queue_[front_];
  }

 private:
  std::vector<Beginning> queue_;
  size_t front_ = 0;
};

// Dynamic programming over the ranges in order: the cheapest way to write the first i+1 is the
// cheapest way to write those before the part that holds range i, and that part. The list costs
// nothing to continue, wherever it is interrupted, so it is no state.
//
// A bitmap from first serial f to last serial l takes floor((l-f+1)/8) bytes beyond kBitmapBytes.
// With g = f-1 that is floor(l/8) - floor(g/8) - [l%8 < g%8]: what depends on the beginning is one
// number for each rest g%8, and the minimum over a window that only moves forward is a queue's.
Plan Cheapest(const std::vector<SerialRange>& ranges, bool with_list) {
  Plan plan;
  plan.steps.resize(ranges.size());
  std::array<Beginnings, 8> beginnings;
  uint32_t in_reach = 0;  // A bit for each of them that is not empty.
  int64_t before = 0;     // The bytes of the ranges before this one.
  for (uint32_t i = 0; i < ranges.size(); ++i) {
    const SerialRange& range = ranges[i];
    const uint64_t below = range.first - 1;
    in_reach |= 1U << below % 8;
    beginnings[below % 8].Push({i, range.first, before - static_cast<int64_t>(below / 8)});
    int64_t best = before + kRangeBytes;
    Step step{How::kRange, i};
    if (const uint64_t length = range.last - range.first + 1; with_list && length <= kMaxListed) {
      best = before + static_cast<int64_t>(length) * kSerialBytes;
      step.how = How::kList;
    }
    for (uint32_t left = in_reach; left != 0; left &= left - 1) {
      const auto rest = static_cast<uint64_t>(std::countr_zero(left));
      const Beginnings::Beginning* beginning = beginnings[rest].Cheapest(range.last);
      if (beginning == nullptr) {
        in_reach &= ~(1U << rest);
        continue;
      }
      const int64_t bytes = beginning->value + kBitmapBytes + static_cast<int64_t>(range.last / 8) -
                            (range.last % 8 < rest ? 1 : 0);
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
  SerialBitmap bitmap{offset, Bytes((bits + 7) / 8)};
  for (size_t i = begin; i < end; ++i) {
    for (uint64_t bit = ranges[i].first - offset; bit <= ranges[i].last - offset; ++bit) {
      bitmap.bits[bitmap.bits.size() - 1 - bit / 8] |= static_cast<uint8_t>(1 << bit % 8);
    }
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
