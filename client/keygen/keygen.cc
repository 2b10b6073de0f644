#include "client/keygen/keygen.h"

#include <unistd.h>

#include "base/status.h"
#include "client/failure.h"
#include "client/keygen/keygen_commands.h"
#include "client/keygen/keygen_options.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

constexpr std::string_view kHelp =
    R"(The certificate and revocation-list part of ssh-keygen, offline

Usage: mayfly keygen -s CA_KEY -I KEY_ID [-hqU] [-n PRINCIPALS] [-V VALIDITY] [-z SERIAL]
                     [-O OPTION]... [-t ALGORITHM] KEY.pub...
       mayfly keygen -L [-E HASH] -f CERTIFICATE
       mayfly keygen -k -f KRL [-qu] [-s CA.pub|none] [-z VERSION] [-C COMMENT] [--sign KEY] FILE...
       mayfly keygen -Q -f KRL [-l] [--verify KEY.pub] [KEY.pub...]
       mayfly keygen -Q --lint -f KRL [--output json] [KEY.pub...]

  -s   Sign each KEY, into KEY-cert.pub
         -I  key ID          -n  principals, a,b,c     -h  a host certificate
         -V  +52w, -1m:+8h, 20260101:20270101, always:forever
         -z  serial; +N counts up from N               -U  the CA key is in the agent
         -O  clear, no-pty, permit-pty (and the other permissions), force-command=COMMAND,
             source-address=NETWORKS, critical:NAME[=VALUE], extension:NAME[=VALUE]
         -t  rsa-sha2-256 or rsa-sha2-512, of an RSA CA
  -L   Show certificates
  -k   Make a key revocation list; -u adds to one that is there. Each FILE (- is standard input)
       has lines:  serial: N or A-B    id: KEY_ID    hash: SHA256:...
                   a key, or key:, sha1: or sha256: and a key
         --sign    writes KRL.sig too, an SSH signature in the namespace krl.v1@mayfly
  -Q   Whether keys are revoked; exit 1 when one is
         -l        print the list     --verify  check KRL.sig first
         --lint    what the list would do to an sshd; exit 1 when that is a problem
  -q   Say nothing

The passphrase of a CA key is asked for as ssh-keygen asks, SSH_ASKPASS included; -P is not taken.
Arguments and exit statuses are ssh-keygen's (255: refused, 1: no). What else ssh-keygen does, it
still does. A CA key that a trusted Mayfly has in force is refused.
Example: mayfly keygen -s ca -I alice@laptop -n alice -V +8h id_ed25519.pub
)";

int Finish(const Context& context, const absl::StatusOr<int>& result) {
  if (result.ok()) return *result;
  context.Report(result.status());
  return kKeygenRefused;
}

int Usage(const Context& context, const absl::Status& status) {
  context.Report(WithHint(status, "see: mayfly keygen --help"));
  return kKeygenUsage;
}

// In ssh-keygen's order: -k wins over -Q, and both over -s, which then names the list's CA.
int Dispatch(const Context& context, const KeygenOptions& options) {
  if (!options.foreign.empty()) {
    return Finish(context,
                  WithHint(Unimplemented(fmt::format("{} stays ssh-keygen's: mayfly keygen does "
                                                     "certificates and revocation lists",
                                                     options.foreign)),
                           "run ssh-keygen itself, or see: mayfly keygen --help"));
  }
  if (options.ca && options.operands.empty() && !options.make_krl) {
    return Usage(context, InvalidArgument("no key is named"));
  }
  if (!options.ca && !options.operands.empty() && !options.make_krl && !options.query_krl) {
    return Usage(context, InvalidArgument("too many arguments"));
  }
  if (options.make_krl) return Finish(context, MakeKrl(context, options));
  if (options.lint) return Finish(context, LintKrl(context, options));
  if (options.query_krl) return Finish(context, QueryKrl(context, options));
  if (options.ca) return Finish(context, SignKeys(context, options));
  if (options.show) {
    const bool to_terminal = isatty(STDOUT_FILENO) == 1;
    return Finish(context, ShowCertificates(context, options, to_terminal));
  }
  return Finish(context, WithHint(Unimplemented("neither of -s, -L, -k and -Q: making keys and all "
                                                "else stays ssh-keygen's"),
                                  "run ssh-keygen itself, or see: mayfly keygen --help"));
}

}  // namespace

std::string_view KeygenHelp() { return kHelp; }

int RunKeygen(Context& context, const std::vector<std::string>& arguments) {
  if (context.config_directory.empty()) {
    context.config_directory = context.environment("MAYFLY_CONFIG");
  }
  const absl::StatusOr<KeygenOptions> options = ParseKeygenOptions(arguments);
  if (!options.ok()) return Usage(context, options.status());
  if (options->help) {
    context.out << kHelp;
    return 0;
  }
  const int exit_code = Dispatch(context, *options);
  // Nobody is told "done" whose answer did not arrive.
  context.out.flush();
  if (exit_code == 0 && !context.out) {
    context.Report(DataLoss("standard output could not be written"));
    return kKeygenRefused;
  }
  return exit_code;
}

}  // namespace mayfly::client
