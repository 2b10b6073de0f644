#include "client/inspect/inspect.h"

#include <utility>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/command_line/output.h"
#include "client/failure.h"
#include "client/inspect/exhibit.h"
#include "fmt/format.h"
#include "ssh/certificate.h"
#include "ssh/krl.h"
#include "ssh/public_key.h"
#include "ssh/shared_factor.h"
#include "ssh/weak_key_list.h"

namespace mayfly::client {
namespace {

constexpr size_t kMaxText = 1 << 20;  // Of everything but a revocation list.
constexpr size_t kMaxLines = 1000;    // A folder of .pub files, an agent's keys.

// Everything that stands in the file, in order.
absl::StatusOr<std::vector<Exhibit>> ShowLines(const Context& context, std::string_view text,
                                               const ssh::KeyLimits& limits) {
  std::vector<Exhibit> exhibits;
  std::vector<ssh::PublicKey> keys;
  std::vector<size_t> owners;  // Whose key each is.
  const std::vector<std::string> lines = SplitLines(text);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = TrimBlanks(lines[i]);
    if (line.empty() || line.starts_with('#')) continue;
    if (exhibits.size() == kMaxLines) {
      return InvalidArgument(fmt::format("more than {} keys: inspect them in parts", kMaxLines));
    }
    absl::StatusOr<Exhibit> exhibit = ShowLine(context, line, limits);
    if (!exhibit.ok()) {
      return lines.size() == 1 ? exhibit.status()
                               : Annotate(exhibit.status(), fmt::format("line {}", i + 1));
    }
    // Both parsed above, or neither is a plain RSA key.
    if (absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseLine(line); key.ok()) {
      keys.push_back(*std::move(key));
      owners.push_back(exhibits.size());
    } else if (const auto certificate = ssh::Certificate::ParseLine(line); certificate.ok()) {
      keys.push_back(certificate->body.key);
      owners.push_back(exhibits.size());
    }
    exhibits.push_back(*std::move(exhibit));
  }
  for (const size_t i : ssh::KeysWithSharedFactor(keys)) {
    exhibits[owners[i]].problems.emplace_back(
        "the RSA key shares a prime with another one here: both are broken, make new ones");
  }
  return exhibits;
}

absl::StatusOr<std::vector<Exhibit>> ShowOne(absl::StatusOr<Exhibit> exhibit) {
  if (!exhibit.ok()) return exhibit.status();
  std::vector<Exhibit> one;
  one.push_back(*std::move(exhibit));
  return one;
}

absl::StatusOr<std::vector<Exhibit>> ShowFile(const Context& context, const std::string& file,
                                              const ssh::KeyLimits& limits) {
  if (file.starts_with("SSHKRL\n")) return ShowOne(ShowKrl(file));
  if (file.size() > kMaxText) {
    return InvalidArgument(fmt::format("{} bytes are too many for keys or a signature; at most {}",
                                       file.size(), kMaxText));
  }
  if (file.starts_with("SSHSIG") || TrimBlanks(file).starts_with("-----BEGIN SSH SIGNATURE")) {
    return ShowOne(ShowSshsig(file, limits));
  }
  absl::StatusOr<std::vector<Exhibit>> exhibits = ShowLines(context, file, limits);
  if (exhibits.ok() && exhibits->empty()) {
    return InvalidArgument(
        "there is nothing in it: a public key, a certificate, an SSH signature or a key revocation "
        "list is expected");
  }
  return exhibits;
}

void Print(const Context& context, const std::vector<Exhibit>& exhibits) {
  if (!context.json) {
    for (const Exhibit& exhibit : exhibits) {
      context.out << exhibit.text;
      for (const std::string& problem : exhibit.problems) context.out << Row("problem", problem);
    }
    return;
  }
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Exhibit& exhibit : exhibits) {
    nlohmann::ordered_json json = exhibit.json;
    json["problems"] = exhibit.problems;
    all.push_back(std::move(json));
  }
  PrintJson(context, all.size() == 1 ? all[0] : all);
}

absl::StatusOr<ExitCode> RunInspect(const Context& context, const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string file, path == "-" ? ReadStandardInput(ssh::kMaxKrlSize)
                                                              : ReadFile(path, ssh::kMaxKrlSize));
  if (file.find("PRIVATE KEY-----") != std::string::npos ||
      file.starts_with("PuTTY-User-Key-File")) {
    return Failure(ExitCode::kNo, "this is a private key: it is not shown",
                   "inspect its public half: ssh-keygen -y -f FILE | mayfly inspect -");
  }
  MAYFLY_ASSIGN_OR_RETURN(
      const ssh::WeakKeyList known_weak,
      ssh::WeakKeyList::Load([](const std::string& list) { return ReadFile(list); }));
  const ssh::KeyLimits limits{.known_weak = &known_weak};
  const absl::StatusOr<std::vector<Exhibit>> exhibits = ShowFile(context, file, limits);
  if (!exhibits.ok()) return WithExitCode(exhibits.status(), ExitCode::kNo);
  Print(context, *exhibits);
  for (const Exhibit& exhibit : *exhibits) {
    if (!exhibit.problems.empty()) return ExitCode::kNo;
  }
  return ExitCode::kOk;
}

}  // namespace

ExitCode Inspect(const Context& context, const std::string& file) {
  const absl::StatusOr<ExitCode> code = RunInspect(context, file);
  return context.Finish(code);
}

}  // namespace mayfly::client
