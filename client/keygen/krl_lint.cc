// mayfly keygen -Q --lint.
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "client/keygen/key_files.h"
#include "client/keygen/keygen_commands.h"
#include "client/keygen/krl_files.h"
#include "client/keygen/revocable_key.h"
#include "client/print.h"
#include "fmt/format.h"
#include "ssh/krl.h"
#include "ssh/krl_cost.h"
#include "ssh/krl_index.h"

namespace mayfly::client {
namespace {

// More than this a login and people notice.
constexpr absl::Duration kSlow = absl::Milliseconds(100);
// So much of the number space at once is no list of serials that were given out.
constexpr uint64_t kNearlyAll = uint64_t{1} << 63;

constexpr uint64_t kLastYear = 253402300799;  // 9999-12-31T23:59:59Z

struct LintSection {
  std::string whose;  // "any CA", or the CA's type and fingerprint.
  uint64_t serials = 0;
  size_t ranges = 0;
  size_t key_ids = 0;
};

struct LintReport {
  std::string path;
  size_t size = 0;
  bool readable = false;
  ssh::Krl krl;  // Of a readable list, as are the sections.
  std::vector<LintSection> sections;
  std::vector<std::string> problems;  // What would lock somebody out.
  std::vector<std::string> notes;     // What somebody should know.
};

std::string Counted(uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void AddSection(LintReport& report, std::string whose, const ssh::SerialSet& serials,
                const std::vector<std::string>& key_ids) {
  if (serials.empty() && key_ids.empty()) return;
  if (serials.size() >= kNearlyAll) {
    report.problems.push_back(
        fmt::format("it revokes nearly every serial of {}: all its certificates are refused but "
                    "those of serial 0",
                    whose));
  }
  report.sections.push_back(
      {std::move(whose), serials.size(), serials.ranges().size(), key_ids.size()});
}

bool HasExtensions(const ssh::Krl& krl) {
  if (!krl.extensions.empty() || !krl.any_ca_extensions.empty()) return true;
  for (const ssh::CaRevocations& entry : krl.cas) {
    if (!entry.extensions.empty()) return true;
  }
  return false;
}

void Judge(LintReport& report) {
  const ssh::Krl& krl = report.krl;
  AddSection(report, "any CA", krl.serials, krl.key_ids);
  for (const ssh::CaRevocations& entry : krl.cas) {
    AddSection(
        report,
        fmt::format("CA {} {}", ssh::KeyTypeName(entry.ca.type()), entry.ca.Fingerprint().text),
        entry.serials, entry.key_ids);
  }
  if (HasExtensions(krl)) {
    report.problems.emplace_back(
        "it has an extension: OpenSSH before 9.4 cannot load it, and then refuses every key");
  }
  if (!krl.serials.empty()) {
    report.notes.emplace_back(
        "serials are revoked for any CA: of each CA that ever used these numbers");
  }
  if (!krl.other_keys.empty()) {
    report.notes.push_back(
        fmt::format("{} of the keys are of types that are not known here", krl.other_keys.size()));
  }
  if (ssh::EstimateLoginCost(krl) > kSlow) {
    report.problems.push_back(fmt::format(
        "each login takes about {} longer",
        absl::FormatDuration(absl::Ceil(ssh::EstimateLoginCost(krl), absl::Milliseconds(1)))));
  }
}

// Keys and certificates that must keep working: a CA's public key, an administrator's.
absl::Status JudgeKeys(const Context& context, const KeygenOptions& options, LintReport& report) {
  const ssh::KrlIndex index(report.krl);
  for (const std::string& operand : options.operands) {
    MAYFLY_ASSIGN_OR_RETURN(const LoadedRevocable loaded,
                            LoadRevocable(ExpandTilde(context, operand)));
    const auto found = FindRevocation(index, loaded.key);
    if (!found) continue;
    const bool plain = !loaded.key.certified.has_value();
    report.problems.push_back(
        fmt::format("{} is revoked {}{}", EscapeForTerminal(operand), found->Text(),
                    plain ? ": if it is a CA, so is all that it signed" : ""));
  }
  return absl::OkStatus();
}

void PrintRow(const Context& context, std::string_view name, std::string_view text) {
  context.out << fmt::format("  {:<12} {}\n", name, text);
}

void PrintContents(const Context& context, const LintReport& report) {
  const ssh::Krl& krl = report.krl;
  const auto row = [&](std::string_view name, std::string_view text) {
    PrintRow(context, name, text);
  };
  row("version", std::to_string(krl.version));
  row("generated",
      krl.generated_unix_s > kLastYear
          ? fmt::format("at {}, which is no time", krl.generated_unix_s)
          : TimeText(absl::FromUnixSeconds(static_cast<int64_t>(krl.generated_unix_s))));
  if (!krl.comment.empty()) row("comment", EscapeForTerminal(krl.comment));
  row("keys", fmt::format("{}, and {} by fingerprint", krl.keys.size() + krl.other_keys.size(),
                          krl.sha1s.size() + krl.sha256s.size()));
  for (const LintSection& section : report.sections) {
    row("of", fmt::format("{}: {} in {}, {}", section.whose, Counted(section.serials, "serial"),
                          Counted(section.ranges, "range"), Counted(section.key_ids, "key ID")));
  }
  row("cost",
      fmt::format("about {} a login", absl::FormatDuration(absl::Ceil(ssh::EstimateLoginCost(krl),
                                                                      absl::Milliseconds(1)))));
}

void PrintReport(const Context& context, const LintReport& report) {
  context.out << EscapeForTerminal(report.path) << '\n';
  PrintRow(context, "size", fmt::format("{} bytes", report.size));
  if (report.readable) PrintContents(context, report);
  for (const std::string& note : report.notes) PrintRow(context, "note", note);
  for (const std::string& problem : report.problems) PrintRow(context, "problem", problem);
}

nlohmann::ordered_json JsonOfContents(const LintReport& report) {
  const ssh::Krl& krl = report.krl;
  nlohmann::ordered_json sections = nlohmann::ordered_json::array();
  for (const LintSection& section : report.sections) {
    sections.push_back({{"of", section.whose},
                        {"serials", std::to_string(section.serials)},
                        {"ranges", section.ranges},
                        {"key_ids", section.key_ids}});
  }
  return {{"version", std::to_string(krl.version)},
          {"generated_unix_s", krl.generated_unix_s},
          {"comment", krl.comment},
          {"keys", krl.keys.size() + krl.other_keys.size()},
          {"fingerprints", krl.sha1s.size() + krl.sha256s.size()},
          {"sections", sections},
          {"login_cost_ms", absl::ToDoubleMilliseconds(ssh::EstimateLoginCost(krl))}};
}

// A list that cannot be read has no members about its contents.
void PrintReportJson(const Context& context, const LintReport& report) {
  nlohmann::ordered_json json = {{"file", report.path}, {"size", report.size}};
  if (report.readable) json.update(JsonOfContents(report));
  json["notes"] = report.notes;
  json["problems"] = report.problems;
  PrintJson(context.out, json);
}

// Why sshd would not load it, or would take it for something else.
std::string Unloadable(std::string_view text, const absl::Status& status) {
  if (text.empty()) return "the file is empty: sshd takes that for a list that revokes nothing";
  if (!text.starts_with(ssh::krl::kMagic)) {
    return "it is no KRL: sshd would read it as a text of public keys, one a line, and of serials "
           "and key IDs revoke nothing";
  }
  return fmt::format("{}: an sshd that cannot load its list refuses every key", Message(status));
}

}  // namespace

absl::StatusOr<int> LintKrl(const Context& context, const KeygenOptions& options) {
  LintReport report;
  MAYFLY_ASSIGN_OR_RETURN(report.path, KrlPath(context, options));
  if (options.verify_by) {
    MAYFLY_RETURN_IF_ERROR(VerifyKrlFile(context, *options.verify_by, report.path));
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadAny(report.path, ssh::kMaxKrlSize));
  report.size = text.size();
  absl::StatusOr<ssh::Krl> krl = ssh::Krl::Parse(AsBytes(text));
  if (krl.ok()) {
    report.readable = true;
    report.krl = *std::move(krl);
    Judge(report);
    MAYFLY_RETURN_IF_ERROR(JudgeKeys(context, options, report));
  } else {
    report.problems.push_back(Unloadable(text, krl.status()));
  }
  if (options.json) {
    PrintReportJson(context, report);
  } else {
    PrintReport(context, report);
  }
  return report.problems.empty() ? 0 : 1;
}

}  // namespace mayfly::client
