#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>

#include "absl/time/clock.h"
#include "ca/store/sqlite_connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ca/store/faulty_vfs.h"
#include "tests/ca/store/store_fixture.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::store {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SqliteStore : public ::testing::Test {
 protected:
  TemporaryDirectory folder_ = TemporaryDirectory::Create("store").value();
  const std::string path_ = JoinPath(folder_.path(), "ledger.db");
};

mode_t ModeOf(const std::string& path) {
  struct stat file = {};
  return stat(path.c_str(), &file) == 0 ? file.st_mode & 07777 : 0;
}

TEST_F(SqliteStore, KeepsAllItsFilesPrivate) {
  const mode_t old = umask(0);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path_));
  ASSERT_OK(store->Write({Insert(1)}));
  umask(old);
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    EXPECT_EQ(ModeOf(path_ + suffix), 0600) << suffix;
  }
}

TEST_F(SqliteStore, RefusesAFileThatOthersCanRead) {
  { ASSERT_OK(OpenThings(path_)); }
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  EXPECT_THAT(OpenSqliteStore(path_),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("chmod 600")));
}

TEST_F(SqliteStore, RefusesASecondHolderAndNamesTheFirst) {
  absl::StatusOr<std::unique_ptr<Store>> first = OpenThings(path_);
  ASSERT_OK(first);
  EXPECT_THAT(OpenSqliteStore(path_),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr(std::to_string(getpid()))));
  first->reset();
  EXPECT_OK(OpenSqliteStore(path_));
}

TEST_F(SqliteStore, RefusesAFileThatIsNoDatabase) {
  ASSERT_OK(CreateFile(path_, std::string(5000, 'x'), 0600));
  EXPECT_THAT(OpenSqliteStore(path_), StatusIs(StatusCode::kDataLoss, HasSubstr("no store")));
}

TEST_F(SqliteStore, NamesAFolderThatIsMissing) {
  EXPECT_THAT(OpenSqliteStore(JoinPath(folder_.path(), "none/ledger.db")),
              StatusIs(StatusCode::kNotFound, HasSubstr("none/ledger.db.lock")));
}

TEST_F(SqliteStore, ReadsTogetherSeeOneMoment) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path_));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int64_t id = 1; !stop; id += 2) ASSERT_OK(store->Write({Insert(id), Insert(id + 1)}));
  });
  for (int i = 0; i < 200; ++i) {
    const auto rows = store->ReadTogether({Make(kCount, {}), Make(kIds, {})});
    ASSERT_OK(rows);
    const int64_t count = std::get<int64_t>(rows->at(0).at(0).at(0));
    ASSERT_EQ(count % 2, 0);
    ASSERT_EQ(static_cast<size_t>(count), rows->at(1).size());
  }
  stop = true;
  writer.join();
}

Operation InsertBig(int64_t id) {
  return Make(kInsertAll,
              {id, "thing " + std::to_string(id), Bytes(100000, static_cast<uint8_t>(id))});
}

bool Eventually(const std::function<bool()>& condition) {
  const absl::Time limit = absl::Now() + absl::Seconds(30);
  while (!condition() && absl::Now() < limit) std::this_thread::yield();
  return condition();
}

off_t SizeOf(const std::string& path) {
  struct stat file = {};
  return stat(path.c_str(), &file) == 0 ? file.st_size : -1;
}

TEST_F(SqliteStore, MovesTheLogIntoTheDatabaseWhileItRuns) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path_));
  for (int64_t id = 1; id <= 200; ++id) {  // 20 MB.
    ASSERT_OK(store->Write({InsertBig(id)}));
  }
  EXPECT_TRUE(Eventually([&] { return SizeOf(path_) >= 18000000; })) << SizeOf(path_);
}

TEST_F(SqliteStore, BeginsTheLogAnewWhileItRuns) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path_));
  for (int64_t id = 1; id <= 1200; ++id) {  // 120 MB.
    ASSERT_OK(store->Write({InsertBig(id)}));
  }
  EXPECT_LT(SizeOf(path_ + "-wal"), 90000000);
}

TEST_F(SqliteStore, SaysWhenTheLogCannotBeMovedAndMovesItOnceItCan) {
  FaultyVfs disk;
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path_));
  disk.ArmDatabaseWrites(SQLITE_IOERR_WRITE);
  const off_t before = SizeOf(path_);
  for (int64_t id = 1; id <= 100; ++id) ASSERT_OK(store->Write({InsertBig(id)}));
  ASSERT_TRUE(Eventually([&] { return !store->Condition().ok(); }));
  EXPECT_THAT(store->Condition(),
              StatusIs(StatusCode::kDataLoss, AllOf(HasSubstr(path_ + "-wal, which grows"),
                                                    HasSubstr("see to the disk"))));
  EXPECT_EQ(SizeOf(path_), before);
  EXPECT_EQ(CountOf(*store), 100);
  disk.Disarm();  // Nobody writes any more.
  EXPECT_TRUE(Eventually([&] { return store->Condition().ok() && SizeOf(path_) >= 9000000; }));
}

