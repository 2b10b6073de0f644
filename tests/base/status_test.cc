#include "base/status.h"

#include <cerrno>
#include <memory>
#include <string>

#include "tests/testing/status_matchers.h"

namespace mayfly {
namespace {

TEST(Annotate, AddsTheNounAndKeepsCodeAndPayload) {
  absl::Status status = NotFound("no such file");
  status.SetPayload("type.test/x", absl::Cord("payload"));
  const absl::Status annotated = Annotate(status, "policy");
  EXPECT_THAT(annotated, StatusIs(absl::StatusCode::kNotFound, "policy: no such file"));
  EXPECT_EQ(annotated.GetPayload("type.test/x"), absl::Cord("payload"));
  EXPECT_OK(Annotate(absl::OkStatus(), "policy"));
}

TEST(Annotate, PassesValuesThroughAlsoMoveOnlyOnes) {
  absl::StatusOr<std::unique_ptr<int>> value = std::make_unique<int>(7);
  const absl::StatusOr<std::unique_ptr<int>> same = Annotate(std::move(value), "x");
  ASSERT_OK(same);
  EXPECT_EQ(**same, 7);
  EXPECT_THAT(Annotate(absl::StatusOr<int>(Internal("y")), "x"),
              StatusIs(absl::StatusCode::kInternal, "x: y"));
}

TEST(ErrnoStatus, ChoosesTheCodeThatSaysWhatToDo) {
  const std::pair<int, absl::StatusCode> rows[] = {
      {ENOENT, absl::StatusCode::kNotFound},
      {ENOTDIR, absl::StatusCode::kNotFound},
      {EEXIST, absl::StatusCode::kAlreadyExists},
      {EACCES, absl::StatusCode::kPermissionDenied},
      {EROFS, absl::StatusCode::kPermissionDenied},
      {ENOSPC, absl::StatusCode::kResourceExhausted},
      {EMFILE, absl::StatusCode::kResourceExhausted},
      {ECONNREFUSED, absl::StatusCode::kUnavailable},
      {EIO, absl::StatusCode::kDataLoss},
      {ELOOP, absl::StatusCode::kFailedPrecondition},
      {EBADF, absl::StatusCode::kInternal},
  };
  for (const auto& row : rows) EXPECT_EQ(ErrnoStatus(row.first, "x").code(), row.second);
  EXPECT_EQ(Message(ErrnoStatus(ENOENT, "/a/b")), "/a/b: No such file or directory");
}

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return InvalidArgument("odd");
  return n / 2;
}

absl::StatusOr<int> Quarter(int n) {
  MAYFLY_ASSIGN_OR_RETURN(const int half, Half(n));
  MAYFLY_ASSIGN_OR_RETURN(const int quarter, Half(half));
  MAYFLY_RETURN_IF_ERROR(quarter == 0 ? NotFound("nothing left") : absl::OkStatus());
  return quarter;
}

TEST(Macros, ReturnTheFirstError) {
  EXPECT_THAT(Quarter(8), IsOkAndHolds(2));
  EXPECT_THAT(Quarter(3), StatusIs(absl::StatusCode::kInvalidArgument, "odd"));
  EXPECT_THAT(Quarter(6), StatusIs(absl::StatusCode::kInvalidArgument, "odd"));
  EXPECT_THAT(Quarter(0), StatusIs(absl::StatusCode::kNotFound, "nothing left"));
}

TEST(CheckDeathTest, EndsTheProcessAndNamesTheCondition) {
  EXPECT_DEATH(MAYFLY_CHECK(1 + 1 == 3), "broken invariant: 1 \\+ 1 == 3");
}

}  // namespace
}  // namespace mayfly
