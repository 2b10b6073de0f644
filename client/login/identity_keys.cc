#include "client/login/identity_keys.h"

#include <algorithm>
#include <memory>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"
#include "ssh/agent.h"
#include "ssh/private_key.h"

namespace mayfly::client {
namespace {

constexpr size_t kMaxLikely = 8;  // Each refusal is a call; nobody has more keys of their own.

absl::StatusOr<ssh::Signature> SignByAgent(const std::string& socket, const ssh::PublicKey& key,
                                           BytesView message) {
  MAYFLY_ASSIGN_OR_RETURN(ssh::Agent agent, ssh::Agent::Connect(socket));
  return agent.Sign(key, message);
}

IdentityKey FromAgent(const std::string& socket, ssh::PublicKey key, std::string origin) {
  ssh::SignFunction sign = [socket, key](BytesView message) {
    return SignByAgent(socket, key, message);
  };
  return {{std::move(key), std::move(sign)}, std::move(origin)};
}

struct HeldKey {
  ssh::PublicKey key;
  std::string comment;
};

// Plain keys only; an agent that is absent holds none.
std::vector<HeldKey> AgentKeys(const std::string& socket) {
  std::vector<HeldKey> keys;
  absl::StatusOr<ssh::Agent> agent = ssh::Agent::Connect(socket);
  if (!agent.ok()) return keys;
  const absl::StatusOr<std::vector<ssh::AgentIdentity>> held = agent->List();
  if (!held.ok()) return keys;
  for (const ssh::AgentIdentity& identity : *held) {
    absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseBlob(identity.blob);
    if (key.ok()) keys.push_back({*std::move(key), identity.comment});
  }
  return keys;
}

absl::StatusOr<IdentityKey> FromPrivateFile(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes text, ReadSecretFile(path));
  absl::StatusOr<ssh::PrivateKey> parsed = ssh::PrivateKey::ParseFile(text);
  if (!parsed.ok()) return Annotate(parsed.status(), path);
  const auto key = std::make_shared<const ssh::PrivateKey>(*std::move(parsed));
  return IdentityKey{{key->public_key(), [key](BytesView message) { return key->Sign(message); }},
                     path};
}

absl::StatusOr<ssh::PublicKey> ReadPublicFile(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, 64 << 10));
  absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseLine(text);
  if (!key.ok()) return Annotate(key.status(), path);
  return key;
}

}  // namespace

absl::StatusOr<IdentityKey> KeyOfFile(const Context& context, const std::string& file) {
  constexpr std::string_view kPublic = ".pub";
  const std::string private_path =
      file.ends_with(kPublic) ? file.substr(0, file.size() - kPublic.size()) : file;
  absl::StatusOr<IdentityKey> from_file = FromPrivateFile(private_path);
  if (from_file.ok()) return from_file;
  absl::StatusOr<ssh::PublicKey> key = ReadPublicFile(private_path + std::string(kPublic));
  if (!key.ok()) {
    return absl::IsNotFound(from_file.status()) ? key.status() : from_file.status();
  }
  const std::string socket = context.environment("SSH_AUTH_SOCK");
  for (const HeldKey& held : AgentKeys(socket)) {
    if (held.key == *key)
      return FromAgent(socket, *std::move(key), private_path + " (in the agent)");
  }
  return Failure(ExitCode::kLocal,
                 fmt::format("{}: cannot be read without its passphrase, and the agent does not "
                             "hold it",
                             EscapeForTerminal(private_path)),
                 fmt::format("run: ssh-add {}", EscapeForTerminal(private_path)));
}

std::vector<IdentityKey> LikelyKeys(const Context& context) {
  std::vector<IdentityKey> keys;
  const auto add = [&](IdentityKey key) {
    const bool known = std::ranges::any_of(
        keys, [&](const IdentityKey& other) { return other.signer.key == key.signer.key; });
    if (!known && keys.size() < kMaxLikely) keys.push_back(std::move(key));
  };
  if (const absl::StatusOr<std::string> home = context.HomeDirectory(); home.ok()) {
    for (const char* name : {".ssh/id_ed25519", ".ssh/id_ecdsa", ".ssh/id_rsa"}) {
      absl::StatusOr<IdentityKey> key = KeyOfFile(context, JoinPath(*home, name));
      if (key.ok()) add(*std::move(key));
    }
  }
  const std::string socket = context.environment("SSH_AUTH_SOCK");
  for (const HeldKey& held : AgentKeys(socket)) {
    add(FromAgent(socket, held.key, fmt::format("agent: {}", EscapeForTerminal(held.comment))));
  }
  return keys;
}

}  // namespace mayfly::client
