// Ledgers that were written before.
#include "ca/ledger/schema.h"

#include <sqlite3.h>

#include "tests/ca/ledger/ledger_fixture.h"
#include "tests/testing/paths.h"

namespace mayfly::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// data/schema_1.sql: `sqlite3 ledger.db .dump`, SQLite 3.40, of a ledger with schema version 1 that
// saw one user certificate, one token for two uses, one enrolment by it, one login and one denial.
class OldLedger : public LedgerWorld, public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(const std::string dump,
                         ReadFile(testing::SourcePath("tests/ca/ledger/data/schema_1.sql")));
    ASSERT_OK(CreateFile(path(), "", 0600));
    Execute(dump);
  }
  void Execute(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  int Count(const std::string& table) {
    sqlite3* database = nullptr;
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_prepare_v2(database, ("SELECT count(*) FROM " + table).c_str(), -1,
                                 &statement, nullptr),
              SQLITE_OK);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
    const int count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return count;
  }
};

TEST_F(OldLedger, IsReadInFull) {
  ASSERT_OK(Open());
  ASSERT_OK_AND_ASSIGN(const CertificateState certificate, ledger().FindCertificate({1}));
  EXPECT_TRUE(certificate.is_signed);
  EXPECT_EQ(certificate.key_id, "user:alice@people/1");
  ASSERT_OK_AND_ASSIGN(const ssh::Certificate parsed,
                       ssh::Certificate::Parse(certificate.certificate));
  EXPECT_OK(parsed.VerifySignature());
  ASSERT_OK_AND_ASSIGN(const JoinTokenState token,
                       ledger().FindJoinToken(KeyNumber(500).Fingerprint()));
  EXPECT_EQ(token.used, 1);
  EXPECT_EQ(token.record.name_pattern, "web*.example.com");
  ASSERT_OK_AND_ASSIGN(const HostState host, ledger().FindHostByKey(KeyNumber(3).Fingerprint()));
  EXPECT_EQ(host.host.ToString(), "host:web1.example.com@hosts");
  ASSERT_OK_AND_ASSIGN(const SessionState session,
                       ledger().FindSession(KeyNumber(9).Fingerprint()));
  EXPECT_EQ(session.record.identity, IdentityOf("user:alice@people"));
  EXPECT_EQ(Count("documents"), 5);
}

TEST_F(OldLedger, ItsEventsStillOpenTheirCommitments) {
  ASSERT_OK(Open());
  ASSERT_OK_AND_ASSIGN(const auto events, ledger().RecentEvents(100));
  std::vector<std::string> types;
  for (const StoredEvent& event : events) {
    types.push_back(event.type);
    const bool opens = [&] {
      for (uint8_t type_class = 1; type_class <= 4; ++type_class) {
        if (CommitmentOf(event.opening, type_class, event.event) == event.commitment) return true;
      }
      return false;
    }();
    EXPECT_TRUE(opens) << event.type;
  }
  EXPECT_THAT(types, ElementsAre("denial", "session_started", "issuance", "join_token_created",
                                 "signed", "issuance", "initialized"));
}

TEST_F(OldLedger, GoesOnWhereItEnded) {
  ASSERT_OK(Open());
  ASSERT_OK_AND_ASSIGN(const ssh::Serial serial, ledger().NextSerial());
  EXPECT_EQ(serial.value, 257u);
  ASSERT_OK(ledger().RecordNotice({NoticeKind::kDaemonStarted, {}}));
  ASSERT_OK_AND_ASSIGN(const auto events, ledger().RecentEvents(1));
  EXPECT_EQ(events.at(0).sequence, 8);
}

TEST_F(OldLedger, ANewerOneIsRefusedAndLeftAsItIs) {
  Execute("INSERT INTO schema_version VALUES (1000)");
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("1000")));
  Execute("DELETE FROM schema_version WHERE version = 1000");
  EXPECT_OK(Open());
}

TEST_F(OldLedger, ADamagedEventIsAnErrorThatNamesIt) {
  Execute("UPDATE events SET event = x'ffffffff' WHERE seq = 2");
  ASSERT_OK(Open());
  EXPECT_THAT(ledger().RecentEvents(100),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("event 2")));
}

TEST(Migrations, AreNumberedFromOneWithoutGaps) {
  int expected = 0;
  for (const store::Migration& migration : Migrations()) {
    EXPECT_EQ(migration.version, ++expected);
  }
}

}  // namespace
}  // namespace mayfly::ledger
