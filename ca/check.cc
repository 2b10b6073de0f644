#include "ca/check.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <variant>

#include "base/file.h"
#include "base/status.h"
#include "ca/authenticators.h"
#include "ca/authn/users_loader.h"
#include "ca/keys/key_file.h"
#include "ca/keys/passphrase.h"
#include "ca/keys/tls_identity.h"
#include "ca/policy/policy_loader.h"
#include "ca/provider/roots.h"
#include "ca/provider/static_keys.h"
#include "ca/tellers.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "ssh/weak_key_list.h"

namespace mayfly {
namespace {

class Checker {
 public:
  Checker(const config::Config& config, absl::Time now) : config_(config), now_(now) {}

  CheckReport Run() {
    WeakKeys();
    Policies();
    for (const config::Authenticator& one : config_.authenticators) {
      Users(one);
      Tokens(one);
      if (const absl::Status status = CheckAuthenticator(one); !status.ok()) {
        Problem(Message(status));
      }
    }
    for (const char* role : {"trust", "user-ca", "host-ca"}) Key(role);
    Tls();
    Webhooks();
    Passphrase();
    return std::move(report_);
  }

 private:
  void Sound(std::string sentence) { report_.sound.push_back(std::move(sentence)); }
  void Warning(std::string sentence) { report_.warnings.push_back(std::move(sentence)); }
  void Problem(std::string sentence) { report_.problems.push_back(std::move(sentence)); }

  // mayflyd does not start with a list that it cannot read.
  void WeakKeys() {
    absl::StatusOr<ssh::WeakKeyList> list =
        ssh::WeakKeyList::Load([](const std::string& path) { return ReadFile(path); });
    if (!list.ok()) {
      Problem(fmt::format("weak keys: {}", Message(list.status())));
      return;
    }
    weak_keys_ = *std::move(list);
    if (weak_keys_.size() > 0) Sound(fmt::format("weak keys: {} are known", weak_keys_.size()));
  }

  void Policies() {
    const absl::StatusOr<std::shared_ptr<const policy::PolicySet>> set =
        policy::LoadPolicySet(config_.policies_path);
    if (!set.ok()) {
      Problem(Message(set.status()));
      return;
    }
    Sound(fmt::format("policies: {} grants, {} denials, {} operator rules", (*set)->grants().size(),
                      (*set)->denials().size(), (*set)->operators().size()));
    for (const policy::Grant& rule : (*set)->grants()) Authenticators(rule, "grant");
    for (const policy::Denial& rule : (*set)->denials()) Authenticators(rule, "denial");
    for (const policy::Operator& rule : (*set)->operators()) Authenticators(rule, "operator rule");
    for (const auto& [name, of] : not_configured_) NotConfigured(name, of);
  }

  void Webhooks() {
    const absl::StatusOr<std::vector<webhooks::Endpoint>> endpoints = ReadEndpoints(config_);
    if (!endpoints.ok()) {
      Problem(Message(endpoints.status()));
    } else if (!endpoints->empty()) {
      Sound(fmt::format("webhooks: {}", endpoints->size()));
    }
  }

  // A rule for an authenticator that does not exist is for nobody, and reads as if it were not.
  template <typename Rule>
  void Authenticators(const Rule& rule, std::string_view kind) {
    const std::set<std::string> known = Configured();
    for (const std::string& name : rule.conditions.authenticators) {
      if (known.contains(name)) continue;
      RulesOf& of = not_configured_[name];
      if (of.count++ == 0) of.first = fmt::format("{}: {} \"{}\"", rule.source, kind, rule.name);
    }
  }

  static const config::TokenAuthenticator* TokenOf(const config::Authenticator& authenticator) {
    if (const auto* oidc = std::get_if<config::OidcAuthenticator>(&authenticator.method)) {
      return oidc;
    }
    if (const auto* jwt = std::get_if<config::JwtAuthenticator>(&authenticator.method)) return jwt;
    if (const auto* gcp = std::get_if<config::GcpAuthenticator>(&authenticator.method)) {
      return &gcp->token;
    }
    const auto* azure = std::get_if<config::AzureIdentityAuthenticator>(&authenticator.method);
    return azure == nullptr ? nullptr : &azure->token;
  }

