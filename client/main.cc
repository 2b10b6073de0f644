// mayfly: the one command of engineers, operators and hosts.
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "client/command_line/app.h"
#include "client/context.h"
#include "client/keygen/keygen.h"

int main(int argc, char** argv) {
  // gRPC 1.51 cannot be told a minimum version of TLS: one TLS 1.2 suite that nobody can negotiate
  // leaves TLS 1.3 alone.
  setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-PSK-CHACHA20-POLY1305", /*overwrite=*/1);
  const mayfly::SystemClock clock;
  mayfly::SystemRandom random;
  mayfly::client::Context context(
      clock, random,
      [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value == nullptr ? "" : value);
      },
      std::cout, std::cerr);
  // Its arguments are ssh-keygen's own: nothing else may parse them.
  if (argc > 1 && std::string_view(argv[1]) == "keygen") {
    return mayfly::client::RunKeygen(context, {argv + 2, argv + argc});
  }
  return mayfly::client::RunApp(context, argc, argv);
}
