// Matchers and macros for absl::Status and absl::StatusOr.
#ifndef MAYFLY_TESTS_TESTING_STATUS_MATCHERS_H_
#define MAYFLY_TESTS_TESTING_STATUS_MATCHERS_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mayfly {

// What most bad input is.
inline constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}
// EXPECT_THAT(x, StatusIs(absl::StatusCode::kNotFound, HasSubstr("…")))
MATCHER_P(StatusIs, code, "") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code;
}
MATCHER_P2(StatusIs, code, message_matcher, "") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code &&
         ::testing::Matches(message_matcher)(Message(StatusOf(arg)));
}
MATCHER_P(IsOkAndHolds, value_matcher, "") {
  *result_listener << StatusOf(arg).ToString();
  return arg.ok() && ::testing::ExplainMatchResult(value_matcher, *arg, result_listener);
}

}  // namespace mayfly

#define EXPECT_OK(expression) EXPECT_THAT(expression, ::mayfly::IsOk())
#define ASSERT_OK(expression) ASSERT_THAT(expression, ::mayfly::IsOk())
#define ASSERT_OK_AND_ASSIGN(target, expression) \
  ASSERT_OK_AND_ASSIGN_INNER(MAYFLY_STATUS_CONCAT(mayfly_test_value_, __LINE__), target, expression)
#define ASSERT_OK_AND_ASSIGN_INNER(holder, target, expression) \
  auto holder = (expression);                                  \
  ASSERT_TRUE(holder.ok()) << holder.status().ToString();      \
  target = std::move(holder).value()

#endif  // MAYFLY_TESTS_TESTING_STATUS_MATCHERS_H_
