// What operators do about people: enrol, import, remove, list, release a name.
#ifndef MAYFLY_CLIENT_OPERATOR_USERS_H_
#define MAYFLY_CLIENT_OPERATOR_USERS_H_

#include <string>
#include <vector>

#include "client/context.h"
#include "client/exit_code.h"

namespace mayfly::client {

struct UsersOptions {
  std::string name;               // Of add, remove and release.
  std::string file;               // Of import: authorized_keys, or - for standard input.
  std::vector<std::string> keys;  // Of add: public key files.
  std::vector<std::string> groups;
  std::string authenticator;     // Empty = the first that takes SSH keys.
  std::string realm = "people";  // Of release.
  bool dry_run = false;
};

// Each prints its result or its failure and returns the exit code.
ExitCode AddUser(const Context& context, const UsersOptions& options);
// All lines or none: every line that is wrong is said, and then nothing is sent.
ExitCode ImportUsers(const Context& context, const UsersOptions& options);
ExitCode RemoveUser(const Context& context, const UsersOptions& options);
ExitCode ListUsers(const Context& context);
ExitCode ReleaseUser(const Context& context, const UsersOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_OPERATOR_USERS_H_
