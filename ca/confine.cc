#include "ca/confine.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "base/status.h"
#include "ca/sandbox/sandbox.h"

namespace mayfly {
namespace {

bool IsOff(const config::Config& config) { return !config.sandbox || sandbox::HasSanitizer(); }

// The folder, because files in it are replaced, and a rule is on what a path led to.
std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// Where a link leads now, so that it may be switched to a sibling.
std::string FolderOfTarget(const std::string& path) {
  std::error_code error;
  const std::filesystem::path target = std::filesystem::canonical(path, error);
  return error ? FolderOf(path) : FolderOf(target.string());
}

sandbox::FileRules RulesFor(const config::Config& config) {
  sandbox::FileRules rules;
  // Of the system: name service, certificate authorities, time zones, shared libraries.
  rules.read = {"/etc",
                "/usr",
                "/lib",
                "/lib64",
                "/proc",
                "/sys",
                "/dev/urandom",
                "/dev/random",
                "/dev/null",
                "/run/nscd",
                "/run/systemd/resolve"};
  rules.read.push_back(config.directory);
  for (const std::string& path : {config.policies_path, config.tls_path}) {
    rules.read.push_back(FolderOf(path));
    rules.read.push_back(FolderOfTarget(path));
  }
  for (const config::Authenticator& authenticator : config.authenticators) {
    const auto* keys = std::get_if<config::SshKeyAuthenticator>(&authenticator.method);
    if (keys == nullptr) continue;
    rules.read.push_back(FolderOf(keys->users_path));
    rules.read.push_back(FolderOfTarget(keys->users_path));
  }
  for (const config::Authenticator& authenticator : config.authenticators) {
    const config::TokenAuthenticator* tokens = nullptr;
    if (const auto* oidc = std::get_if<config::OidcAuthenticator>(&authenticator.method)) {
      tokens = oidc;
    } else if (const auto* jwt = std::get_if<config::JwtAuthenticator>(&authenticator.method)) {
      tokens = jwt;
    }
    if (tokens == nullptr) continue;
    for (const std::string& path : {tokens->keys.file, tokens->keys.roots_path}) {
      if (!path.empty()) rules.read.push_back(FolderOf(path));
    }
  }
  for (const config::Webhook& webhook : config.webhooks) {
    for (const std::string& path : {webhook.secret_path, webhook.roots_path}) {
      if (!path.empty()) rules.read.push_back(FolderOf(path));
    }
  }
  rules.read_write = {config.state_directory, FolderOf(config.local_socket)};
  return rules;
}

void Tell(const char* what, const absl::Status& status, Log& log) {
  if (status.ok()) return log.Info("sandbox in force", {{"restricts", what}});
  log.Warning("sandbox not in force", {{"restricts", what}, {"cause", Message(status)}});
}

}  // namespace

void ConfineFiles(const config::Config& config, Log& log) {
  if (IsOff(config)) return log.Warning("sandbox off", {{"restricts", "files"}});
  // SQLite's temporary files, for a large sort: in the state directory, not in /tmp.
  setenv("SQLITE_TMPDIR", config.state_directory.c_str(), /*overwrite=*/1);
  Tell("files", sandbox::RestrictFiles(RulesFor(config)), log);
}

void ConfineSystemCalls(const config::Config& config, Log& log) {
  if (IsOff(config)) return log.Warning("sandbox off", {{"restricts", "system calls"}});
  getpwuid(geteuid());  // Loads the modules of the name service, which maps executable memory.
  Tell("system calls", sandbox::RestrictSystemCalls(), log);
}

}  // namespace mayfly
