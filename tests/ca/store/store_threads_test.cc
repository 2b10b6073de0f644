// Many callers at once: who shares a commit with whom must not be seen.
#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "ca/store/group_commit.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ca/store/store_fixture.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::store {
namespace {

constexpr int kThreads = 12;
constexpr int kRounds = 60;

void InThreads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

class StoreThreads : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<Store>> store =
        OpenThings(JoinPath(folder_.path(), "ledger.db"));
    ASSERT_OK(store);
    store_ = *std::move(store);
  }

  TemporaryDirectory folder_ = TemporaryDirectory::Create("store").value();
  std::unique_ptr<Store> store_;
};

TEST_F(StoreThreads, AMemberThatFailsFailsAlone) {
  std::atomic<int> wrong = 0;
  InThreads(kThreads, [&](int thread) {
    for (int round = 0; round < kRounds; ++round) {
      const int64_t id = 1 + thread * kRounds + round;
      const bool bad = (thread + round) % 3 == 0;
      std::vector<Operation> operations = {Insert(id)};
      if (bad) operations.push_back(MustRename(-7, "x", Aborted("by design")));
      const absl::Status status = store_->Write(std::move(operations)).status();
      if (bad != absl::IsAborted(status) || bad == status.ok()) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
  for (const int64_t id : IdsIn(*store_)) {
    EXPECT_NE(((id - 1) / kRounds + (id - 1) % kRounds) % 3, 0) << id;
  }
  EXPECT_EQ(CountOf(*store_), kThreads * kRounds * 2 / 3);
}

TEST_F(StoreThreads, ExactlyOneOfManyGetsAUniqueRow) {
  for (int64_t id = 1; id <= 40; ++id) {
    std::atomic<int> won = 0, lost = 0;
    InThreads(8, [&](int) {
      const absl::Status status = store_->Write({Insert(id)}).status();
      if (status.ok()) ++won;
      if (absl::IsAlreadyExists(status)) ++lost;
    });
    ASSERT_EQ(won, 1);
    ASSERT_EQ(lost, 7);
  }
}

TEST_F(StoreThreads, AnAnsweredWriteIsSeenByEveryReaderAtOnce) {
  std::atomic<int> unseen = 0;
  InThreads(8, [&](int thread) {
    for (int64_t round = 0; round < kRounds; ++round) {
      const int64_t id = 1 + thread * kRounds + round;
      if (!store_->Write({Insert(id)}).ok()) ++unseen;
      const absl::StatusOr<Rows> rows = store_->Read(Make(kFind, {id}));
      if (!rows.ok() || rows->size() != 1) ++unseen;
    }
  });
  EXPECT_EQ(unseen, 0);
}

// 40 MB: it is moved again and again, and begun anew.
TEST_F(StoreThreads, TheLogIsMovedUnderAllOfThem) {
  constexpr int64_t kRows = 500;
  std::atomic<int> wrong = 0;
  InThreads(4, [&](int thread) {
    for (int64_t i = 1; i <= kRows; ++i) {
      const int64_t id = thread * kRows + i;
      const Bytes data(20000, static_cast<uint8_t>(id));
      const std::string name = "thing " + std::to_string(id);
      if (!store_->Write({Make(kInsertAll, {id, name, data})}).ok()) ++wrong;
      const absl::StatusOr<Rows> rows = store_->Read(Make(kFind, {id}));
      if (!rows.ok() || *rows != Rows{{id, name, data}}) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(CountOf(*store_), 4 * kRows);
  EXPECT_GT(std::filesystem::file_size(JoinPath(folder_.path(), "ledger.db")), 10'000'000U);
}

TEST(GroupCommit, GathersWhatWaitsWhileAGroupIsWritten) {
  std::atomic<int> groups = 0, members = 0;
  std::atomic<bool> hold = true;
  GroupCommit commit([&](const std::vector<GroupCommit::Member*>& group) {
    while (hold) std::this_thread::yield();
    ++groups;
    members += static_cast<int>(group.size());
    for (GroupCommit::Member* member : group) member->result = std::vector<Rows>();
  });
  std::atomic<int> started = 0;
  std::thread release([&] {
    while (started < 16) std::this_thread::yield();
    hold = false;
  });
  InThreads(16, [&](int) {
    ++started;
    EXPECT_OK(commit.Run({}));
  });
  release.join();
  EXPECT_EQ(members, 16);
  EXPECT_LE(groups, 16);
}

// The groups that an engine was given, as numbers of members; a held one waits.
class RecordedGroups {
 public:
  GroupCommit::Engine engine() {
    return [this](const std::vector<GroupCommit::Member*>& group) {
      const absl::Status answer = fail ? ResourceExhausted("full") : absl::OkStatus();
      for (GroupCommit::Member* member : group) {
        member->result = answer.ok() ? absl::StatusOr<std::vector<Rows>>(std::vector<Rows>())
                                     : absl::StatusOr<std::vector<Rows>>(answer);
      }
      MutexLock lock(mutex_);
      sizes_.push_back(group.size());
    };
  }
  std::vector<size_t> sizes() {
    MutexLock lock(mutex_);
    return sizes_;
  }
  std::atomic<bool> fail = false;

 private:
  Mutex mutex_;
  std::vector<size_t> sizes_ ABSL_GUARDED_BY(mutex_);
};

TEST(GroupCommit, WhatNobodyWaitsForGoesWithTheNextThatSomebodyDoes) {
  std::vector<size_t> sizes;
  // On a busy machine the time to linger may pass in between.
  for (int i = 0; i < 50 && sizes != std::vector<size_t>{1, 3}; ++i) {
    RecordedGroups groups;
    GroupCommit commit(groups.engine());
    ASSERT_OK(commit.Run({}));
    commit.RunLater({});
    commit.RunLater({});
    ASSERT_OK(commit.Run({}));
    sizes = groups.sizes();
  }
  EXPECT_THAT(sizes, ::testing::ElementsAre(1, 3));
}

TEST(GroupCommit, WhatNobodyWaitsForIsWrittenSoonByItself) {
  RecordedGroups groups;
  GroupCommit commit(groups.engine());
  std::this_thread::sleep_for(3 * GroupCommit::kLinger);  // The writer sleeps for good.
  commit.RunLater({});
  for (int i = 0; i < 200 && groups.sizes().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_THAT(groups.sizes(), ::testing::ElementsAre(1));
}

TEST(GroupCommit, WhoComesWhileItClosesIsToldAndWhoCameBeforeIsWritten) {
  std::atomic<GroupCommit*> open = nullptr;
  std::atomic<bool> began = false;
  std::atomic<int> taken = 0, written = 0, refused = 0;
  const auto count = [&](const absl::StatusOr<std::vector<Rows>>& result) {
    if (result.ok()) ++written;
    if (absl::IsUnavailable(result.status())) ++refused;
  };
  {
    GroupCommit commit([&](const std::vector<GroupCommit::Member*>& group) {
      began = true;
      // Asks for more until it is told that no more is taken.
      while (open == nullptr) std::this_thread::yield();
      for (; refused == 0; ++taken) {
        open.load()->RunThen({}, count);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      for (GroupCommit::Member* member : group) member->result = std::vector<Rows>();
    });
    commit.RunThen({}, count);
    while (!began) std::this_thread::yield();
    open = &commit;
  }
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(written, taken);  // The first, and all that were taken but the one that was not.
}

TEST(GroupCommit, ClosingWritesWhatNobodyWaitsFor) {
  RecordedGroups groups;
  {
    GroupCommit commit(groups.engine());
    commit.RunLater({});
  }
  EXPECT_THAT(groups.sizes(), ::testing::ElementsAre(1));
}

// By itself: what makes a transaction fail again must not take others' writes with it.
TEST(GroupCommit, WhatAFullDiskRefusedIsTriedAgainByItself) {
  RecordedGroups groups;
  GroupCommit commit(groups.engine());
  groups.fail = true;
  commit.RunLater({});
  EXPECT_FALSE(commit.Run({}).ok());
  while (groups.sizes().size() < 4) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  groups.fail = false;
  ASSERT_OK(commit.Run({}));
  EXPECT_THAT(groups.sizes().back(), 1u);
  const size_t before = groups.sizes().size();
  while (groups.sizes().size() == before)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_THAT(groups.sizes().back(), 1u);
  std::this_thread::sleep_for(3 * GroupCommit::kLinger);
  EXPECT_EQ(groups.sizes().size(), before + 1) << "written once, and no more";
}

}  // namespace
}  // namespace mayfly::store
