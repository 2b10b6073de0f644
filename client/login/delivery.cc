#include "client/login/delivery.h"

#include <algorithm>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"
#include "ssh/agent.h"

namespace mayfly::client {
namespace {

absl::StatusOr<ssh::Agent> Connect(const Context& context) {
  absl::StatusOr<ssh::Agent> agent = ssh::Agent::Connect(context.environment("SSH_AUTH_SOCK"));
  if (agent.ok()) return agent;
  return Failure(ExitCode::kLocal, Message(agent.status()),
                 "start one: eval \"$(ssh-agent)\", or keep the key in a file: mayfly login --out "
                 "FILE");
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
                        const std::vector<ssh::PublicKey>& user_cas, const std::string& comment) {
  MAYFLY_ASSIGN_OR_RETURN(ssh::Agent agent, Connect(context));
  // An agent offers its keys in order, and servers count: stale ones would use up the tries.
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<ssh::Certificate> ours, OursIn(agent, user_cas));
  for (const ssh::Certificate& old : ours) {
    MAYFLY_RETURN_IF_ERROR(agent.Remove(old.Encode()));
  }
  const absl::Duration lifetime = certificate.body.valid_before() - context.clock.Now();
  const absl::Status added =
      agent.AddCertificate(key, certificate, comment, std::max(lifetime, absl::Seconds(1)));
  if (added.ok()) return added;
  return Failure(ExitCode::kLocal, Message(added),
                 "some agents take no certificates; use OpenSSH's, or: mayfly login --out FILE");
}

absl::Status WriteKeyAndCertificate(const Context& context, const std::string& path,
                                    const ssh::PrivateKey& key, const ssh::Certificate& certificate,
                                    const std::vector<ssh::PublicKey>& user_cas,
                                    const std::string& comment) {
  if (FileExists(path)) {
    absl::StatusOr<std::string> beside = ReadFile(path + "-cert.pub", 1 << 20);
    absl::StatusOr<ssh::Certificate> old =
        beside.ok() ? ssh::Certificate::ParseLine(*beside) : beside.status();
    if (!old.ok() || !IsOfCa(*old, user_cas)) {
      return Failure(
          ExitCode::kLocal,
          fmt::format("{}: exists and was not written by mayfly", EscapeForTerminal(path)),
          "choose another file for --out");
    }
  }
  const SecretBytes text = key.SerializeFile(comment, context.random);
  MAYFLY_RETURN_IF_ERROR(
      text.Expose([&](BytesView bytes) { return WriteFileAtomically(path, AsText(bytes), 0600); }));
  MAYFLY_RETURN_IF_ERROR(
      WriteFileAtomically(path + ".pub", key.public_key().Line(comment) + "\n", 0644));
  return WriteFileAtomically(path + "-cert.pub", certificate.Line(comment) + "\n", 0644);
}

}  // namespace mayfly::client
