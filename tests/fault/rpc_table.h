// What every RPC answers to everybody. A new RPC needs a row in rpc_table.cc, or RpcTable fails.
#ifndef MAYFLY_TESTS_FAULT_RPC_TABLE_H_
#define MAYFLY_TESTS_FAULT_RPC_TABLE_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mayfly/v1/call.pb.h"
#include "ssh/private_key.h"
#include "tests/fault/mayflyd_world.h"

namespace mayfly {

// The identified callers of the table.
enum class Who {
  kUserKey,          // bob, an engineer, by his enrolled SSH key
  kUserSession,      // bob, by the key of his session
  kOperatorSession,  // alice, an operator, by the key of hers
  kHostKey,          // web1.example.com, enrolled, by its host key
  kJoinToken,        // a token that is good for t*.example.com
  kLocal,            // root or mayflyd's own user, through the Unix socket
  kIdToken,          // dora, by a new ID token each time, made for the key that the call shows
  kWorkloadToken,    // a pipeline, by a new token of its platform each time
  kWorkloadSession,  // the same, by its session: where nothing is said, as kUserSession
};
std::string NameOf(Who who);
const std::vector<Who>& Everybody();

// The parameters of one call, and the keys that sign it as possession.
struct Attempt {
  v1::CallDocument document;
  std::vector<const ssh::PrivateKey*> possession;
};

// What a row may name: everything belongs to alice, web1 or web2, never to bob.
struct Known {
  uint64_t alices_serial = 0;
  std::string alices_request_id;
  const ssh::PrivateKey* web2_key = nullptr;    // Another host's key; the caller does not hold it.
  const ssh::PrivateKey* caller_key = nullptr;  // Of whoever makes this attempt; null when local.
  // A new key each time, kept until the test ends.
  std::function<const ssh::PrivateKey*()> fresh_key;
};

using Fill = std::function<void(const Known&, Attempt&)>;

struct Row {
  std::string method;
  // True: needs no credential, takes no SignedCall, and answers the world.
  bool is_public = false;
  // Sets the parameters of a call that is in order.
  Fill fill = nullptr;
  // What each caller gets, by the code's name ("OK", "PERMISSION_DENIED" …). Whoever is not named
  // gets UNAUTHENTICATED.
  std::map<Who, std::string> answers = {};
  // The same with what belongs to another; leave it empty when the RPC takes nothing of others.
  Fill fill_with_anothers = nullptr;
  std::map<Who, std::string> answers_with_anothers = {};
};

const std::vector<Row>& RpcTable();
// What the row says of this caller; "UNAUTHENTICATED" for whom it does not name.
std::string AnswerTo(const std::map<Who, std::string>& answers, Who who);

}  // namespace mayfly

#endif  // MAYFLY_TESTS_FAULT_RPC_TABLE_H_
