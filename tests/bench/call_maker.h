// Who asks, and their signed calls, made before the clock runs: a call needs a signature or two,
// which the generator must not make while it shares the cores with the daemon.
#ifndef MAYFLY_TESTS_BENCH_CALL_MAKER_H_
#define MAYFLY_TESTS_BENCH_CALL_MAKER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "ssh/private_key.h"
#include "tests/ca/authn/test_certificates.h"

namespace mayfly::bench {

inline constexpr std::string_view kStartSession = "/mayfly.v1.Sessions/Start";
inline constexpr std::string_view kIssueUser = "/mayfly.v1.Certificates/IssueUser";

// Contents of the daemon's files; an empty one is left as it is.
struct CallersFiles {
  std::string users;
  std::string authenticators;  // Further elements of the configuration's list.
  std::string roots;           // Of client certificates: clients.pem, beside the configuration.
  std::string policy;          // A further file of the policy folder.
};

// One engineer: an enrolled key, and the session key that its login made.
struct Person {
  std::string name;
  ssh::PrivateKey enrolled;
  ssh::PrivateKey session;
};

// Whose calls they are.
enum class Callers {
  kPeople,     // Who have a session: its key signs every call, beside the key to be certified.
  kWorkloads,  // Who have client certificates: the key to be certified signs, and nobody else.
};

class CallMaker {
 public:
  // `count` people, u0, u1 …, or as many workloads.
  CallMaker(Callers callers, int count, Random& random);

  Callers callers() const { return callers_; }
  // The client certificates that connections take in turn; empty for people.
  const std::vector<authn::TestCertificate>& certificates() const { return certificates_; }
  // Workloads that say the same of themselves, by a CA of the same name.
  CallMaker Impostors() const {
    return CallMaker(callers_, static_cast<int>(certificates_.size()), random_);
  }
  // What the daemon must know of the callers.
  CallersFiles Files() const;
  // One call each that starts its session.
  std::vector<std::string> StartSessions(const std::string& ca_id) const;
  // `count` calls, each for a certificate for a key that nobody has seen before, as a login makes
  // one; signed by the new key as possession, and by a person's session key as credential. They are
  // fresh for two minutes. `keys` receives the blobs of the keys, in order.
  std::vector<std::string> Issue(const std::string& ca_id, size_t count,
                                 std::vector<std::string>* keys) const;
  // One that must be refused: its possession signature is over another document.
  std::string IssueWithWrongPossession(const std::string& ca_id) const;

 private:
  std::string IssueOne(const std::string& ca_id, size_t caller, const ssh::PrivateKey& key,
                       bool wrong_possession) const;
  const Callers callers_;
  Random& random_;
  std::vector<Person> people_;
  const authn::TestCertificate root_ = authn::MakeCa("clients");
  std::vector<authn::TestCertificate> certificates_;
};

}  // namespace mayfly::bench

#endif  // MAYFLY_TESTS_BENCH_CALL_MAKER_H_
