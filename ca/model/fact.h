#ifndef MAYFLY_CA_MODEL_FACT_H_
#define MAYFLY_CA_MODEL_FACT_H_

#include <utility>

#include "base/status.h"

namespace mayfly::model {

// Something that is known, known to be absent, or unknown (a claim that a provider left out or cut
// off, a call that failed). Unknown never satisfies a grant's condition and always satisfies a
// denial's.
template <typename T>
class Fact {
 public:
  static Fact Known(T value) { return Fact(State::kKnown, std::move(value)); }
  static Fact Absent() { return Fact(State::kAbsent, T()); }
  static Fact Unknown() { return Fact(State::kUnknown, T()); }
  Fact() : Fact(State::kAbsent, T()) {}

  bool known() const { return state_ == State::kKnown; }
  bool absent() const { return state_ == State::kAbsent; }
  bool unknown() const { return state_ == State::kUnknown; }
  const T& value() const {  // Only when known().
    MAYFLY_CHECK(known());
    return value_;
  }
  friend bool operator==(const Fact&, const Fact&) = default;

 private:
  enum class State { kKnown, kAbsent, kUnknown };
  Fact(State state, T value) : state_(state), value_(std::move(value)) {}
  State state_;
  T value_;
};

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_FACT_H_
