// A team's authorized_keys file as a list of users: whoever has a line in it today enrols with that
// key, and by it gets a first certificate.
#ifndef MAYFLY_CLIENT_OPERATOR_AUTHORIZED_KEYS_H_
#define MAYFLY_CLIENT_OPERATOR_AUTHORIZED_KEYS_H_

#include <string>
#include <string_view>
#include <vector>

#include "ssh/public_key.h"

namespace mayfly::client {

inline constexpr size_t kMaxAuthorizedKeys = 1 << 20;

struct ImportedUser {
  std::string name;
  std::vector<ssh::PublicKey> keys;
  int line = 0;  // Of the first key, from 1.
};

// What is wrong with one line. The message is escaped for a terminal.
struct LineProblem {
  int line = 0;
  std::string message;
};

struct ImportedTeam {
  std::vector<ImportedUser> users;    // In the order of the file.
  std::vector<LineProblem> problems;  // None: all of it can be enrolled.
};

// Reads every line: empty ones and comments are passed over; a key's comment names its user, up to
// an @ ("alice@laptop" is alice), and several keys of one name are that user's. Problems: options
// (from=, command= … are policy's business), certificates, a key twice, weak keys, a comment that
// is no name, system accounts. Never fails; a file over kMaxAuthorizedKeys is one problem.
ImportedTeam ParseAuthorizedKeys(std::string_view text, const ssh::KeyLimits& limits);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_OPERATOR_AUTHORIZED_KEYS_H_
