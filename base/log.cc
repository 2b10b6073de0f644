#include "base/log.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/text.h"
#include "fmt/format.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

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

class StandardErrorLog final : public Log {
 public:
  StandardErrorLog(LogFormat format, LogLevel least)
      : format_(format),
        least_(least),
        logger_("mayfly", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%v");
    logger_.set_level(spdlog::level::trace);
    logger_.flush_on(spdlog::level::trace);
  }
  void Write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) override {
    if (level < least_) return;
    const std::string line = format_ == LogFormat::kJson ? FormatJson(level, message, fields)
                                                         : FormatText(level, message, fields);
    logger_.log(spdlog::level::info, "{}", line);
  }

 private:
  const LogFormat format_;
  const LogLevel least_;
  spdlog::logger logger_;
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
