// What every engine must do, whatever it is.
#include <functional>
#include <future>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ca/store/store_fixture.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::store {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Engine {
  const char* name;
  std::function<absl::StatusOr<std::unique_ptr<Store>>(const std::string& folder)> open;
};

class StoreContract : public ::testing::TestWithParam<Engine> {
 protected:
  void SetUp() override { Reopen(); }

  void Reopen() {
    store_.reset();
    absl::StatusOr<std::unique_ptr<Store>> store = GetParam().open(folder_.path());
    ASSERT_OK(store);
    store_ = *std::move(store);
    ASSERT_OK(store_->Migrate(ThingsSchema()));
  }

  TemporaryDirectory folder_ = TemporaryDirectory::Create("store").value();
  std::unique_ptr<Store> store_;
};

TEST_P(StoreContract, KeepsEveryKindOfValue) {
  const Bytes data = {0, 1, 0, 255};
  const Row row = {int64_t{1} << 62, std::string("Ä name\twith quotes ' \" ;"), data};
  EXPECT_THAT(store_->Write({Make(kInsertAll, row)}), IsOkAndHolds(ElementsAre(Rows{row})));
  Reopen();
  EXPECT_THAT(store_->Read(Make(kFind, {int64_t{1} << 62})), IsOkAndHolds(Rows{row}));
}

TEST_P(StoreContract, TellsAbsentBytesFromNoBytes) {
  ASSERT_OK(store_->Write({Make(kInsertAll, {int64_t{1}, std::string("empty"), Bytes()}),
                           Make(kInsertAll, {int64_t{2}, std::string("absent"), Null()})}));
  EXPECT_THAT(store_->Read(Make(kFind, {int64_t{1}})),
              IsOkAndHolds(Rows{{int64_t{1}, std::string("empty"), Bytes()}}));
  EXPECT_THAT(store_->Read(Make(kFind, {int64_t{2}})),
              IsOkAndHolds(Rows{{int64_t{2}, std::string("absent"), Null()}}));
}

TEST_P(StoreContract, BindsParametersByNameNotByOrder) {
  ASSERT_OK(store_->Write({Insert(7)}));
  EXPECT_THAT(store_->Read(Make(kSwapped, {int64_t{7}, std::string("thing 7")})),
              IsOkAndHolds(Rows{{std::string("thing 7")}}));
}

TEST_P(StoreContract, WritesAllOrNothing) {
  EXPECT_THAT(store_->Write({Insert(1), Insert(2), Insert(1)}),
              StatusIs(StatusCode::kAlreadyExists));
  EXPECT_THAT(IdsIn(*store_), IsEmpty());
}

TEST_P(StoreContract, AnswersWithTheFailureOfTheUnmetExpectation) {
  EXPECT_THAT(store_->Write({Insert(1), MustRename(2, "x", Aborted("no second"))}),
              StatusIs(StatusCode::kAborted, HasSubstr("no second")));
  EXPECT_EQ(CountOf(*store_), 0);
  EXPECT_OK(store_->Write({Insert(1), MustRename(1, "x", Aborted("no first"))}));
}

TEST_P(StoreContract, AnswersWithTheFailureOfTheRefusedConstraint) {
  Operation duplicate = Insert(1);
  duplicate.failure = PermissionDenied("taken");
  ASSERT_OK(store_->Write({duplicate}));
  EXPECT_THAT(store_->Write({duplicate}), StatusIs(StatusCode::kPermissionDenied));
  Operation check = Insert(-1);
  check.failure = Internal("negative");
  EXPECT_THAT(store_->Write({check}), StatusIs(StatusCode::kInternal, HasSubstr("negative")));
}

TEST_P(StoreContract, ReadCanExpectRowsToo) {
  Operation read = Make(kFind, {int64_t{1}});
  read.expect = Operation::Expect::kRows;
  read.failure = NotFound("nothing there");
  EXPECT_THAT(store_->Read(read), StatusIs(StatusCode::kNotFound, HasSubstr("nothing there")));
}

