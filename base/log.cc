#include "base/log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly {
namespace {

std::string_view Name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
    case LogLevel::kAlert:
      return "alert";
  }
  return "unknown";
}

std::string Now() {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
}

std::string FormatText(LogLevel level, std::string_view message,
                       std::initializer_list<LogField> fields) {
  std::string line = fmt::format("{} {:<7} {}", Now(), Name(level), EscapeForTerminal(message));
  for (const LogField& field : fields) {
    std::string value;
    if (const auto* text = std::get_if<std::string>(&field.value)) {
      value = EscapeForTerminal(*text);
      if (value.empty() || value.find_first_of(" \"=") != std::string::npos) {
        std::string quoted = "\"";
        for (const char c : value) {
          if (c == '"') quoted += '\\';
          quoted += c;
        }
        value = quoted + '"';
      }
    } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
      value = std::to_string(*number);
    } else {
      value = std::get<bool>(field.value) ? "true" : "false";
    }
    line += fmt::format(" {}={}", field.key, value);
  }
  return line;
}

std::string FormatJson(LogLevel level, std::string_view message,
                       std::initializer_list<LogField> fields) {
  nlohmann::ordered_json line;
  line["time"] = Now();
  line["level"] = Name(level);
  line["message"] = message;
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.key)] = value; }, field.value);
  }
  return line.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace);
}

using Milliseconds = std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// Whoever reads standard error may be slow or have stopped, and then nothing else stops: half a
// second in a minute is waited for them at most. Lines that are lost are counted in the first that
// is not.
class StandardErrorLog final : public Log {
 public:
  StandardErrorLog(LogFormat format, LogLevel least) : format_(format), least_(least) {}

  void Write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) override {
    if (level < least_) return;
    const std::string line = Line(level, message, fields);
    MutexLock lock(mutex_);
    if (lost_ == 0) return Put(line);
    Put((torn_ ? "\n" : "") +
        Line(LogLevel::kWarning, "nobody read the log", {{"lines_lost", lost_}}) + line);
  }

 private:
  std::string Line(LogLevel level, std::string_view message,
                   std::initializer_list<LogField> fields) const {
    return (format_ == LogFormat::kJson ? FormatJson(level, message, fields)
                                        : FormatText(level, message, fields)) +
           '\n';
  }
  // All of `text`, or one line more is lost.
  void Put(std::string_view text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto start = SteadyClock::now();
    const size_t written = WriteWithin(text, start < patient_from_ ? Milliseconds(0) : kPatience);
    // Whoever reads slowly is waited for once a minute, not with every line.
    if (SteadyClock::now() - start > kPatience / 5) {
      patient_from_ = SteadyClock::now() + std::chrono::minutes(1);
    }
    if (written == text.size()) {
      lost_ = 0;
      torn_ = false;
      return;
    }
    ++lost_;
    torn_ = torn_ || written > 0;
  }
  // How much of `text` went out before whoever reads kept us waiting for so long.
  size_t WriteWithin(std::string_view text, Milliseconds patience) const {
    const auto end = SteadyClock::now() + patience;
    size_t written = 0;
    while (written < text.size()) {
      pollfd ready = {STDERR_FILENO, POLLOUT, 0};
      const auto left = std::chrono::duration_cast<Milliseconds>(end - SteadyClock::now());
      const int found = poll(&ready, 1, std::max(0, static_cast<int>(left.count())));
      if (found < 0 && errno == EINTR) continue;
      if (found <= 0) break;
      // A pipe that is ready takes so much without waiting; a terminal, a byte.
      const std::string_view next = text.substr(written, terminal_ ? 1 : PIPE_BUF);
      const ssize_t size = write(STDERR_FILENO, next.data(), next.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) break;
      written += static_cast<size_t>(size);
    }
    return written;
  }

  static constexpr Milliseconds kPatience{500};
  const bool terminal_ = isatty(STDERR_FILENO) == 1;
  const LogFormat format_;
  const LogLevel least_;
  Mutex mutex_;
  SteadyClock::time_point patient_from_ ABSL_GUARDED_BY(mutex_) = SteadyClock::time_point::min();
  int64_t lost_ ABSL_GUARDED_BY(mutex_) = 0;   // Lines, since one went out whole.
  bool torn_ ABSL_GUARDED_BY(mutex_) = false;  // One of them in its middle.
};

class NullLog final : public Log {
 public:
  void Write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace

std::unique_ptr<Log> MakeStandardErrorLog(LogFormat format, LogLevel least) {
  return std::make_unique<StandardErrorLog>(format, least);
}
std::unique_ptr<Log> MakeNullLog() { return std::make_unique<NullLog>(); }

}  // namespace mayfly
