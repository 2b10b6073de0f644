#include "ca/ledger/statements.h"

#include <sqlite3.h>

#include <algorithm>
#include <regex>
#include <set>

#include "ca/ledger/schema.h"
#include "tests/ca/ledger/ledger_fixture.h"

namespace mayfly::ledger {
namespace {

using ::testing::IsEmpty;

std::vector<int> ParametersOf(const std::string& sql) {
  std::vector<int> numbers;
  static const std::regex kParameter(R"(\$([0-9]+))");
  for (std::sregex_iterator it(sql.begin(), sql.end(), kParameter), end; it != end; ++it) {
    const int number = std::stoi((*it)[1]);
    if (std::ranges::find(numbers, number) == numbers.end()) numbers.push_back(number);
  }
  return numbers;
}

class Statements : public ::testing::TestWithParam<const store::Statement*> {};

// SQLite numbers $N by first appearance and PostgreSQL by N: in this order they agree.
TEST_P(Statements, NumberTheirParametersInOrderOfAppearance) {
  const std::vector<int> numbers = ParametersOf(GetParam()->sql);
  for (size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], static_cast<int>(i) + 1);
  EXPECT_EQ(std::string(GetParam()->sql).find('?'), std::string::npos);
}

TEST_P(Statements, UseNoWordOfOneEngineAlone) {
  static const std::regex kForeign(
      R"(\b(OR REPLACE|OR IGNORE|OR ABORT|ROWID|IFNULL|GLOB|PRAGMA|AUTOINCREMENT|LAST_INSERT_ROWID|)"
      R"(CHANGES\(|STRFTIME|DATETIME|UNIXEPOCH|HEX\(|QUOTE\(|ILIKE|NOW\(|SERIAL\b(?=\s+PRIMARY)|)"
      R"(FOR UPDATE|FOR SHARE|ANY\(|UNNEST|BYTEA|GREATEST|LEAST|MAX\(.*,|MIN\(.*,|NULLS)\b)"
      R"(|::|"|`|\[|IS NOT DISTINCT)",
      std::regex::icase);
  EXPECT_FALSE(std::regex_search(GetParam()->sql, kForeign)) << GetParam()->sql;
}

TEST_P(Statements, RunOnTheSchema) {
  LedgerWorld world;
  ASSERT_OK_AND_ASSIGN(const auto store, store::OpenSqliteStore(world.path()));
  ASSERT_OK(store->Migrate(Migrations()));
  const std::vector<store::Value> ones(ParametersOf(GetParam()->sql).size(), int64_t{1});
  const absl::Status status = store->Write({ledger::Run(*GetParam(), ones)}).status();
  // A column of bytes takes no number; anything else is a mistake in the text.
  EXPECT_TRUE(status.ok() || absl::IsAlreadyExists(status)) << status.ToString();
}

std::string CamelName(const ::testing::TestParamInfo<const store::Statement*>& tested) {
  std::string name;
  bool upper = true;
  for (const char* c = tested.param->name; *c != '\0'; ++c) {
    if (*c != ' ') name += upper ? static_cast<char>(std::toupper(*c)) : *c;
    upper = *c == ' ';
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(All, Statements, ::testing::ValuesIn(AllStatements()), CamelName);

TEST(AllStatements, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const store::Statement* statement : AllStatements()) {
    EXPECT_TRUE(names.insert(statement->name).second) << statement->name;
  }
}

// Reads what the CA asks for with every request: none may walk a table that grows.
TEST(AllStatements, FindByIndex) {
  LedgerWorld world;
  ASSERT_OK(world.Open());
  world.Close();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(world.path().c_str(), &database), SQLITE_OK);
  for (const store::Statement* statement :
       {&kCheckCounter,    &kAdvanceCounter,    &kInsertEvent,
        &kEventsOfRequest, &kDecisionOfRequest, &kRecentEvents,
        &kClaim,           &kClaimOwner,        &kReadSubject,
        &kCheckNotBanned,  &kReadRevokedKey,    &kSetCertificate,
        &kFindCertificate, &kListCertificates,  &kListCertificatesOf,
        &kFindSession,     &kEndSession,        &kFindJoinToken,
        &kSpendToken,      &kCountTokenUse,     &kFindHost,
        &kFindHostByKey,   &kDropHostKeys,      &kActivatedCaKeys,
        &kReadFacts,       &kNewestEvent}) {
    sqlite3_stmt* plan = nullptr;
    const std::string sql = std::string("EXPLAIN QUERY PLAN ") + statement->sql;
    ASSERT_EQ(sqlite3_prepare_v2(database, sql.c_str(), -1, &plan, nullptr), SQLITE_OK) << sql;
    while (sqlite3_step(plan) == SQLITE_ROW) {
      const std::string detail = reinterpret_cast<const char*>(sqlite3_column_text(plan, 3));
      // "SCAN fresh" is the one row of a WITH; a scan in the order of its key ends with its LIMIT.
      const bool limited = std::string(statement->sql).find("LIMIT") != std::string::npos;
      EXPECT_TRUE(detail.find("SCAN") == std::string::npos || limited ||
                  detail.find("fresh") != std::string::npos ||
                  detail.find("CONSTANT ROW") != std::string::npos)
          << statement->name << ": " << detail;
      EXPECT_EQ(detail.find("TEMP B-TREE"), std::string::npos) << statement->name;
    }
    sqlite3_finalize(plan);
  }
  sqlite3_close(database);
}

}  // namespace
}  // namespace mayfly::ledger
