// What engineers run: login and logout.
#ifndef MAYFLY_CLIENT_LOGIN_LOGIN_H_
#define MAYFLY_CLIENT_LOGIN_LOGIN_H_

#include <string>
#include <vector>

#include "client/context.h"
#include "client/exit_code.h"
#include "client/login/ask.h"
#include "client/rpc/client_certificate.h"

namespace mayfly::client {

struct LoginOptions {
  std::string identity;    // File of the enrolled key; empty = find it.
  bool fresh = false;      // A new session, also when there is one.
  bool if_needed = false;  // Nothing to do while the agent holds a valid certificate of this CA.
  bool no_wait = false;    // Do not wait for approval: exit code 1 and the request's number.
  bool dry_run = false;    // Show what it would get; neither a session nor a certificate is made.
  std::string out;         // Write key and certificate there instead of the agent.
  std::string key;         // Certify this key of the user's own.
  bool confirm = false;    // The agent asks before each use.
  std::vector<std::string> only_to;  // See destinations.h.
  bool no_browser = false;           // Sign in at the provider by a code, on another device.
  ClientCertificateFiles tls;        // Log in by a client certificate of TLS.
  std::string authenticator;         // Only by this one; empty = the first that will do.
  bool remember = false;             // Keep the sign-in in the kernel's keyring.
  bool anew = false;                 // Sign in again, also when the browser is signed in already.
  AskOptions ask;
};

// Each prints its result or its failure and returns the exit code.
ExitCode Login(const Context& context, const LoginOptions& options);
ExitCode Logout(const Context& context);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_LOGIN_H_
