#include "ca/server/health.h"

#include <vector>

#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mayfly::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Lines as "LEVEL message key=value …".
class KeptLog final : public Log {
 public:
  void Write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) override {
    std::string line = level == LogLevel::kWarning ? "W " : level == LogLevel::kInfo ? "I " : "? ";
    line += message;
    for (const LogField& field : fields) {
      line += " " + std::string(field.key) + "=" + std::get<std::string>(field.value);
    }
    lines.push_back(line);
  }
  std::vector<std::string> lines;
};

TEST(Health, IsWhatEachComponentSaidLast) {
  KeptLog log;
  Health health(log);
  EXPECT_THAT(health.Problems(), IsEmpty());
  health.Set("disk", Unavailable("63 MiB free"));
  health.Set("clock", Unavailable("behind"));
  health.Set("disk", Unavailable("62 MiB free"));
  EXPECT_THAT(health.Problems(), ElementsAre(Pair("clock", "behind"), Pair("disk", "62 MiB free")));
  health.Set("clock", absl::OkStatus());
  EXPECT_THAT(health.Problems(), ElementsAre(Pair("disk", "62 MiB free")));
}

TEST(Health, LogsWhatBeginsAndWhatEndsOnce) {
  KeptLog log;
  Health health(log);
  health.Set("disk", absl::OkStatus());
  EXPECT_THAT(log.lines, IsEmpty());
  health.Set("disk", Unavailable("63 MiB free"));
  health.Set("disk", Unavailable("62 MiB free"));
  health.Set("disk", absl::OkStatus());
  health.Set("disk", absl::OkStatus());
  health.Set("disk", Unavailable("61 MiB free"));
  EXPECT_THAT(log.lines, ElementsAre("W unhealthy component=disk cause=63 MiB free",
                                     "I healthy again component=disk",
                                     "W unhealthy component=disk cause=61 MiB free"));
}

}  // namespace
}  // namespace mayfly::server
