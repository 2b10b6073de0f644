#include "client/keygen/ca_key.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "client/keygen/key_files.h"
#include "client/keygen/passphrase.h"
#include "client/trust/trust_store.h"
#include "fmt/format.h"
#include "ssh/agent.h"
#include "ssh/bcrypt_pbkdf.h"
#include "ssh/private_key.h"

namespace mayfly::client {
namespace {

constexpr std::string_view kRsaSha256 = "rsa-sha2-256";
constexpr std::string_view kRsaSha512 = "rsa-sha2-512";

// -t: ssh-keygen's names for the CA key's type, or for how an RSA key signs.
absl::Status CheckAlgorithm(const ssh::PublicKey& key, const std::string& algorithm) {
  const bool is_rsa = key.type() == ssh::KeyType::kRsa;
  if (is_rsa && (algorithm == kRsaSha256 || algorithm == kRsaSha512 || algorithm == "rsa")) {
    return absl::OkStatus();
  }
  if (is_rsa && algorithm == "ssh-rsa") {
    return InvalidArgument("-t ssh-rsa would sign with SHA-1, which no sshd accepts any more");
  }
  const std::string_view name = ssh::KeyTypeName(key.type());
  if (!is_rsa && (algorithm == name || algorithm == ssh::KeyTypeShortName(key.type()) ||
                  (algorithm == "ecdsa" && name.starts_with("ecdsa-")))) {
    return absl::OkStatus();
  }
  return InvalidArgument(fmt::format("-t {} does not fit the CA key, which is {}",
                                     EscapeForTerminal(algorithm.substr(0, 64)), name));
}

absl::StatusOr<CaKey> FromAgent(const Context& context, const std::string& path,
                                const std::string& algorithm) {
  MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey key, LoadPlainPublic(path, "CA public key"));
  if (algorithm == kRsaSha256) {
    return InvalidArgument("an agent is asked for rsa-sha2-512 only; leave -t out");
  }
  MAYFLY_ASSIGN_OR_RETURN(ssh::Agent connected,
                          ssh::Agent::Connect(context.environment("SSH_AUTH_SOCK")));
  const auto agent = std::make_shared<ssh::Agent>(std::move(connected));
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<ssh::AgentIdentity> held, agent->List());
  if (std::none_of(held.begin(), held.end(), [&](const ssh::AgentIdentity& identity) {
        return Equal(identity.blob, key.blob());
      })) {
    return FailedPrecondition(
        fmt::format("the agent does not hold the CA key {}", EscapeForTerminal(path)));
  }
  ssh::SignFunction sign = [agent, key](BytesView message) { return agent->Sign(key, message); };
  return CaKey{std::move(key), std::move(sign)};
}

absl::StatusOr<std::shared_ptr<const ssh::PrivateKey>> ReadPrivate(const Context& context,
                                                                   const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes text, ReadSecretFile(path));
  const ssh::BcryptPbkdf kdf = ssh::MakeBcryptPbkdf();
  absl::StatusOr<ssh::PrivateKey> parsed = ssh::PrivateKey::ParseFile(text, nullptr, kdf);
  if (absl::IsFailedPrecondition(parsed.status())) {
    MAYFLY_ASSIGN_OR_RETURN(const SecretBytes passphrase,
                            Annotate(AskPassphrase(context), EscapeForTerminal(path)));
    // A wrong answer is final, as ssh-keygen's callers expect.
    parsed = ssh::PrivateKey::ParseFile(text, &passphrase, kdf);
  }
  if (!parsed.ok()) return Annotate(parsed.status(), EscapeForTerminal(path));
  return std::make_shared<const ssh::PrivateKey>(*std::move(parsed));
}

absl::StatusOr<CaKey> FromFile(const Context& context, const std::string& path,
                               const std::string& algorithm) {
  MAYFLY_ASSIGN_OR_RETURN(const auto key, ReadPrivate(context, path));
  if (algorithm == kRsaSha256) {
    return CaKey{key->public_key(),
                 [key = key](BytesView message) { return key->SignRsaSha256(message); }};
  }
  return CaKey{key->public_key(), [key = key](BytesView message) { return key->Sign(message); }};
}

bool Lists(const std::vector<ssh::PublicKey>& keys, const ssh::PublicKey& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

absl::StatusOr<CaKey> LoadPrivateFile(const Context& context, const std::string& path) {
  return FromFile(context, path, /*algorithm=*/"");
}

absl::Status CheckNotInForce(const Context& context, const ssh::PublicKey& key) {
  const absl::StatusOr<std::string> directory = context.ConfigDirectory();
  if (!directory.ok()) return absl::OkStatus();  // Without a home nobody trusts anything.
  const TrustStore store(*directory);
  for (const std::string& name : store.Names()) {
    const absl::StatusOr<TrustedCa> trusted = store.Load(name);
    if (!trusted.ok()) {
      return WithHint(
          FailedPrecondition(fmt::format("whether this CA key is in force cannot be told: {}",
                                         Message(trusted.status()))),
          fmt::format("mayfly trust remove {}, and trust it again", name));
    }
    const bool user = Lists(trusted->user_cas, key);
    if (!user && !Lists(trusted->host_cas, key)) continue;
    return WithHint(
        FailedPrecondition(fmt::format(
            "{} is a {} CA in force of the Mayfly CA '{}': what it signs must be in the ledger",
            key.Fingerprint().text, user ? "user" : "host", name)),
        user ? "ask for a certificate: mayfly login" : "ask for one: mayfly host enroll");
  }
  return absl::OkStatus();
}

absl::StatusOr<CaKey> LoadCaKey(const Context& context, const KeygenOptions& options) {
  const std::string path = ExpandTilde(context, *options.ca);
  const std::string algorithm = options.algorithm.value_or("");
  MAYFLY_ASSIGN_OR_RETURN(CaKey ca, options.agent ? FromAgent(context, path, algorithm)
                                                  : FromFile(context, path, algorithm));
  if (!algorithm.empty()) MAYFLY_RETURN_IF_ERROR(CheckAlgorithm(ca.key, algorithm));
  MAYFLY_RETURN_IF_ERROR(CheckNotInForce(context, ca.key));
  return ca;
}

}  // namespace mayfly::client
