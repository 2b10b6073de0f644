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

// The files that an authenticator stands on, some of them empty: read again while serving.
std::vector<std::string> FilesOf(const config::Authenticator& authenticator) {
  const auto keys_of = [](const config::TokenAuthenticator& token) {
    return std::vector<std::string>{token.keys.file, token.keys.roots_path};
  };
  const auto& method = authenticator.method;
  if (const auto* ssh_key = std::get_if<config::SshKeyAuthenticator>(&method)) {
    return {ssh_key->users_path};
  }
  if (const auto* oidc = std::get_if<config::OidcAuthenticator>(&method)) return keys_of(*oidc);
  if (const auto* jwt = std::get_if<config::JwtAuthenticator>(&method)) return keys_of(*jwt);
  if (const auto* mtls = std::get_if<config::MtlsAuthenticator>(&method)) {
    return {mtls->roots_path, mtls->crl_path};
  }
  if (const auto* aws = std::get_if<config::AwsAuthenticator>(&method)) {
    return {aws->certificates_path};
  }
  if (const auto* gcp = std::get_if<config::GcpAuthenticator>(&method)) return keys_of(gcp->token);
  if (const auto* azure = std::get_if<config::AzureAuthenticator>(&method)) {
    return {azure->roots_path};
  }
  if (const auto* azure = std::get_if<config::AzureIdentityAuthenticator>(&method)) {
    return keys_of(azure->token);
  }
  return {};
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
    for (const std::string& path : FilesOf(authenticator)) {
      if (path.empty()) continue;
      rules.read.push_back(FolderOf(path));
      rules.read.push_back(FolderOfTarget(path));
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
