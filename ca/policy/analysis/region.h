// Sets of situations, by the algebra of boxes.
//
// Whatever rules can tell apart is a *dimension* with finitely many *atoms*: the realm is "people",
// "hosts" or another one; a caller is in group sre or not. A box says which atoms it admits of some
// dimensions, and admits all of the others. A region is a union of boxes. That is enough to answer
// "for whom?" exactly, without trying anybody.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_REGION_H_
#define MAYFLY_CA_POLICY_ANALYSIS_REGION_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace mayfly::policy {

// Some of the atoms of one dimension.
class AtomSet {
 public:
  AtomSet() = default;
  explicit AtomSet(size_t size) : size_(size), words_((size + 63) / 64, 0) {}
  static AtomSet All(size_t size);

  size_t size() const { return size_; }
  void Add(size_t atom) { words_[atom / 64] |= uint64_t{1} << (atom % 64); }
  bool Has(size_t atom) const { return (words_[atom / 64] >> (atom % 64) & 1) != 0; }
  bool empty() const;
  bool full() const;
  bool Meets(const AtomSet& other) const;  // Whether they have an atom in common.
  AtomSet And(const AtomSet& other) const;
  AtomSet Without(const AtomSet& other) const;
  AtomSet Or(const AtomSet& other) const;
  friend auto operator<=>(const AtomSet&, const AtomSet&) = default;

 private:
  size_t size_ = 0;
  std::vector<uint64_t> words_;
};

// By the index of the dimension; a dimension that is not there is free. Never an empty or a full
// set.
using Box = std::map<size_t, AtomSet>;

// Whether some point is in both.
bool Meet(const Box& a, const Box& b);
// The box of both, if there is any.
std::optional<Box> Intersect(const Box& a, const Box& b);

// A union of boxes. Operations stop at kMaxBoxes, beyond which a region is *cut*: its boxes are
// still in it, but some may be missing.
class Region {
 public:
  static constexpr size_t kMaxBoxes = 4000;  // Above what any policy measured needs (40).

  Region() = default;  // Nothing.
  static Region Everything() { return Region(Box()); }
  explicit Region(Box box) : boxes_{std::move(box)} {}

  void Add(Box box);
  void Add(const Region& other);
  Region And(const Box& box) const;
  Region And(const Region& other) const;
  Region Without(const Box& box) const;
  Region Without(const Region& other) const;

  // Whether some point is in both. Costs no memory, and most pairs of rules have none in common.
  bool Meets(const Box& box) const;
  bool Meets(const Region& other) const;

  bool empty() const { return boxes_.empty(); }
  bool cut() const { return cut_; }
  const std::vector<Box>& boxes() const { return boxes_; }
  // Joins boxes that differ in one dimension only, and drops those inside others: for showing.
  void Simplify();
  // Whether it has the point with these atoms, one for each dimension.
  bool Has(const std::vector<size_t>& point) const;
  friend bool operator==(const Region&, const Region&) = default;

 private:
  std::vector<Box> boxes_;
  bool cut_ = false;
};

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_REGION_H_
