#include "client/context.h"

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"

namespace mayfly::client {
namespace {

void Line(std::ostream& stream, std::string_view prefix, std::string_view sentence) {
  stream << prefix << sentence << '\n' << std::flush;
}

constexpr std::string_view kName = "mayfly: ";
constexpr std::string_view kHint = "mayfly: hint: ";

}  // namespace

void Context::Say(std::string_view sentence) const {
  if (!quiet) Line(err, kName, sentence);
}

void Context::Hint(std::string_view sentence) const {
  if (!quiet) Line(err, kHint, sentence);
}

ExitCode Context::Report(const absl::Status& status) const {
  const auto detail = DetailOf(status);
  Line(err, kName, Message(status));
  if (detail && !detail->rule().empty()) {
    Line(err, kName, "refused by " + EscapeForTerminal(detail->rule()));
  }
  if (const std::string hint = HintOf(status); !hint.empty()) Line(err, kHint, hint);
  if (detail && !detail->request_id().empty()) {
    Line(err, kName, "request " + EscapeForTerminal(detail->request_id()));
  }
  return ExitCodeOf(status);
}

ExitCode Context::Finish(const absl::Status& status) const {
  return status.ok() ? ExitCode::kOk : Report(status);
}

ExitCode Context::Finish(const absl::StatusOr<ExitCode>& code) const {
  return code.ok() ? *code : Report(code.status());
}

absl::StatusOr<std::string> Context::HomeDirectory() const {
  const std::string home = environment("HOME");
  if (home.empty() || home.front() != '/') {
    return Failure(ExitCode::kLocal, "HOME is not set", "set HOME, or name files by whole paths");
  }
  return home;
}

absl::StatusOr<std::string> Context::ConfigDirectory() const {
  if (!config_directory.empty()) return config_directory;
  // The XDG specification: a relative path is to be ignored.
  const std::string xdg = environment("XDG_CONFIG_HOME");
  if (!xdg.empty() && xdg.front() == '/') return JoinPath(xdg, "mayfly");
  const auto home = HomeDirectory();
  if (!home.ok()) {
    return Failure(ExitCode::kLocal, "neither XDG_CONFIG_HOME nor HOME is set",
                   "name the folder of your configuration with --config");
  }
  return JoinPath(JoinPath(*home, ".config"), "mayfly");
}

}  // namespace mayfly::client
