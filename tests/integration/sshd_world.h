// A private sshd on a loopback port, certificates for it, and the real ssh to log in with.
#ifndef MAYFLY_TESTS_INTEGRATION_SSHD_WORLD_H_
#define MAYFLY_TESTS_INTEGRATION_SSHD_WORLD_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "gtest/gtest.h"
#include "ssh/agent.h"
#include "ssh/certificate.h"
#include "ssh/krl.h"
#include "ssh/private_key.h"
#include "tests/testing/process.h"

namespace mayfly {

// A key of `type` named `name`, the same one throughout the test program: RSA is slow to make.
const ssh::PrivateKey& SharedKey(ssh::KeyType type, std::string_view name);
inline const ssh::PrivateKey& SharedKey(std::string_view name) {
  return SharedKey(ssh::KeyType::kEd25519, name);
}
// The types whose private part a program can hold.
std::vector<ssh::KeyType> SoftwareKeyTypes();

// The name of whoever runs the test: without root, sshd serves nobody else.
std::string OwnLoginName();

// A body that sshd accepts, to be spoilt or restricted: `key` for `principals`, valid for an hour
// around now, without options, under a serial of its own.
ssh::CertificateBody BodyFor(ssh::CertificateKind kind, const ssh::PrivateKey& key,
                             const std::vector<std::string>& principals, const ssh::PrivateKey& ca);
ssh::Certificate Signed(const ssh::CertificateBody& body, const ssh::PrivateKey& ca);

// A real ssh-agent, without keys.
class AgentProcess {
 public:
  explicit AgentProcess(const std::string& socket_path);
  const std::string& socket_path() const { return socket_path_; }
  ssh::Agent Connect();  // Waits until it listens.

 private:
  std::string socket_path_;
  BackgroundProcess process_;
};

struct Login {
  ProcessResult result;  // ssh's.
  std::string log;       // What sshd wrote of this login.
};

// What differs from an ordinary login.
struct LoginOptions {
  std::string command = "echo welcome";  // Run by the login shell; none when empty.
  std::vector<std::string> arguments;    // ssh's, before the host's name.
  std::map<std::string, std::string> environment;
};

// The fixture. A test adds to the configuration and then calls Start. The server trusts user_ca(),
// takes no other keys, and reads an empty revocation list.
class SshdWorld : public testing::Test {
 protected:
  SshdWorld();

  static const ssh::PrivateKey& user_ca() { return SharedKey("user-ca"); }
  static const ssh::PrivateKey& host_ca() { return SharedKey("host-ca"); }
  static const ssh::PrivateKey& subject() { return SharedKey("subject"); }
  // The name that the client knows the server by, whatever its address.
  static std::string host_name() { return "web1.demo.test"; }
  // An ed25519 certificate that sshd accepts.
  static ssh::CertificateBody UserBody();

  std::string Path(std::string_view name) const { return JoinPath(directory_.path(), name); }
  void Write(std::string_view name, std::string_view contents, mode_t mode = 0600);
  void WriteKrl(const ssh::Krl& krl);
  // One line of sshd_config. The first value of a keyword counts: this comes before our own.
  void Configure(std::string_view line);
  void Start();

  // Logs in by ssh with a key and a certificate in files.
  Login LogIn(const ssh::Certificate& certificate, const ssh::PrivateKey& key,
              const LoginOptions& options = {});
  Login LogIn(const ssh::CertificateBody& body, const LoginOptions& options = {}) {
    return LogIn(Signed(body, user_ca()), subject(), options);
  }
  // As above, but `options.arguments` say where ssh finds its keys.
  Login LogInWithoutFiles(const LoginOptions& options);

  int port() const { return port_; }
  BackgroundProcess& sshd() { return *sshd_; }
  // Waits until sshd has written `text` after the first `mark` bytes of its log.
  bool WaitForLogSince(size_t mark, std::string_view text);

 private:
  std::string Configuration() const;

  TemporaryDirectory directory_;
  std::string extra_configuration_;
  int port_ = 0;
  std::unique_ptr<BackgroundProcess> sshd_;
};

// Whether the login went through and ran `echo welcome`.
testing::AssertionResult Accepted(const Login& login);
// Whether sshd refused the login and said `reason` in its log.
testing::AssertionResult RefusedBecause(const Login& login, std::string_view reason);

}  // namespace mayfly

#endif  // MAYFLY_TESTS_INTEGRATION_SSHD_WORLD_H_
