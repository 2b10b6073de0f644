// Public keys and certificates, as they stand in .pub files.
#include <algorithm>
#include <sstream>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "client/command_line/output.h"
#include "client/inspect/exhibit.h"
#include "fmt/format.h"
#include "ssh/certificate.h"

namespace mayfly::client {
namespace {

// What stands in options that OpenSSH knows, where their names alone do not say enough.
void JudgeOptions(const ssh::CertificateBody& body, std::vector<std::string>& problems) {
  const auto refused = [&](std::string_view why) {
    problems.push_back(fmt::format("{}: every server refuses the certificate", why));
  };
  for (const std::string_view name : {ssh::kForceCommand, ssh::kSourceAddress}) {
    const absl::StatusOr<std::string> text = body.critical_options.Text(name);
    if (absl::IsNotFound(text.status())) continue;
    if (!text.ok()) {
      refused(Message(text.status()));
    } else if (name == ssh::kSourceAddress) {
      const absl::Status parsed = ssh::ParseSourceAddress(*text).status();
      if (!parsed.ok()) problems.push_back(Message(parsed));
    }
  }
  const auto takes_no_value = [&](const ssh::Option* option) {
    if (option == nullptr || option->data.empty()) return;
    refused(fmt::format("{} takes no value, and has one", option->name));
  };
  takes_no_value(body.critical_options.Find(ssh::kVerifyRequired));
  for (const std::string& name : ssh::KnownExtensions()) takes_no_value(body.extensions.Find(name));
  if (body.kind == ssh::CertificateKind::kHost && !body.critical_options.empty()) {
    problems.emplace_back(
        "a host certificate with a critical option: every client refuses the certificate");
  }
}

// Why a CA should not have made this.
std::vector<std::string> Problems(const ssh::Certificate& certificate, ssh::KeyLimits limits) {
  std::vector<std::string> problems;
  const ssh::CertificateBody& body = certificate.body;
  const auto add = [&](const absl::Status& status) {
    if (!status.ok()) problems.push_back(Message(status));
  };
  limits.min_rsa_bits = 2048;  // What sshd takes; the stricter default is for what is to be made.
  add(certificate.VerifySignature());
  add(ssh::CheckSubjectKey(body.key, limits));
  if (body.key == body.signature_key) problems.emplace_back("the CA has certified its own key");
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
  for (const std::string& name : body.critical_options.names()) {
    const std::vector<std::string>& known = ssh::KnownCriticalOptions();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      problems.push_back(
          fmt::format("the critical option '{}' is unknown: every server refuses the certificate",
                      EscapeForTerminal(name)));
    }
  }
  for (const std::string& name : ssh::KnownCriticalOptions()) {
    if (body.extensions.Has(name)) {
      problems.push_back(
          fmt::format("{} stands among the extensions, where no server enforces it", name));
    }
  }
  JudgeOptions(body, problems);
  if (!body.reserved.empty()) problems.emplace_back("its reserved field is not empty");
  return problems;
}

absl::StatusOr<Exhibit> ShowCertificate(const Context& context, std::string_view line,
                                        const ssh::KeyLimits& limits) {
  MAYFLY_ASSIGN_OR_RETURN(const ssh::Certificate certificate, ssh::Certificate::ParseLine(line));
  std::ostringstream text;
  Context to_text(context.clock, context.random, context.environment, text, text);
  PrintCertificate(to_text, certificate);
  return Exhibit{text.str(), CertificateJson(certificate), Problems(certificate, limits)};
}

absl::StatusOr<Exhibit> ShowKey(std::string_view line, const ssh::KeyLimits& limits) {
  std::string comment;
  MAYFLY_ASSIGN_OR_RETURN(const ssh::PublicKey key, ssh::PublicKey::ParseLine(line, &comment));
  Exhibit exhibit;
  exhibit.text = "public key\n" + Row("type", ssh::KeyTypeName(key.type())) +
                 Row("bits", std::to_string(key.bits())) +
                 Row("fingerprint", key.Fingerprint().text);
  if (ssh::IsSecurityKey(key.type())) {
    exhibit.text += Row("application", EscapeForTerminal(key.application()));
  }
  exhibit.text += Row("comment", EscapeForTerminal(comment));
  exhibit.json = {{"type", ssh::KeyTypeName(key.type())},
                  {"bits", key.bits()},
                  {"fingerprint", key.Fingerprint().text},
                  {"comment", comment}};
  if (ssh::IsSecurityKey(key.type())) exhibit.json["application"] = key.application();
  if (const absl::Status judged = ssh::CheckSubjectKey(key, limits); !judged.ok()) {
    exhibit.problems.push_back(Message(judged));
  }
  return exhibit;
}

}  // namespace

std::string Row(std::string_view label, std::string_view value) {
  return fmt::format("  {:<12} {}\n", label, value);
}

absl::StatusOr<Exhibit> ShowLine(const Context& context, std::string_view line,
                                 const ssh::KeyLimits& limits) {
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  return ssh::IsCertificateTypeName(word) ? ShowCertificate(context, line, limits)
                                          : ShowKey(line, limits);
}

}  // namespace mayfly::client
