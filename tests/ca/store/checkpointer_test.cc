#include "ca/store/checkpointer.h"

#include <functional>
#include <thread>

#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ca/store/faulty_vfs.h"
#include "tests/ca/store/store_fixture.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::store {
namespace {

using absl::StatusCode;

constexpr auto kLongerThanARetry = Checkpointer::kRetry + std::chrono::milliseconds(500);

class CheckpointerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    { ASSERT_OK(OpenThings(path_)); }
    ASSERT_OK_AND_ASSIGN(auto connection,
                         SqliteConnection::Open(path_, SqliteConnection::Access::kReadWrite));
    checkpointer_ = std::make_unique<Checkpointer>(std::move(connection));
  }
  // Once the thread has come to wait.
  void WritersTurnEndsWith(const absl::Status& moved) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ASSERT_TRUE(checkpointer_->TakeTurn(/*too_long=*/true));
    checkpointer_->EndTurn(moved);
  }

  FaultyVfs disk_;
  TemporaryDirectory folder_ = TemporaryDirectory::Create("store").value();
  const std::string path_ = JoinPath(folder_.path(), "ledger.db");
  std::unique_ptr<Checkpointer> checkpointer_;
};

TEST_F(CheckpointerTest, TriesAgainByItselfWhatTheWriterCouldNotMove) {
  WritersTurnEndsWith(DataLoss("the disk reports errors"));
  EXPECT_THAT(checkpointer_->Condition(), StatusIs(StatusCode::kDataLoss));
  const int before = disk_.DatabaseSyncs();
  std::this_thread::sleep_for(kLongerThanARetry);
  EXPECT_OK(checkpointer_->Condition());
  EXPECT_GT(disk_.DatabaseSyncs(), before);
}

// Another may have moved the last page just now: see checkpointer.h.
TEST_F(CheckpointerTest, DoesNotTryAgainWhatTheWriterHasMovedMeanwhile) {
  WritersTurnEndsWith(DataLoss("the disk reports errors"));
  WritersTurnEndsWith(absl::OkStatus());
  const int before = disk_.DatabaseSyncs();
  std::this_thread::sleep_for(kLongerThanARetry);
  EXPECT_EQ(disk_.DatabaseSyncs(), before);
}

TEST_F(CheckpointerTest, BusyIsNothingForHealthAndNotTriedByTime) {
  const int before = disk_.DatabaseSyncs();
  WritersTurnEndsWith(Unavailable("busy"));
  EXPECT_OK(checkpointer_->Condition());
  std::this_thread::sleep_for(kLongerThanARetry);
  EXPECT_EQ(disk_.DatabaseSyncs(), before);
}

}  // namespace
}  // namespace mayfly::store