  // What stands in files; an issuer is not asked, for the daemon starts without it too.
  void Tokens(const config::Authenticator& authenticator) {
    const config::TokenAuthenticator* from = TokenOf(authenticator);
    if (from == nullptr) return;
    const absl::Status roots = from->keys.roots_path.empty()
                                   ? absl::OkStatus()
                                   : provider::ReadRoots(from->keys.roots_path).status();
    const absl::Status keys = from->keys.file.empty()
                                  ? absl::OkStatus()
                                  : provider::StaticKeys::Load(from->keys.file).status();
    for (const absl::Status& status : {roots, keys}) {
      if (!status.ok()) Problem(fmt::format("{}: {}", authenticator.name, Message(status)));
    }
    if (roots.ok() && keys.ok()) {
      Sound(fmt::format("{}: tokens of {}", authenticator.name, from->issuer));
    }
    Names(authenticator, from->username);
  }

  void Names(const config::Authenticator& authenticator, const config::Username& username) {
    if (username.unverified_email) {
      Warning(
          fmt::format("{}: unverified_email: whoever may write addresses at the provider logs "
                      "in as whomever they like; better take another claim",
                      authenticator.name));
    }
    const bool of_people = std::ranges::any_of(config_.authenticators, [&](const auto& one) {
      return one.realm == authenticator.realm &&
             (std::holds_alternative<config::OidcAuthenticator>(one.method) ||
              std::holds_alternative<config::SshKeyAuthenticator>(one.method));
    });
    if (of_people && std::holds_alternative<config::JwtAuthenticator>(authenticator.method)) {
      Warning(
          fmt::format("{}: workloads are {} in {}, a realm of people: no person can have that "
                      "name then, and grants for the realm are for workloads too",
                      authenticator.name, username.fixed, authenticator.realm));
    }
  }

  // Once a name: a set of hundreds of grants has it in many.
  struct RulesOf {
    std::string first;
    size_t count = 0;
  };
  void NotConfigured(const std::string& name, const RulesOf& of) {
    const std::string more =
        of.count == 1 ? " is" : fmt::format(" and {} more rules are", of.count - 1);
    Problem(fmt::format("{}{} for the authenticator \"{}\", which is not configured; there are: {}",
                        of.first, more, name, fmt::join(Configured(), ", ")));
  }

  std::set<std::string> Configured() const {
    std::set<std::string> known = {"local"};
    for (const config::Authenticator& one : config_.authenticators) known.insert(one.name);
    return known;
  }

  void Users(const config::Authenticator& authenticator) {
    const auto* file = std::get_if<config::SshKeyAuthenticator>(&authenticator.method);
    if (file == nullptr) return;
    const ssh::KeyLimits limits{.min_rsa_bits = config_.min_rsa_bits, .known_weak = &weak_keys_};
    const absl::StatusOr<authn::UserDirectory> users =
        authn::LoadUsersFile(file->users_path, limits);
    if (!users.ok()) {
      Problem(Message(users.status()));
      return;
    }
    Sound(fmt::format("{}: {} users for the authenticator {}", file->users_path,
                      users->users().size(), authenticator.name));
  }

  void Key(const std::string& role) {
    const std::string path = JoinPath(config_.keys_directory, role + ".key");
    const absl::StatusOr<keys::KeyFileHeader> header = keys::ReadKeyFileHeader(path);
    if (!header.ok()) {
      Problem(Message(header.status()));
    } else if (header->role != role) {
      Problem(fmt::format("{}: holds the key of the {}, not of the {}", path, header->role, role));
    } else {
      Sound(fmt::format("{}: {}", path, header->public_key.Fingerprint().text));
    }
  }

  void Tls() {
    const absl::StatusOr<SecretBytes> pem = ReadSecretFile(config_.tls_path);
    if (!pem.ok()) {
      Problem(Message(pem.status()));
      return;
    }
    const absl::Status usable = keys::CheckTlsIdentity(*pem, now_);
    if (!usable.ok()) {
      Problem(fmt::format("{}: {}", config_.tls_path, Message(usable)));
    } else {
      Sound(fmt::format("{}: key and certificate", config_.tls_path));
    }
  }

  // Only a file can be looked at without taking it from whom it is for.
  void Passphrase() {
    const absl::StatusOr<keys::PassphraseSource> source =
        keys::PassphraseSource::Parse(config_.passphrase);
    if (!source.ok()) {
      Problem("passphrase: " + Message(source.status()));
      return;
    }
    if (source->kind != keys::PassphraseSource::Kind::kFile) return;
    const absl::Status readable = keys::ReadPassphrase(*source, "", /*confirm=*/false).status();
    if (!readable.ok()) Problem("passphrase: " + Message(readable));
  }

  const config::Config& config_;
  const absl::Time now_;
  ssh::WeakKeyList weak_keys_;
  std::map<std::string, RulesOf> not_configured_;  // By authenticator.
  CheckReport report_;
};

}  // namespace

CheckReport CheckInstallation(const config::Config& config, absl::Time now) {
  return Checker(config, now).Run();
}

}  // namespace mayfly
