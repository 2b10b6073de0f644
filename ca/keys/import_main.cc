// mayfly-import-key: makes a Mayfly key file of a CA key that ssh-keygen made.
#include <cstdio>
#include <string>

#include "CLI/CLI.hpp"
#include "base/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/keys/ssh_import.h"
#include "fmt/format.h"
#include "ssh/bcrypt_pbkdf.h"

namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

constexpr const char* kFooter =
    "A passphrase comes from SOURCE: prompt, file:/path, fd:NUMBER or credential:NAME.\n"
    "All of mayflyd's key files have one passphrase: give the new file that of the others.\n\n"
    "Example:\n"
    "  mayfly-import-key --role user-ca --in /etc/ssh/user_ca --out user-ca.key\n";

void Fail(std::string_view message) {
  fmt::print(stderr, "mayfly-import-key: {}\n", mayfly::EscapeForTerminal(message));
}

struct Arguments {
  mayfly::keys::ImportRequest request;
  std::string in_passphrase = "prompt";
  std::string out_passphrase = "prompt";
};

void Declare(CLI::App& app, Arguments& arguments) {
  app.name("mayfly-import-key");
  app.description(
      "Adopts a CA key made by ssh-keygen (ed25519, ecdsa, rsa from 3072 bits) as a "
      "Mayfly key file.");
  app.footer(kFooter);
  app.add_option("--role", arguments.request.role, "What the key signs: user-ca or host-ca")
      ->required()
      ->check(CLI::IsMember({"user-ca", "host-ca"}));
  app.add_option("--in", arguments.request.in, "The private key file of ssh-keygen")
      ->required()
      ->type_name("FILE");
  app.add_option("--in-passphrase", arguments.in_passphrase, "Where its passphrase comes from")
      ->type_name("SOURCE");
  app.add_option("--out", arguments.request.out, "The key file to make; must not exist")
      ->required()
      ->type_name("FILE");
  app.add_option("--passphrase", arguments.out_passphrase,
                 "Where the passphrase of the new file comes from")
      ->type_name("SOURCE");
}

absl::Status ParseSources(Arguments& arguments) {
  using mayfly::keys::PassphraseSource;
  MAYFLY_ASSIGN_OR_RETURN(
      arguments.request.in_passphrase,
      mayfly::Annotate(PassphraseSource::Parse(arguments.in_passphrase), "--in-passphrase"));
  MAYFLY_ASSIGN_OR_RETURN(
      arguments.request.out_passphrase,
      mayfly::Annotate(PassphraseSource::Parse(arguments.out_passphrase), "--passphrase"));
  return absl::OkStatus();
}

void Report(const mayfly::keys::ImportRequest& request, const mayfly::keys::KeyFileHeader& header) {
  fmt::print("{}\n", header.public_key.Fingerprint().text);
  fmt::print(
      stderr,
      "mayfly-import-key: wrote {}, adopted {}: what this key signed before is not in the "
      "ledger\n"
      "mayfly-import-key: hint: put it into mayflyd's key folder as {}.key and restart mayflyd, "
      "which publishes it to clients and hosts in its next manifest; then take {} off line\n",
      mayfly::EscapeForTerminal(request.out),
      mayfly::TimeText(absl::FromUnixSeconds(header.since_unix_s)), header.role,
      mayfly::EscapeForTerminal(request.in));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app;
  Arguments arguments;
  Declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help.
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    Fail(error.what());
    fmt::print(stderr, "mayfly-import-key: hint: mayfly-import-key --help\n");
    return kExitUsage;
  }
  if (const absl::Status sources = ParseSources(arguments); !sources.ok()) {
    Fail(mayfly::Message(sources));
    return kExitUsage;
  }
  mayfly::SystemRandom random;
  const auto header = mayfly::keys::ImportSshKey(arguments.request, mayfly::ssh::MakeBcryptPbkdf(),
                                                 mayfly::SystemClock().Now(), random);
  if (!header.ok()) {
    Fail(mayfly::Message(header.status()));
    return kExitFailure;
  }
  Report(arguments.request, *header);
  return 0;
}
