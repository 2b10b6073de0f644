// What operators run: certificates, join tokens, policy, health.
#ifndef MAYFLY_CLIENT_OPERATOR_OPERATOR_H_
#define MAYFLY_CLIENT_OPERATOR_OPERATOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "client/context.h"
#include "client/exit_code.h"

namespace mayfly::client {

struct ListOptions {
  std::string subject;
  bool all = false;
  bool only_valid = false;
  uint32_t limit = 100;
  uint64_t before_serial = 0;
};
ExitCode ListCertificates(const Context& context, const ListOptions& options);
ExitCode ShowCertificate(const Context& context, uint64_t serial);

struct TokenOptions {
  std::string name_pattern;
  std::string authenticator;
  uint32_t uses = 1;
  std::string lifetime = "1h";
  std::vector<std::string> labels;  // "key=value"
  std::vector<std::string> networks;
  bool replaces = false;
  std::string description;
  std::string out;  // A new file, which only its owner can read; empty = standard output.
};
// Makes the secret here; the CA is told the public half. The token alone is what is written.
ExitCode CreateToken(const Context& context, const TokenOptions& options);

ExitCode ApplyPolicy(const Context& context, bool allow_widening);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_OPERATOR_OPERATOR_H_
