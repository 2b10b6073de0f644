// The daemon's log: one event a line, as text for people or JSON for machines, on standard error.
#ifndef MAYFLY_BASE_LOG_H_
#define MAYFLY_BASE_LOG_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace mayfly {

enum class LogFormat { kText, kJson };
enum class LogLevel { kDebug, kInfo, kWarning, kError, kAlert };

using LogValue = std::variant<std::string, int64_t, bool>;
struct LogField {
  LogField(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  LogField(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  LogField(std::string_view k, int64_t v) : key(k), value(v) {}
  LogField(std::string_view k, uint64_t v) : key(k), value(std::to_string(v)) {}
  LogField(std::string_view k, int v) : key(k), value(int64_t{v}) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  std::string_view key;  // A literal.
  LogValue value;
};

// Thread-safe. Values are escaped, so that nothing a stranger sends can forge a line or move a
// cursor. Never give it a secret.
class Log {
 public:
  virtual ~Log() = default;
  virtual void Write(LogLevel level, std::string_view message,
                     std::initializer_list<LogField> fields) = 0;

  void Debug(std::string_view m, std::initializer_list<LogField> f = {}) {
    Write(LogLevel::kDebug, m, f);
  }
  void Info(std::string_view m, std::initializer_list<LogField> f = {}) {
    Write(LogLevel::kInfo, m, f);
  }
  void Warning(std::string_view m, std::initializer_list<LogField> f = {}) {
    Write(LogLevel::kWarning, m, f);
  }
  void Error(std::string_view m, std::initializer_list<LogField> f = {}) {
    Write(LogLevel::kError, m, f);
  }
  // Somebody should be woken: a rollback, a forged certificate, a widened policy.
  void Alert(std::string_view m, std::initializer_list<LogField> f = {}) {
    Write(LogLevel::kAlert, m, f);
  }
};

std::unique_ptr<Log> MakeStandardErrorLog(LogFormat format, LogLevel least);
// Discards everything; for tests and one-shot commands.
std::unique_ptr<Log> MakeNullLog();

}  // namespace mayfly

#endif  // MAYFLY_BASE_LOG_H_
