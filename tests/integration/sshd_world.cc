#include "tests/integration/sshd_world.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <utility>

#include "absl/time/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(15);
constexpr absl::Duration kPollInterval = absl::Milliseconds(10);
constexpr int kStartAttempts = 5;
// The last words of a session with a terminal when sshd runs without root.
constexpr const char* kNoLoginRecords = "Attempt to write login records by non-root user";

// Polls `condition` until it holds; false when it does not within kPatience.
template <typename Condition>
bool WaitUntil(const Condition& condition) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(kPollInterval);
  }
  return true;
}

Random& SharedRandom() {
  static SystemRandom random;
  return random;
}

// Absolute, as sshd wants to be called to start itself again. Users often lack sbin in their PATH.
std::string SshdPath() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(fmt::format("{}:/usr/local/sbin:/usr/sbin", path ? path : ""));
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = JoinPath(folder, "sshd");
    if (folder.starts_with('/') && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  ADD_FAILURE() << "no sshd in PATH: install openssh-server";
  return "sshd";
}

std::string KeyFile(const ssh::PrivateKey& key) {
  return key.SerializeFile("", SharedRandom()).Expose([](BytesView text) { return ToText(text); });
}

TemporaryDirectory MakeWorldDirectory() {
  absl::StatusOr<TemporaryDirectory> directory = TemporaryDirectory::Create("sshd-world");
  MAYFLY_CHECK(directory.ok());
  return *std::move(directory);
}

}  // namespace

const ssh::PrivateKey& SharedKey(ssh::KeyType type, std::string_view name) {
  static std::map<std::pair<ssh::KeyType, std::string>, ssh::PrivateKey> keys;
  const std::pair<ssh::KeyType, std::string> id(type, name);
  auto found = keys.find(id);
  if (found == keys.end()) {
    absl::StatusOr<ssh::PrivateKey> key = ssh::PrivateKey::Generate(type, SharedRandom());
    MAYFLY_CHECK(key.ok());
    found = keys.emplace(id, *std::move(key)).first;
  }
  return found->second;
}

std::vector<ssh::KeyType> SoftwareKeyTypes() {
  std::vector<ssh::KeyType> types;
  for (const ssh::KeyType type : ssh::AllKeyTypes()) {
    if (!ssh::IsSecurityKey(type) && type != ssh::KeyType::kMldsa44Ed25519) types.push_back(type);
  }
  return types;
}

std::string OwnLoginName() {
  const passwd* entry = getpwuid(geteuid());
  MAYFLY_CHECK(entry != nullptr);
  return entry->pw_name;
}

ssh::CertificateBody BodyFor(ssh::CertificateKind kind, const ssh::PrivateKey& key,
                             const std::vector<std::string>& principals,
                             const ssh::PrivateKey& ca) {
  static uint64_t last_serial = 0;
  const uint64_t now = static_cast<uint64_t>(absl::ToUnixSeconds(absl::Now()));
  ssh::CertificateBody body{
      .key = key.public_key(), .nonce = SharedRandom().Take(32), .signature_key = ca.public_key()};
  body.serial.value = ++last_serial;
  body.kind = kind;
  body.key_id = fmt::format("{}:{}", ssh::CertificateKindName(kind), last_serial);
  body.principals = principals;
  body.valid_after_unix_s = now - 1800;
  body.valid_before_unix_s = now + 1800;
  return body;
}

ssh::Certificate Signed(const ssh::CertificateBody& body, const ssh::PrivateKey& ca) {
  absl::StatusOr<ssh::Certificate> certificate = ssh::SignCertificate(body, ca.signer());
  EXPECT_TRUE(certificate.ok()) << certificate.status().ToString();
  MAYFLY_CHECK(certificate.ok());
  return *std::move(certificate);
}

AgentProcess::AgentProcess(const std::string& socket_path)
    : socket_path_(socket_path),
      process_({"ssh-agent", "-D", "-a", socket_path}, socket_path + ".log") {}

ssh::Agent AgentProcess::Connect() {
  absl::StatusOr<ssh::Agent> agent = ssh::Agent::Connect(socket_path_);
  WaitUntil([&] {
    if (!agent.ok()) agent = ssh::Agent::Connect(socket_path_);
    return agent.ok();
  });
  EXPECT_TRUE(agent.ok()) << agent.status().ToString();
  MAYFLY_CHECK(agent.ok());
  return *std::move(agent);
}

SshdWorld::SshdWorld() : directory_(MakeWorldDirectory()) {
  Write("host", KeyFile(SharedKey("host")));
  Write("user_ca.pub", user_ca().public_key().Line() + "\n");
  Write("known_hosts", fmt::format("{} {}\n", host_name(), SharedKey("host").public_key().Line()));
  WriteKrl({});
}

ssh::CertificateBody SshdWorld::UserBody() {
  return BodyFor(ssh::CertificateKind::kUser, subject(), {OwnLoginName()}, user_ca());
}

void SshdWorld::Write(std::string_view name, std::string_view contents, mode_t mode) {
  const absl::Status written = WriteFileAtomically(Path(name), contents, mode);
  ASSERT_TRUE(written.ok()) << written.ToString();
}