TEST_P(StoreContract, WhatIsWrittenLaterIsThereWhenItIsOpenedAgain) {
  store_->WriteLater({Insert(7), Insert(8)});
  store_->WriteLater({Insert(7), Insert(9)});  // Refused by itself, and in whole.
  Reopen();
  EXPECT_THAT(IdsIn(*store_), ElementsAre(7, 8));
}

TEST_P(StoreContract, AnswersWithoutWaitingAsItAnswersWhoWaits) {
  std::promise<absl::Status> good;
  std::promise<absl::Status> bad;
  store_->WriteThen({Insert(1)}, [&](auto result) { good.set_value(result.status()); });
  store_->WriteThen({MustRename(2, "x", Aborted("no second"))},
                    [&](auto result) { bad.set_value(result.status()); });
  EXPECT_OK(good.get_future().get());
  EXPECT_THAT(bad.get_future().get(), StatusIs(StatusCode::kAborted, HasSubstr("no second")));
  EXPECT_THAT(IdsIn(*store_), ElementsAre(1));
}

TEST_P(StoreContract, ReadersCannotWrite) {
  EXPECT_FALSE(store_->Read(Insert(1)).ok());
  EXPECT_EQ(CountOf(*store_), 0);
}

TEST_P(StoreContract, GoesOnAfterABadStatement) {
  static constexpr Statement kBad{"bad", "SELECT FROM nothing"};
  EXPECT_THAT(store_->Write({Insert(1), Make(kBad, {})}),
              StatusIs(StatusCode::kInternal, HasSubstr("bad")));
  EXPECT_OK(store_->Write({Insert(1)}));
  EXPECT_THAT(IdsIn(*store_), ElementsAre(1));
}

TEST_P(StoreContract, AppliesOnlyMigrationsItHasNotSeen) {
  ASSERT_OK(store_->Write({Insert(1)}));
  std::vector<Migration> migrations = ThingsSchema();
  migrations.push_back({2, "ALTER TABLE things ADD COLUMN size {I64}; UPDATE things SET size = 5"});
  ASSERT_OK(store_->Migrate(migrations));
  ASSERT_OK(store_->Migrate(migrations));
  static constexpr Statement kSize{"size", "SELECT size FROM things WHERE id = $1"};
  EXPECT_THAT(store_->Read(Make(kSize, {int64_t{1}})), IsOkAndHolds(Rows{{int64_t{5}}}));
}

TEST_P(StoreContract, AFailedMigrationLeavesTheStoreAsItWas) {
  std::vector<Migration> migrations = ThingsSchema();
  migrations.push_back({2, "ALTER TABLE things ADD COLUMN size {I64}; ALTER TABLE nowhere ADD x"});
  EXPECT_THAT(store_->Migrate(migrations),
              StatusIs(StatusCode::kInternal, HasSubstr("schema version 2")));
  migrations.back().sql = "ALTER TABLE things ADD COLUMN size {I64}";
  EXPECT_OK(store_->Migrate(migrations));
}

TEST_P(StoreContract, RefusesAStoreThatIsNewer) {
  std::vector<Migration> newer = ThingsSchema();
  newer.push_back({7, "ALTER TABLE things ADD COLUMN size {I64}"});
  ASSERT_OK(store_->Migrate(newer));
  EXPECT_THAT(store_->Migrate(ThingsSchema()),
              StatusIs(StatusCode::kFailedPrecondition,
                       ::testing::AllOf(HasSubstr("version 7"), HasSubstr("up to 1"))));
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreContract,
                         ::testing::Values(Engine{"Sqlite",
                                                  [](const std::string& folder) {
                                                    return OpenSqliteStore(
                                                        JoinPath(folder, "ledger.db"));
                                                  }}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace mayfly::store
