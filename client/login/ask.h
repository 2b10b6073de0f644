#ifndef MAYFLY_CLIENT_LOGIN_ASK_H_
#define MAYFLY_CLIENT_LOGIN_ASK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mayfly/v1/call.pb.h"

namespace mayfly::client {

// What a user asks of a certificate, as options of the command line.
struct AskOptions {
  std::string grant;
  std::string host;
  std::vector<std::string> logins;
  std::string lifetime;
  std::vector<std::string> extensions;
  bool no_extensions = false;
  std::string force_command;
  std::vector<std::string> source_addresses;
  std::string reason;
};

// kUsage names the option.
absl::StatusOr<v1::UserAsk> ToProto(const AskOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_ASK_H_
