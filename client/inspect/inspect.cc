#include "client/inspect/inspect.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "client/command_line/output.h"
#include "client/failure.h"
#include "fmt/format.h"
#include "ssh/certificate.h"
#include "ssh/public_key.h"

namespace mayfly::client {
namespace {

constexpr size_t kMaxInspected = 1 << 20;

// Why a CA should not have made this, or should not certify it.
std::vector<std::string> Problems(const ssh::Certificate& certificate) {
  std::vector<std::string> problems;
  const ssh::CertificateBody& body = certificate.body;
  const auto add = [&](const absl::Status& status) {
    if (!status.ok()) problems.push_back(Message(status));
  };
  add(certificate.VerifySignature());
  add(ssh::CheckSubjectKey(body.key, {.min_rsa_bits = 2048}));
  if (body.principals.empty()) {
    problems.emplace_back(
        "it has no principals: servers before OpenSSH 10.3 may let it open any account");
  }
  for (const std::string& principal : body.principals) {
    if (body.kind == ssh::CertificateKind::kUser &&
        principal.find_first_of("*?!,") != std::string::npos) {
      problems.push_back(
          fmt::format("the principal '{}' is a pattern or a list", EscapeForTerminal(principal)));
    }
  }
  if (body.serial.value == 0) problems.emplace_back("serial 0 cannot be revoked");
  if (body.valid_before_unix_s == ssh::kForeverUnixSeconds) problems.emplace_back("it never ends");
  if (body.valid_before_unix_s <= body.valid_after_unix_s) {
    problems.emplace_back("it ends before it begins");
  }
  for (const std::string& name : ssh::KnownCriticalOptions()) {
    if (body.extensions.Has(name)) {
      problems.push_back(
          fmt::format("{} stands among the extensions, where no server enforces it", name));
    }
  }
  return problems;
}

ExitCode Verdict(const Context& context, nlohmann::ordered_json json,
                 const std::vector<std::string>& problems) {
  if (context.json) {
    json["problems"] = problems;
    PrintJson(context, json);
  }
  for (const std::string& problem : problems) {
    if (!context.json) context.out << "  problem      " << problem << "\n";
  }
  return problems.empty() ? ExitCode::kOk : ExitCode::kNo;
}

ExitCode ShowKey(const Context& context, const ssh::PublicKey& key, const std::string& comment) {
  std::vector<std::string> problems;
  const absl::Status judged = ssh::CheckSubjectKey(key);
  if (!judged.ok()) problems.push_back(Message(judged));
  if (!context.json) {
    context.out << fmt::format(
        "public key\n  type         {}\n  bits         {}\n  fingerprint  {}\n  comment      {}\n",
        ssh::KeyTypeName(key.type()), key.bits(), key.Fingerprint().text,
        EscapeForTerminal(comment));
  }
  return Verdict(context,
                 {{"type", ssh::KeyTypeName(key.type())},
                  {"bits", key.bits()},
                  {"fingerprint", key.Fingerprint().text},
                  {"comment", comment}},
                 problems);
}

absl::StatusOr<ExitCode> RunInspect(const Context& context, const std::string& file) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, file == "-" ? ReadStandardInput(kMaxInspected)
                                                              : ReadFile(file, kMaxInspected));
  if (text.find("PRIVATE KEY-----") != std::string::npos) {
    return Failure(ExitCode::kNo, "this is a private key: it is not shown",
                   "inspect its public half: ssh-keygen -y -f FILE | mayfly inspect -");
  }
  const std::string line(TrimBlanks(text));
  const std::string word = line.substr(0, line.find_first_of(" \t"));
  std::string comment;
  if (ssh::IsCertificateTypeName(word)) {
    absl::StatusOr<ssh::Certificate> certificate = ssh::Certificate::ParseLine(line, &comment);
    if (!certificate.ok()) return WithExitCode(certificate.status(), ExitCode::kNo);
    if (!context.json) PrintCertificate(context, *certificate);
    return Verdict(context, CertificateJson(*certificate), Problems(*certificate));
  }
  absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseLine(line, &comment);
  if (!key.ok()) return WithExitCode(key.status(), ExitCode::kNo);
  return ShowKey(context, *key, comment);
}

}  // namespace

ExitCode Inspect(const Context& context, const std::string& file) {
  const absl::StatusOr<ExitCode> code = RunInspect(context, file);
  return context.Finish(code);
}

}  // namespace mayfly::client
