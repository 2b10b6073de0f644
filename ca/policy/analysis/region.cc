#include "ca/policy/analysis/region.h"

#include <algorithm>
#include <utility>

namespace mayfly::policy {
namespace {

bool Inside(const Box& inner, const Box& outer) {
  return std::ranges::all_of(outer, [&](const auto& side) {
    const auto found = inner.find(side.first);
    return found != inner.end() && found->second.Without(side.second).empty();
  });
}

// The dimension in which two boxes differ, when it is one alone and both restrict it.
std::optional<size_t> OnlyDifference(const Box& a, const Box& b) {
  if (a.size() != b.size()) return std::nullopt;
  std::optional<size_t> difference;
  for (auto i = a.begin(), j = b.begin(); i != a.end(); ++i, ++j) {
    if (i->first != j->first) return std::nullopt;
    if (i->second == j->second) continue;
    if (difference) return std::nullopt;
    difference = i->first;
  }
  return difference;
}

bool JoinOnce(std::vector<Box>* boxes) {
  for (size_t i = 0; i < boxes->size(); ++i) {
    for (size_t j = 0; j < boxes->size(); ++j) {
      if (i == j) continue;
      if (Inside((*boxes)[j], (*boxes)[i])) {
        boxes->erase(boxes->begin() + static_cast<ptrdiff_t>(j));
        return true;
      }
      const std::optional<size_t> difference = OnlyDifference((*boxes)[i], (*boxes)[j]);
      if (!difference) continue;
      AtomSet& side = (*boxes)[i][*difference];
      side = side.Or((*boxes)[j][*difference]);
      if (side.full()) (*boxes)[i].erase(*difference);
      boxes->erase(boxes->begin() + static_cast<ptrdiff_t>(j));
      return true;
    }
  }
  return false;
}

}  // namespace

AtomSet AtomSet::All(size_t size) {
  AtomSet all(size);
  for (size_t atom = 0; atom < size; ++atom) all.Add(atom);
  return all;
}

bool AtomSet::empty() const {
  return std::ranges::all_of(words_, [](uint64_t word) { return word == 0; });
}

bool AtomSet::full() const { return *this == All(size_); }

bool AtomSet::Meets(const AtomSet& other) const {
  for (size_t i = 0; i < words_.size(); ++i) {
    if ((words_[i] & other.words_[i]) != 0) return true;
  }
  return false;
}

AtomSet AtomSet::And(const AtomSet& other) const {
  AtomSet result = *this;
  for (size_t i = 0; i < words_.size(); ++i) result.words_[i] &= other.words_[i];
  return result;
}

AtomSet AtomSet::Without(const AtomSet& other) const {
  AtomSet result = *this;
  for (size_t i = 0; i < words_.size(); ++i) result.words_[i] &= ~other.words_[i];
  return result;
}

AtomSet AtomSet::Or(const AtomSet& other) const {
  AtomSet result = *this;
  for (size_t i = 0; i < words_.size(); ++i) result.words_[i] |= other.words_[i];
  return result;
}

bool Meet(const Box& a, const Box& b) {
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    if (i->first == j->first && !i->second.Meets(j->second)) return false;
    const bool first = i->first <= j->first, second = j->first <= i->first;
    if (first) ++i;
    if (second) ++j;
  }
  return true;
}

std::optional<Box> Intersect(const Box& a, const Box& b) {
  if (!Meet(a, b)) return std::nullopt;
  Box both = a;
  for (const auto& [dimension, atoms] : b) {
    const auto [found, inserted] = both.emplace(dimension, atoms);
    if (!inserted) found->second = found->second.And(atoms);
  }
  return both;
}

void Region::Add(Box box) {
  if (boxes_.size() >= kMaxBoxes) {
    cut_ = true;
  } else {
    boxes_.push_back(std::move(box));
  }
}

void Region::Add(const Region& other) {
  for (const Box& box : other.boxes_) Add(box);
  cut_ = cut_ || other.cut_;
}

bool Region::Meets(const Box& box) const {
  return std::ranges::any_of(boxes_, [&](const Box& own) { return Meet(own, box); });
}

bool Region::Meets(const Region& other) const {
  return std::ranges::any_of(other.boxes_, [&](const Box& box) { return Meets(box); });
}

Region Region::And(const Box& box) const {
  Region result;
  result.cut_ = cut_;
  for (const Box& own : boxes_) {
    if (std::optional<Box> both = Intersect(own, box)) result.Add(*std::move(both));
  }
  return result;
}

Region Region::And(const Region& other) const {
  Region result;
  for (const Box& box : other.boxes_) result.Add(And(box));
  result.cut_ = result.cut_ || cut_ || other.cut_;
  return result;
}

// What of each box lies outside in the first dimension; then, inside in that one, outside in the
// second; and so on: the parts do not overlap.
Region Region::Without(const Box& box) const {
  Region result;
  result.cut_ = cut_;
  for (const Box& own : boxes_) {
    if (!Meet(own, box)) {
      result.Add(own);
      continue;
    }
    Box rest = own;
    for (const auto& [dimension, atoms] : box) {
      const auto found = rest.find(dimension);
      const AtomSet side = found == rest.end() ? AtomSet::All(atoms.size()) : found->second;
      const AtomSet outside = side.Without(atoms);
      if (!outside.empty()) {
        Box part = rest;
        part[dimension] = outside;
        result.Add(std::move(part));
      }
      rest[dimension] = side.And(atoms);
    }
  }
  return result;
}

Region Region::Without(const Region& other) const {
  Region result = *this;
  for (const Box& box : other.boxes_) {
    if (result.Meets(box)) result = result.Without(box);
  }
  // What `other` lacks was not taken away: the result may be too large, and says so.
  result.cut_ = result.cut_ || other.cut_;
  return result;
}

void Region::Simplify() {
  constexpr size_t kWorthIt = 200;  // Beyond, the order of n^3 would be felt.
  if (boxes_.size() > kWorthIt) return;
  while (JoinOnce(&boxes_)) {
  }
}

bool Region::Has(const std::vector<size_t>& point) const {
  return std::ranges::any_of(boxes_, [&](const Box& box) {
    return std::ranges::all_of(
        box, [&](const auto& side) { return side.second.Has(point[side.first]); });
  });
}

}  // namespace mayfly::policy