// Nothing can be moved past what somebody still reads; the writer tries too once it is too long.
TEST_F(SqliteStore, BeginsTheLogAnewOnceALongReaderHasGone) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path_));
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &reader), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM things", nullptr, nullptr, nullptr),
            SQLITE_OK);
  int64_t id = 0;
  while (id < 800) ASSERT_OK(store->Write({InsertBig(++id)}));
  const off_t long_log = SizeOf(path_ + "-wal");
  EXPECT_GT(long_log, 80000000);
  sqlite3_close(reader);
  while (id < 1600) ASSERT_OK(store->Write({InsertBig(++id)}));
  EXPECT_LT(SizeOf(path_ + "-wal"), long_log + 40000000);
  EXPECT_EQ(CountOf(*store), id);
}

// The sqlite3 tool is another program that reads the file beside us, as a backup does.
TEST_F(SqliteStore, AWriteInProgressElsewhereIsAnErrorNotAHang) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path_));
  sqlite3* foreign = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &foreign), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(foreign, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(CountOf(*store), 0);  // Readers do not care.
  EXPECT_THAT(store->Write({Insert(1)}), StatusIs(StatusCode::kUnavailable, HasSubstr("locked")));
  sqlite3_close(foreign);
  EXPECT_OK(store->Write({Insert(1)}));
}

TEST_F(SqliteStore, WritesWhatACommitAppendsAtOnce) {
  FaultyVfs disk;
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path_));
  ASSERT_OK(store->Write({Insert(1)}));
  const int before = disk.LogWrites();
  ASSERT_OK(store->Write({Make(kInsertAll, {int64_t{2}, std::string("ten pages"), Bytes(40000)})}));
  EXPECT_EQ(disk.LogWrites() - before, 1);
}

// Nothing of it is written before the commit.
TEST_F(SqliteStore, KeepsATransactionThatIsLargerThanItsCache) {
  FaultyVfs disk;
  const Bytes data(1500000, 7);
  std::vector<Operation> operations;
  for (int64_t id = 1; id <= 8; ++id) {
    operations.push_back(Make(kInsertAll, {id, std::to_string(id), data}));
  }
  for (int64_t id = 1; id <= 8; ++id) {
    operations.push_back(MustRename(id, "renamed " + std::to_string(id), absl::OkStatus()));
  }
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path_));
    operations.push_back(Insert(8));
    const int before = disk.LogWrites();
    EXPECT_THAT(store->Write(operations), StatusIs(StatusCode::kAlreadyExists));
    EXPECT_LE(disk.LogWrites() - before, 1) << "more than the pages that were put back";
    EXPECT_THAT(IdsIn(*store), ElementsAre());
    operations.pop_back();
    ASSERT_OK(store->Write(operations));
    EXPECT_EQ(CountOf(*store), 8);
  }
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path_));
  for (int64_t id = 1; id <= 8; ++id) {
    EXPECT_THAT(store->Read(Make(kFind, {id})),
                IsOkAndHolds(Rows{{id, "renamed " + std::to_string(id), data}}));
  }
}

// A URI may say that a write of the disk spoils what is beside it; SQLite then pads the log after
// the sync, and the padding would be kept.
TEST_F(SqliteStore, WritesNoFileWhoseLogIsWrittenAfterTheSync) {
  { ASSERT_OK(OpenThings(path_)); }
  const auto access = SqliteConnection::Access::kReadWrite;
  EXPECT_THAT(SqliteConnection::Open("file:" + path_ + "?psow=0", access).status(),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("by a plain path")));
  EXPECT_OK(SqliteConnection::Open("file:" + path_, access).status());
}

// --- A disk that fails ---------------------------------------------------------------------------

struct DiskFault {
  const char* name;
  int code;
  StatusCode answer;
};

class SqliteStoreOnABadDisk : public ::testing::TestWithParam<DiskFault> {};

