// Random policy sets in a small world: few names, so that rules meet.
#ifndef MAYFLY_TESTS_CA_POLICY_ANALYSIS_GENERATED_POLICY_H_
#define MAYFLY_TESTS_CA_POLICY_ANALYSIS_GENERATED_POLICY_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "ca/policy/policy_set.h"

namespace mayfly::policy {

// Seeded: a failure repeats.
class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  bool Chance(int percent) { return Number(1, 100) <= percent; }
  int Number(int least, int most) { return std::uniform_int_distribution<>(least, most)(random_); }
  template <typename T>
  T OneOf(const std::vector<T>& values) {
    return values[static_cast<size_t>(Number(0, static_cast<int>(values.size()) - 1))];
  }
  std::vector<std::string> Some(const std::vector<std::string>& values, int percent);

  Rules SomeRules();
  Grant SomeGrant(int number);
  Denial SomeDenial(int number);
  // The same set with a few changes.
  Rules Changed(Rules rules);

 private:
  model::Labels SomeLabels();
  Conditions SomeConditions();
  Hours SomeHours();
  std::mt19937 random_;
};

}  // namespace mayfly::policy

#endif  // MAYFLY_TESTS_CA_POLICY_ANALYSIS_GENERATED_POLICY_H_