void SshdWorld::WriteKrl(const ssh::Krl& krl) { Write("revoked", AsText(krl.Encode())); }

void SshdWorld::Configure(std::string_view line) {
  extra_configuration_ += fmt::format("{}\n", line);
}

std::string SshdWorld::Configuration() const {
  const std::vector<std::string> lines = {
      "ListenAddress 127.0.0.1",
      fmt::format("Port {}", port_),
      fmt::format("HostKey {}", Path("host")),
      fmt::format("TrustedUserCAKeys {}", Path("user_ca.pub")),
      fmt::format("RevokedKeys {}", Path("revoked")),
      "AuthorizedKeysFile none",
      "AuthenticationMethods publickey",
      "PermitRootLogin prohibit-password",
      "UsePAM no",
      // Files below /tmp, which anybody may write to, are refused otherwise.
      "StrictModes no",
      // What stands in the home of whoever runs the tests is none of their business.
      "PermitUserRC no",
      "PrintMotd no",
      "PrintLastLog no",
      "PidFile none",
      "UseDNS no",
      "LogLevel VERBOSE",
  };
  return fmt::format("{}{}\n", extra_configuration_, fmt::join(lines, "\n"));
}

void SshdWorld::Start() {
  if (geteuid() == 0) {
    ASSERT_TRUE(MakeDirectories("/run/sshd", 0755).ok());  // Where root's sshd locks itself up.
  }
  // sshd does not take port 0, and somebody else may take the free one first.
  for (int attempt = 0; attempt < kStartAttempts; ++attempt) {
    port_ = FreePort();
    Write("sshd_config", Configuration());
    sshd_ = std::make_unique<BackgroundProcess>(
        std::vector<std::string>{SshdPath(), "-D", "-f", Path("sshd_config"), "-E",
                                 Path("sshd.log")},
        Path("sshd.log"));
    if (sshd_->WaitForLog(fmt::format("Server listening on 127.0.0.1 port {}.", port_))) return;
  }
  FAIL() << "sshd does not start:\n" << sshd_->Log();
}

bool SshdWorld::WaitForLogSince(size_t mark, std::string_view text) {
  return WaitUntil([&] { return sshd_->Log().find(text, mark) != std::string::npos; });
}

Login SshdWorld::LogIn(const ssh::Certificate& certificate, const ssh::PrivateKey& key,
                       const LoginOptions& options) {
  Write("id", KeyFile(key));
  Write("id-cert.pub", certificate.Line() + "\n");
  LoginOptions with_files = options;
  for (const char* argument : {"-oIdentitiesOnly=yes", "-i"}) {
    with_files.arguments.push_back(argument);
  }
  with_files.arguments.push_back(Path("id"));
  with_files.arguments.push_back(fmt::format("-oCertificateFile={}", Path("id-cert.pub")));
  // The first value of an option counts: a test may name an agent.
  with_files.arguments.push_back("-oIdentityAgent=none");
  return LogInWithoutFiles(with_files);
}

Login SshdWorld::LogInWithoutFiles(const LoginOptions& options) {
  std::vector<std::string> argv = {"ssh", "-F", "none", "-p", fmt::format("{}", port_)};
  argv.insert(argv.end(), options.arguments.begin(), options.arguments.end());
  for (const std::string& option : {
           std::string("BatchMode=yes"),
           std::string("StrictHostKeyChecking=yes"),
           std::string("UpdateHostKeys=no"),
           std::string("GlobalKnownHostsFile=none"),
           fmt::format("UserKnownHostsFile={}", Path("known_hosts")),
           fmt::format("HostKeyAlias={}", host_name()),
       }) {
    argv.push_back("-o" + option);
  }
  argv.push_back(fmt::format("{}@127.0.0.1", OwnLoginName()));
  if (!options.command.empty()) argv.push_back(options.command);

  const size_t mark = sshd_->Log().size();
  Login login;
  login.result = mayfly::Run(argv, {.environment = options.environment});
  // sshd's last word on a connection: what led to it stands above.
  EXPECT_TRUE(WaitUntil([&] {
    login.log = sshd_->Log().substr(mark);
    for (const char* end : {"Connection closed by", "Disconnected from", "Connection reset by",
                            "Closing connection to", "Disconnecting ", kNoLoginRecords}) {
      if (login.log.find(end) != std::string::npos) return true;
    }
    return false;
  })) << login.log;
  return login;
}

testing::AssertionResult Accepted(const Login& login) {
  const ProcessResult& result = login.result;
  if (result.exit_code == 0 && result.out == "welcome\n") return testing::AssertionSuccess();
  return testing::AssertionFailure() << "exit code " << result.exit_code << "\n"
                                     << result.out << result.err << "sshd says:\n"
                                     << login.log;
}

testing::AssertionResult RefusedBecause(const Login& login, std::string_view reason) {
  const ProcessResult& result = login.result;
  const bool refused = result.exit_code == 255 && result.out.empty() &&
                       result.err.find("Permission denied (publickey)") != std::string::npos;
  if (refused && login.log.find(reason) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << (refused ? "refused for another reason" : "not refused")
                                     << ", wanted: " << reason << "\n"
                                     << result.out << result.err << "sshd says:\n"
                                     << login.log;
}

}  // namespace mayfly
