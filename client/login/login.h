// What engineers run: login, logout, status, whoami, why.
#ifndef MAYFLY_CLIENT_LOGIN_LOGIN_H_
#define MAYFLY_CLIENT_LOGIN_LOGIN_H_

#include <string>

#include "client/context.h"
#include "client/exit_code.h"
#include "client/login/ask.h"

namespace mayfly::client {

struct LoginOptions {
  std::string identity;  // File of the enrolled key; empty = find it.
  bool fresh = false;    // A new session, also when there is one.
  std::string out;       // Write key and certificate there instead of the agent.
  std::string key;       // Certify this key of the user's own.
  AskOptions ask;
};

// Each prints its result or its failure and returns the exit code.
ExitCode Login(const Context& context, const LoginOptions& options);
ExitCode Logout(const Context& context);
ExitCode Status(const Context& context);
ExitCode WhoAmI(const Context& context);
// The decision recorded under `request_id`, or when it is empty the one that `ask` would get now.
ExitCode Why(const Context& context, const std::string& request_id, const AskOptions& ask);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_LOGIN_H_
