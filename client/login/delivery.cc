#include "client/login/delivery.h"

#include <algorithm>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"
#include "ssh/agent.h"
#include "ssh/agent_diagnosis.h"

namespace mayfly::client {
namespace {

absl::StatusOr<ssh::Agent> Connect(const Context& context) {
  absl::StatusOr<ssh::Agent> agent = ssh::Agent::Connect(context.environment("SSH_AUTH_SOCK"));
  if (agent.ok()) return agent;
  return Failure(ExitCode::kLocal, Message(agent.status()),
                 "start one: eval \"$(ssh-agent)\", or keep the key in a file: mayfly login --out "
                 "FILE");
}

absl::Status AgentRefused(const Context& context, ssh::Agent& agent, const absl::Status& status,
                          const ssh::AgentConstraints& constraints) {
  if (!absl::IsFailedPrecondition(status)) return WithExitCode(status, ExitCode::kLocal);
  return Failure(ExitCode::kLocal,
                 fmt::format("your ssh-agent refused the certificate: {}",
                             ssh::WhyRefused(agent, constraints, context.random)),
                 "use OpenSSH's agent: eval \"$(ssh-agent)\", or keep the key in a file: mayfly "
                 "login --out FILE");
}

bool IsOfCa(const ssh::Certificate& certificate, const std::vector<ssh::PublicKey>& user_cas) {
  return std::ranges::find(user_cas, certificate.body.signature_key) != user_cas.end();
}

absl::StatusOr<std::vector<ssh::Certificate>> OursIn(ssh::Agent& agent,
                                                     const std::vector<ssh::PublicKey>& user_cas) {
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<ssh::AgentIdentity> held, agent.List());
  std::vector<ssh::Certificate> ours;
  for (const ssh::AgentIdentity& identity : held) {
    absl::StatusOr<ssh::Certificate> certificate = ssh::Certificate::Parse(identity.blob);
    if (certificate.ok() && IsOfCa(*certificate, user_cas)) ours.push_back(*std::move(certificate));
  }
  return ours;
}

}  // namespace

absl::StatusOr<std::vector<ssh::Certificate>> AgentCertificates(
    const Context& context, const std::vector<ssh::PublicKey>& user_cas) {
  MAYFLY_ASSIGN_OR_RETURN(ssh::Agent agent, Connect(context));
  return OursIn(agent, user_cas);
}

absl::Status RemoveFromAgent(const Context& context, const std::vector<ssh::PublicKey>& user_cas) {
  MAYFLY_ASSIGN_OR_RETURN(ssh::Agent agent, Connect(context));
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<ssh::Certificate> ours, OursIn(agent, user_cas));
  for (const ssh::Certificate& certificate : ours) {
    MAYFLY_RETURN_IF_ERROR(agent.Remove(certificate.Encode()));
  }
  return absl::OkStatus();
}

absl::Status AddToAgent(const Context& context, const ssh::PrivateKey& key,
                        const ssh::Certificate& certificate,
                        const std::vector<ssh::PublicKey>& user_cas, const std::string& comment,
                        ssh::AgentConstraints constraints) {
  MAYFLY_ASSIGN_OR_RETURN(ssh::Agent agent, Connect(context));
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<ssh::Certificate> old, OursIn(agent, user_cas));
  const absl::Duration lifetime = certificate.body.valid_before() - context.clock.Now();
  constraints.lifetime = std::max(lifetime, absl::Seconds(1));
  if (const absl::Status added = agent.AddCertificate(key, certificate, comment, constraints);
      !added.ok()) {
    return AgentRefused(context, agent, added, constraints);
  }
  // An agent offers its keys in order, and servers count: stale ones would use up the tries. They
  // go last, so that a refusal above costs nobody a certificate that still works.
  for (const ssh::Certificate& stale : old) {
    if (stale.body.key == certificate.body.key) continue;
    if (absl::Status removed = agent.Remove(stale.Encode());
        !removed.ok() && !absl::IsNotFound(removed)) {
      return removed;
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMayWrite(const std::string& path, bool with_key,
                           const std::vector<ssh::PublicKey>& user_cas) {
  const std::string certificate_path = path + "-cert.pub";
  std::string in_the_way;
  if (FileExists(certificate_path)) {
    const absl::StatusOr<std::string> text = ReadFile(certificate_path, 1 << 20);
    const absl::StatusOr<ssh::Certificate> held =
        text.ok() ? ssh::Certificate::ParseLine(*text) : text.status();
    if (!held.ok() || !IsOfCa(*held, user_cas)) in_the_way = certificate_path;
  } else if (with_key) {
    for (const std::string& file : {path, path + ".pub"}) {
      if (FileExists(file)) in_the_way = file;
    }
  }
  if (in_the_way.empty()) return absl::OkStatus();
  return Failure(ExitCode::kLocal,
                 fmt::format("{}: exists and was not written by mayfly for this CA",
                             EscapeForTerminal(in_the_way)),
                 "name another file, or move that one away");
}

absl::Status WriteKeyAndCertificate(const Context& context, const std::string& path,
                                    const ssh::PrivateKey& key, const ssh::Certificate& certificate,
                                    const std::vector<ssh::PublicKey>& user_cas,
                                    const std::string& comment) {
  MAYFLY_RETURN_IF_ERROR(CheckMayWrite(path, /*with_key=*/true, user_cas));
  const SecretBytes text = key.SerializeFile(comment, context.random);
  MAYFLY_RETURN_IF_ERROR(
      text.Expose([&](BytesView bytes) { return WriteFileAtomically(path, AsText(bytes), 0600); }));
  MAYFLY_RETURN_IF_ERROR(
      WriteFileAtomically(path + ".pub", key.public_key().Line(comment) + "\n", 0644));
  return WriteFileAtomically(path + "-cert.pub", certificate.Line(comment) + "\n", 0644);
}

}  // namespace mayfly::client
