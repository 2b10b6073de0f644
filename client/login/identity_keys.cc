#include "client/login/identity_keys.h"

#include <algorithm>
#include <memory>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "client/login/socket_peer.h"
#include "fmt/format.h"
#include "ssh/agent.h"
#include "ssh/bcrypt_pbkdf.h"
#include "ssh/private_key.h"

namespace mayfly::client {
namespace {

constexpr int kPassphraseTries = 3;  // As ssh.
constexpr size_t kMaxLikely = 8;     // Each refusal is a call; nobody has more keys of their own.

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

bool IsForwarded(const Context& context, const std::string& socket) {
  const absl::StatusOr<std::string> server = ProcessBehindSocket(socket);
  if (server.ok()) return server->starts_with("sshd");
  return !context.environment("SSH_CONNECTION").empty();
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

// A forwarded agent signs for whoever is root here, without asking, unless each signature wants a
// touch: with a software key, logging in through it would teach people to let hosts speak for them.
bool MayProve(const ssh::PublicKey& key, bool forwarded) {
  return !forwarded || ssh::IsSecurityKey(key.type());
}

absl::Status ForwardedSoftwareKey() {
  return Failure(ExitCode::kNotAuthenticated,
                 "the agent is forwarded, and through a forwarded agent only a security key, which "
                 "wants a touch, proves who you are",
                 "log in on your own machine, or use a FIDO key: ssh-keygen -t ed25519-sk");
}

IdentityKey FromKey(ssh::PrivateKey parsed, const std::string& path) {
  const auto key = std::make_shared<const ssh::PrivateKey>(std::move(parsed));
  return {{key->public_key(), [key](BytesView message) { return key->Sign(message); }}, path};
}

// kFailedPrecondition when the file is encrypted.
absl::StatusOr<IdentityKey> FromPrivateFile(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes text, ReadSecretFile(path));
  const ssh::BcryptPbkdf kdf = ssh::MakeBcryptPbkdf();
  absl::StatusOr<ssh::PrivateKey> parsed = ssh::PrivateKey::ParseFile(text, nullptr, kdf);
  if (!parsed.ok()) return Annotate(parsed.status(), path);
  return FromKey(*std::move(parsed), path);
}

// Asks for the passphrase, and again after a mistake.
absl::StatusOr<IdentityKey> FromEncryptedFile(const Context& context, const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes text, ReadSecretFile(path));
  const ssh::BcryptPbkdf kdf = ssh::MakeBcryptPbkdf();
  const std::string question = fmt::format("passphrase of {}: ", EscapeForTerminal(path));
  absl::Status last;
  for (int tries = 0; tries < kPassphraseTries; ++tries) {
    const absl::StatusOr<SecretBytes> passphrase = context.ask_secret(question);
    if (absl::IsFailedPrecondition(passphrase.status())) {
      return Failure(ExitCode::kLocal,
                     fmt::format("{}: is encrypted, the agent does not hold it, and there is no "
                                 "terminal to ask for its passphrase on",
                                 EscapeForTerminal(path)),
                     fmt::format("run: ssh-add {}", EscapeForTerminal(path)));
    }
    if (!passphrase.ok()) return passphrase.status();
    absl::StatusOr<ssh::PrivateKey> parsed = ssh::PrivateKey::ParseFile(text, &*passphrase, kdf);
    if (parsed.ok()) return FromKey(*std::move(parsed), path);
    last = Annotate(parsed.status(), path);
    if (!absl::IsUnauthenticated(last)) break;
    context.Say("that is not its passphrase");
  }
  return WithExitCode(last, ExitCode::kLocal);
}

absl::StatusOr<ssh::PublicKey> ReadPublicFile(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, 64 << 10));
  absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseLine(text);
  if (!key.ok()) return Annotate(key.status(), path);
  return key;
}

std::string PrivatePath(const std::string& file) {
  constexpr std::string_view kPublic = ".pub";
  return file.ends_with(kPublic) ? file.substr(0, file.size() - kPublic.size()) : file;
}

// The key as it can be had without asking anybody.
absl::StatusOr<IdentityKey> KeyWithoutAsking(const Context& context, const std::string& path) {
  absl::StatusOr<IdentityKey> from_file = FromPrivateFile(path);
  if (from_file.ok()) return from_file;
  absl::StatusOr<ssh::PublicKey> key = ReadPublicFile(path + ".pub");
  if (!key.ok()) {
    return absl::IsNotFound(from_file.status()) ? key.status() : from_file.status();
  }
  const std::string socket = context.environment("SSH_AUTH_SOCK");
  for (const HeldKey& held : AgentKeys(socket)) {
    if (held.key != *key) continue;
    if (!MayProve(held.key, IsForwarded(context, socket))) return ForwardedSoftwareKey();
    return FromAgent(socket, *std::move(key), path + " (in the agent)");
  }
  if (!absl::IsNotFound(from_file.status())) return from_file.status();
  return Failure(ExitCode::kLocal,
                 fmt::format("{}: there is no private key beside the public one, and the agent "
                             "does not hold it",
                             EscapeForTerminal(path)),
                 fmt::format("give the agent its private key: ssh-add FILE"));
}

}  // namespace

absl::StatusOr<IdentityKey> KeyOfFile(const Context& context, const std::string& file) {
  const std::string path = PrivatePath(file);
  absl::StatusOr<IdentityKey> key = KeyWithoutAsking(context, path);
  if (key.ok() || !absl::IsFailedPrecondition(key.status())) return key;
  return FromEncryptedFile(context, path);
}

absl::StatusOr<std::vector<IdentityKey>> LikelyKeys(const Context& context) {
  std::vector<IdentityKey> keys;
  std::string encrypted;
  const auto add = [&](IdentityKey key) {
    const bool known = std::ranges::any_of(
        keys, [&](const IdentityKey& other) { return other.signer.key == key.signer.key; });
    if (!known && keys.size() < kMaxLikely) keys.push_back(std::move(key));
  };
  if (const absl::StatusOr<std::string> home = context.HomeDirectory(); home.ok()) {
    for (const char* name : {".ssh/id_ed25519", ".ssh/id_ecdsa", ".ssh/id_rsa",
                             ".ssh/id_ed25519_sk", ".ssh/id_ecdsa_sk"}) {
      const std::string path = JoinPath(*home, name);
      absl::StatusOr<IdentityKey> key = KeyWithoutAsking(context, path);
      if (key.ok()) {
        add(*std::move(key));
      } else if (absl::IsFailedPrecondition(key.status()) && encrypted.empty()) {
        encrypted = path;
      }
    }
  }
  const std::string socket = context.environment("SSH_AUTH_SOCK");
  const std::vector<HeldKey> agent_keys = AgentKeys(socket);
  const bool forwarded = !agent_keys.empty() && IsForwarded(context, socket);
  bool left_out = false;
  for (const HeldKey& held : agent_keys) {
    if (!MayProve(held.key, forwarded)) {
      left_out = true;
      continue;
    }
    add(FromAgent(socket, held.key, fmt::format("agent: {}", EscapeForTerminal(held.comment))));
  }
  if (keys.empty() && !encrypted.empty()) {
    absl::StatusOr<IdentityKey> key = FromEncryptedFile(context, encrypted);
    if (key.ok()) add(*std::move(key));
  }
  if (keys.empty() && left_out) return ForwardedSoftwareKey();
  if (keys.empty()) {
    return Failure(ExitCode::kNotAuthenticated, "you have no SSH key to log in with",
                   "make one with ssh-keygen -t ed25519, have an operator enroll its .pub, or give "
                   "--identity FILE");
  }
  return keys;
}

}  // namespace mayfly::client
