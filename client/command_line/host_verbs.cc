#include "client/command_line/verbs.h"
#include "client/host/host_commands.h"

namespace mayfly::client {

void AddHostVerbs(Verbs& verbs) {
  Context& context = verbs.context();
  const auto enrolling = Verbs::Storage<EnrollOptions>();
  const auto renewing = Verbs::Storage<RenewOptions>();
  CLI::App* host = verbs.Add(verbs.root(), "host", "This machine's sshd",
                             "mayfly host enroll --token-file /run/token");
  CLI::App* enroll =
      verbs.Add(*host, "enroll", "Fetch host certificates and make sshd trust the CA",
                "mayfly host enroll --token-file /run/token",
                [&context, enrolling] { return EnrollHost(context, *enrolling); });
  enroll->add_option("--from", enrolling->from, "How this host proves itself")
      ->check(CLI::IsMember({"token", "mtls", "aws", "gcp", "azure", "azure-identity", "auto"}))
      ->capture_default_str();
  Verbs::AddList(enroll, "--address", enrolling->addresses, "Without a token: the CA's HOST:PORT");
  enroll->add_option("--fingerprint", enrolling->fingerprint, "Likewise: the CA id, SHA256:...");
  enroll->add_option("--tls-cert", enrolling->tls.certificate,
                     "With mtls: client certificate, PEM");
  enroll->add_option("--tls-key", enrolling->tls.key, "With mtls: its private key, mode 0600");
  enroll->add_option("--audience", enrolling->audience,
                     "With azure-identity: the application that the token is for");
  enroll->add_option("--authenticator", enrolling->authenticator,
                     "Which one, when there are several of a kind");
  enroll->add_option("--token-file", enrolling->token_file,
                     "The join token, mode 0600; - is standard input");
  enroll->add_option("--hostname", enrolling->hostname,
                     "Default: with a token this machine's name, else as attested");
  Verbs::AddList(enroll, "--principal", enrolling->principals,
                 "Only these names of what the grant gives");
  enroll->add_option("--sshd-config", enrolling->sshd_config)->capture_default_str();
  enroll->add_option("--directory", enrolling->directory, "Where files go")->capture_default_str();
  enroll->add_option("--pid-file", enrolling->pid_file, "Of sshd")->capture_default_str();
  enroll->add_flag("--adopt", enrolling->adopt,
                   "Take over principals and CAs that are configured already");
  enroll->add_flag("!--no-reload", enrolling->reload, "Leave the reload of sshd to somebody else");
  CLI::App* renew =
      verbs.Add(*host, "renew", "Fetch new certificates and what is to be trusted now",
                "mayfly host renew --if-needed",
                [&context, renewing] { return RenewHost(context, *renewing); });
  renew->add_option("--directory", renewing->directory, "As at enrolment")->capture_default_str();
  renew->add_flag("--if-needed", renewing->if_needed,
                  "Only in the last third of a certificate's life");
  renew->add_flag("!--no-reload", renewing->reload, "Leave the reload of sshd to somebody else");
}

}  // namespace mayfly::client
