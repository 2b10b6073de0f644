// What hosts run: enroll once, renew ever after.
#ifndef MAYFLY_CLIENT_HOST_HOST_COMMANDS_H_
#define MAYFLY_CLIENT_HOST_HOST_COMMANDS_H_

#include <string>
#include <vector>

#include "client/context.h"
#include "client/exit_code.h"
#include "client/rpc/client_certificate.h"

namespace mayfly::client {

struct EnrollOptions {
  // token, mtls, aws, gcp, azure, azure-identity, auto: how the host proves itself.
  std::string from = "token";
  std::string token_file = "-";  // Never an argument: other users can read those.
  // Without a token, which says both: where the CA is and its id. Empty = the trusted CA's.
  std::vector<std::string> addresses;
  std::string fingerprint;
  ClientCertificateFiles tls;  // Of mtls.
  std::string audience;        // Of azure-identity.
  std::string authenticator;   // Which one, when there are several of a kind.
  std::string hostname;        // Empty = with a token this machine's own name, else as attested.
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
