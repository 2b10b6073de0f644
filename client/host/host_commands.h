// What hosts run: enroll once, renew ever after.
#ifndef MAYFLY_CLIENT_HOST_HOST_COMMANDS_H_
#define MAYFLY_CLIENT_HOST_HOST_COMMANDS_H_

#include <string>
#include <vector>

#include "client/context.h"
#include "client/exit_code.h"

namespace mayfly::client {

struct EnrollOptions {
  std::string token_file = "-";  // Never an argument: other users can read those.
  std::string hostname;          // Empty = this machine's own name, lower-case.
  std::vector<std::string> principals;
  std::string sshd_config = "/etc/ssh/sshd_config";
  std::string directory = "/etc/ssh";
  std::string pid_file = "/run/sshd.pid";
  bool adopt = false;  // Take over what sshd has configured already.
  bool reload = true;
};
ExitCode EnrollHost(const Context& context, const EnrollOptions& options);

struct RenewOptions {
  std::string directory = "/etc/ssh";
  bool if_needed = false;  // Only when a third of a certificate's life or less is left.
  bool reload = true;
};
ExitCode RenewHost(const Context& context, const RenewOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_HOST_COMMANDS_H_
