#include "client/host/host_plan.h"

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/status.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

using Configuration = std::multimap<std::string, std::string>;

std::string ValueOf(const Configuration& configuration, const std::string& keyword) {
  const auto it = configuration.find(keyword);
  return it == configuration.end() ? "none" : it->second;
}

std::string DropInText(const HostPaths& paths, const std::vector<HostKey>& keys) {
  std::string text =
      "# Written by `mayfly host enroll`; `mayfly host renew` writes it again.\n"
      "# First value wins in sshd: keep this file before others that set the same.\n";
  text += fmt::format("TrustedUserCAKeys {}\n", paths.user_cas);
  text += fmt::format("RevokedKeys {}\n", paths.revoked_keys);
  text += fmt::format("AuthorizedPrincipalsFile {}/%u\n", paths.principals);
  for (const HostKey& key : keys) {
    text += fmt::format("HostCertificate {}\n", CertificatePath(key));
  }
  return text;
}

absl::Status RunReader(const std::vector<std::string>& argv, const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const SubprocessResult result, RunSubprocess(argv));
  if (result.exit_code == 0) return absl::OkStatus();
  return FailedPrecondition(fmt::format("ssh-keygen cannot read {}: {}", path,
                                        EscapeForTerminal(TrimBlanks(result.err).substr(0, 500))));
}

}  // namespace

absl::StatusOr<std::vector<HostKey>> ReadHostKeys(const Configuration& configuration) {
  std::vector<HostKey> keys;
  const auto [begin, end] = configuration.equal_range("hostkey");
  for (auto it = begin; it != end; ++it) {
    const std::string& path = it->second;
    absl::StatusOr<SecretBytes> text = ReadSecretFile(path);
    if (absl::IsNotFound(text.status())) continue;
    if (absl::IsPermissionDenied(text.status())) {
      return WithHint(text.status(), "run as root: host keys are root's");
    }
    if (!text.ok()) return text.status();
    std::string comment;
    absl::StatusOr<ssh::PrivateKey> key =
        ssh::PrivateKey::ParseFile(*text, nullptr, nullptr, &comment);
    if (!key.ok()) return Annotate(key.status(), path);
    keys.push_back({path, comment, *std::move(key)});
  }
  if (keys.empty()) {
    return Failure(ExitCode::kLocal, "sshd has no host key", "make them: ssh-keygen -A");
  }
  return keys;
}

HostPaths::HostPaths(const std::string& directory)
    : user_cas(JoinPath(directory, "mayfly/user_cas.pub")),
      revoked_keys(JoinPath(directory, "mayfly/revoked_keys")),
      principals(JoinPath(directory, "auth_principals")),
      drop_in(JoinPath(directory, "sshd_config.d/10-mayfly.conf")) {}

std::string CertificatePath(const HostKey& key) { return key.path + "-cert.pub"; }

std::vector<std::string> Conflicts(const Configuration& configuration, const HostPaths& paths) {
  std::vector<std::string> conflicts;
  const std::map<std::string, std::string> ours = {
      {"trustedusercakeys", paths.user_cas},
      {"revokedkeys", paths.revoked_keys},
      {"authorizedprincipalsfile", paths.principals + "/%u"},
      {"authorizedprincipalscommand", "none"}};
  for (const auto& [keyword, value] : ours) {
    const std::string there = ValueOf(configuration, keyword);
    if (there != "none" && there != value) {
      conflicts.push_back(fmt::format("sshd already has {} {}", keyword, EscapeForTerminal(there)));
    }
  }
  return conflicts;
}

std::vector<PlannedFile> PlanFiles(const HostPaths& paths, const HostBundle& bundle,
                                   const std::vector<HostKey>& keys,
                                   const std::vector<ssh::Certificate>& certificates,
                                   const std::vector<std::string>& logins) {
  std::vector<PlannedFile> files;
  for (size_t i = 0; i < keys.size(); ++i) {
    files.push_back({CertificatePath(keys[i]), certificates[i].Line(keys[i].comment) + "\n", 0644});
  }
  files.push_back({paths.revoked_keys, bundle.krl, 0644});
  files.push_back({paths.user_cas, bundle.user_cas, 0644});
  for (const std::string& login : logins) {
    std::string text;
    for (const std::string& principal : bundle::PrincipalsFor(bundle.principals, login)) {
      text += principal + "\n";
    }
    files.push_back({JoinPath(paths.principals, login), text, 0644});
  }
  files.push_back({paths.drop_in, DropInText(paths, keys), 0644});
  return files;
}

absl::Status CheckWithOpenSsh(const HostPaths& paths, const std::vector<HostKey>& keys) {
  for (const HostKey& key : keys) {
    const std::string certificate = CertificatePath(key);
    MAYFLY_RETURN_IF_ERROR(RunReader({"ssh-keygen", "-L", "-f", certificate}, certificate));
    // A key that is not revoked must be found not revoked: 0, not "cannot load".
    MAYFLY_RETURN_IF_ERROR(
        RunReader({"ssh-keygen", "-Q", "-f", paths.revoked_keys, certificate}, paths.revoked_keys));
  }
  return absl::OkStatus();
}

absl::Status CheckEffective(const Configuration& configuration, const HostPaths& paths,
                            const std::vector<HostKey>& keys) {
  const std::map<std::string, std::string> wanted = {
      {"trustedusercakeys", paths.user_cas},
      {"revokedkeys", paths.revoked_keys},
      {"authorizedprincipalsfile", paths.principals + "/%u"}};
  for (const auto& [keyword, value] : wanted) {
    const std::string there = ValueOf(configuration, keyword);
    if (there == value) continue;
    return Failure(
        ExitCode::kLocal,
        fmt::format("sshd still has {} {}: its configuration does not read {}, or sets the same "
                    "before it",
                    keyword, EscapeForTerminal(there), paths.drop_in),
        fmt::format("put this line first into sshd_config: Include {}",
                    paths.drop_in.substr(0, paths.drop_in.rfind('/') + 1) + "*.conf"));
  }
  std::set<std::string> certificates;
  const auto [begin, end] = configuration.equal_range("hostcertificate");
  for (auto it = begin; it != end; ++it) certificates.insert(it->second);
  for (const HostKey& key : keys) {
    if (!certificates.contains(CertificatePath(key))) {
      return Failure(ExitCode::kLocal, fmt::format("sshd does not show {}: is {} read?",
                                                   CertificatePath(key), paths.drop_in));
    }
  }
  return absl::OkStatus();
}

}  // namespace mayfly::client