// Fails the n-th write or sync for n = 1, 2, 3 … until a whole round passes without a fault.
TEST_P(SqliteStoreOnABadDisk, FailsClearlyLeavesNothingHalfDoneAndWorksAgain) {
  FaultyVfs disk;
  int faults = 0;
  for (int n = 1;; ++n) {
    ASSERT_LT(n, 200);
    const TemporaryDirectory folder = TemporaryDirectory::Create("store").value();
    const std::string path = JoinPath(folder.path(), "ledger.db");
    bool failed = false;
    {
      ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path));
      ASSERT_OK(store->Write({Insert(1)}));
      disk.Arm(n, GetParam().code);
      const auto written = store->Write(
          {Insert(2), Make(kInsertAll, {int64_t{3}, std::string("big"), Bytes(500000, 7)})});
      failed = !written.ok();
      if (failed) {
        ++faults;
        EXPECT_THAT(written, StatusIs(GetParam().answer));
        EXPECT_THAT(IdsIn(*store), ElementsAre(1));
        EXPECT_THAT(store->Write({Insert(5)}), StatusIs(GetParam().answer)) << "still broken";
      }
      disk.Disarm();
      ASSERT_OK(store->Write({Insert(4)}));
    }
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path));
    if (!failed) {
      EXPECT_THAT(IdsIn(*store), ElementsAre(1, 2, 3, 4));
      break;
    }
    EXPECT_THAT(IdsIn(*store), ElementsAre(1, 4));
  }
  EXPECT_GT(faults, 3);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, SqliteStoreOnABadDisk,
    ::testing::Values(DiskFault{"Full", SQLITE_FULL, StatusCode::kResourceExhausted},
                      DiskFault{"WriteError", SQLITE_IOERR_WRITE, StatusCode::kDataLoss},
                      DiskFault{"SyncError", SQLITE_IOERR_FSYNC, StatusCode::kDataLoss}),
    [](const auto& tested) { return tested.param.name; });

// --- A process that is killed --------------------------------------------------------------------

// Writes pairs of rows and says so on `pipe` after each answer, until it is killed.
[[noreturn]] void WriteForEver(const std::string& path, int pipe) {
  absl::StatusOr<std::unique_ptr<Store>> store = OpenThings(path);
  if (!store.ok()) _exit(1);
  for (int64_t id = static_cast<int64_t>(IdsIn(**store).size()) + 1;; id += 2) {
    if (!(*store)->Write({Insert(id), Insert(id + 1)}).ok()) _exit(2);
    if (write(pipe, &id, sizeof id) != sizeof id) _exit(3);
  }
}

// Lets a child write until it has acknowledged `count` pairs, then kills it, unless it has ended by
// itself. Returns the last pair, and how it ended.
int64_t WriteUntil(const std::string& path, int count, int* status) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    WriteForEver(path, ends[1]);
  }
  close(ends[1]);
  int64_t last = -1, id = 0;
  bool more = true;
  for (int i = 0; i < count && more; ++i) {
    more = read(ends[0], &id, sizeof id) == sizeof id;
    if (more) last = id;
  }
  if (more) kill(child, SIGKILL);
  while (read(ends[0], &id, sizeof id) == sizeof id) last = id;  // Acknowledged before the kill.
  close(ends[0]);
  waitpid(child, status, 0);
  return last;
}

TEST_F(SqliteStore, KeepsEveryAcknowledgedWriteThroughSigkill) {
  for (const int count : {1, 7, 40, 150, 300}) {
    int status = 0;
    const int64_t last = WriteUntil(path_, count, &status);
    EXPECT_TRUE(WIFSIGNALED(status)) << status;
    ASSERT_GT(last, 0);
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path_));
    const std::vector<int64_t> ids = IdsIn(*store);
    ASSERT_EQ(ids.size() % 2, 0u) << "half a transaction";
    ASSERT_GE(ids.back(), last + 1);
    ASSERT_EQ(ids.back(), static_cast<int64_t>(ids.size())) << "a gap";
  }
}

// Linux tells of pages that it could not write back once, and takes them for written.
TEST_F(SqliteStore, EndsTheProcessOnceTheDatabaseCouldNotBeWrittenAndTheLogHasEverything) {
  FaultyVfs disk;
  { ASSERT_OK(OpenThings(path_)); }
  const std::string before = path_ + ".before";
  std::filesystem::copy_file(path_, before);
  disk.ArmDatabaseSync(1);
  int status = 0;
  const int64_t last = WriteUntil(path_, /*count=*/100000, &status);
  disk.Disarm();
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), EX_IOERR);
  ASSERT_GT(last, 0);
  // As if nothing that was moved had reached the disk.
  std::filesystem::rename(before, path_);
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenThings(path_));
  EXPECT_GE(IdsIn(*store).back(), last + 1);
  EXPECT_EQ(IdsIn(*store).size(), static_cast<size_t>(IdsIn(*store).back()));
}

}  // namespace
}  // namespace mayfly::store
