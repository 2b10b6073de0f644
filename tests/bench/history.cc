#include "tests/bench/history.h"

#include <sqlite3.h>

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::bench {
namespace {

constexpr int64_t kFirstEvent = 1000;  // Above whatever init and the first start have written.
constexpr int64_t kBatch = 100000;
constexpr size_t kEventSize = 300, kCertificateSize = 600;
// Base64's letters as the database orders them.
constexpr std::string_view kLetters =
    "+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, CloseDatabase>;

absl::Status Failed(sqlite3* database) { return Internal(sqlite3_errmsg(database)); }

absl::Status Execute(sqlite3* database, const std::string& sql) {
  return sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK
             ? absl::OkStatus()
             : Failed(database);
}

// The i-th of `count` fingerprints in order, evenly spread.
std::string FingerprintNumber(int64_t i, int64_t count) {
  const auto fraction =
      static_cast<uint64_t>(static_cast<double>(i) / static_cast<double>(count) * 0x1p60);
  std::string text = "SHA256:";
  for (int shift = 54; shift >= 0; shift -= 6) text += kLetters[fraction >> shift & 63];
  return text + std::string(33, 'x');
}

// `?1` is the number from 1, `?2` a time in microseconds, `?3` a fingerprint, `?4` 600 bytes.
const std::array<const char*, 5> kInserts = {
    "INSERT INTO events VALUES (?1 + 1000, ?2, 'issuance', printf('HISTORY%019d', ?1), "
    "'user:u' || ?1 % 64 || '@people', zeroblob(32), zeroblob(32), substr(?4, 1, 300))",
    "INSERT INTO documents VALUES (?2, randomblob(32), ?2)",
    "INSERT INTO claims VALUES ('key', ?3, 'user:u' || ?1 % 64 || '@people', ?2)",
    "INSERT INTO certificates VALUES (?1, 1, 'user:u' || ?1 % 64 || '@people', "
    "'user:u' || ?1 % 64 || '@people/1', 'engineers', ?3, ?3, 'u' || ?1 % 64, ?2 / 1000000, "
    "?2 / 1000000 + 28800, ?2, printf('HISTORY%019d', ?1), zeroblob(32))",
    "INSERT INTO signed_certificates VALUES (?1, ?4)"};

absl::Status InsertAll(sqlite3* database, int64_t count) {
  std::vector<Statement> inserts;
  for (const char* sql : kInserts) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v2(database, sql, -1, &made, nullptr) != SQLITE_OK) return Failed(database);
    inserts.emplace_back(made);
  }
  SystemRandom random;
  const Bytes bytes = random.Take(kCertificateSize);
  static_assert(kEventSize <= kCertificateSize);
  const int64_t year_us = absl::ToInt64Microseconds(absl::Hours(24 * 365));
  const int64_t start_us = absl::ToUnixMicros(absl::Now()) - year_us;
  for (int64_t i = 1; i <= count; ++i) {
    if (i % kBatch == 1) MAYFLY_RETURN_IF_ERROR(Execute(database, "BEGIN"));
    const std::string fingerprint = FingerprintNumber(i - 1, count);
    for (const Statement& insert : inserts) {
      sqlite3_bind_int64(insert.get(), 1, i);
      sqlite3_bind_int64(insert.get(), 2, start_us + year_us / count * i);
      sqlite3_bind_text(insert.get(), 3, fingerprint.data(), static_cast<int>(fingerprint.size()),
                        SQLITE_STATIC);
      sqlite3_bind_blob(insert.get(), 4, bytes.data(), static_cast<int>(bytes.size()),
                        SQLITE_STATIC);
      if (sqlite3_step(insert.get()) != SQLITE_DONE) return Failed(database);
      sqlite3_reset(insert.get());
    }
    if (i % kBatch == 0 || i == count) MAYFLY_RETURN_IF_ERROR(Execute(database, "COMMIT"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteHistory(const std::string& ledger_path, int64_t count) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(ledger_path.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  const Database database(opened);
  if (code != SQLITE_OK) return Failed(opened);
  // A file that is thrown away when this fails.
  MAYFLY_RETURN_IF_ERROR(Execute(database.get(),
                                 "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
                                 "PRAGMA cache_size=-262144; PRAGMA locking_mode=EXCLUSIVE"));
  MAYFLY_RETURN_IF_ERROR(InsertAll(database.get(), count));
  MAYFLY_RETURN_IF_ERROR(
      Execute(database.get(), fmt::format("UPDATE counters SET value = {} WHERE name = 'serial'",
                                          (count / 256 + 1) * 256)));
  return Execute(database.get(), "PRAGMA journal_mode=WAL");
}

}  // namespace mayfly::bench
