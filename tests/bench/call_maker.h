// People with sessions, and their signed calls, made before the clock runs: a call needs two
// signatures, which the generator must not make while it shares the cores with the daemon.
#ifndef MAYFLY_TESTS_BENCH_CALL_MAKER_H_
#define MAYFLY_TESTS_BENCH_CALL_MAKER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "ssh/private_key.h"

namespace mayfly::bench {

inline constexpr std::string_view kStartSession = "/mayfly.v1.Sessions/Start";
inline constexpr std::string_view kIssueUser = "/mayfly.v1.Certificates/IssueUser";

// One engineer: an enrolled key, and the session key that its login made.
struct Person {
  std::string name;
  ssh::PrivateKey enrolled;
  ssh::PrivateKey session;
};

class CallMaker {
 public:
  // `count` people, u0, u1 …
  CallMaker(int count, Random& random);

  const std::vector<Person>& people() const { return people_; }
  // The users file that enrols them.
  std::string UsersFile() const;
  // One call each that starts its session.
  std::vector<std::string> StartSessions(const std::string& ca_id) const;
  // `count` calls, each for a certificate for a key that nobody has seen before, as a login makes
  // one; signed by the session key as credential and by the new key as possession. They are fresh
  // for two minutes. `keys` receives the blobs of the keys, in order.
  std::vector<std::string> Issue(const std::string& ca_id, size_t count,
                                 std::vector<std::string>* keys) const;
  // One that must be refused: its possession signature is over another document.
  std::string IssueWithWrongPossession(const std::string& ca_id) const;

 private:
  std::string IssueOne(const std::string& ca_id, const Person& person, const ssh::PrivateKey& key,
                       bool wrong_possession) const;
  Random& random_;
  std::vector<Person> people_;
};

}  // namespace mayfly::bench

#endif  // MAYFLY_TESTS_BENCH_CALL_MAKER_H_
