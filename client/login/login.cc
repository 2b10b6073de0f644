#include "client/login/login.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/command_line/output.h"
#include "client/failure.h"
#include "client/login/caller.h"
#include "client/login/chosen_ca.h"
#include "client/login/delivery.h"
#include "client/login/destinations.h"
#include "client/login/dry_login.h"
#include "client/login/identity_keys.h"
#include "client/login/issue.h"
#include "client/login/session_key.h"
#include "client/login/start_session.h"
#include "client/login/token_proof.h"
#include "fmt/format.h"
#include "ssh/private_key.h"

namespace mayfly::client {
namespace {

void Report(const Context& context, const Issued& issued, const std::string& where,
            const std::string& next) {
  if (context.json) {
    nlohmann::ordered_json json = CertificateJson(issued.certificate);
    json["grant"] = issued.decision.terms().grant();
    json["where"] = where;
    PrintJson(context, json);
    return;
  }
  const ssh::CertificateBody& body = issued.certificate.body;
  std::string principals;
  for (const std::string& principal : body.principals) {
    principals += (principals.empty() ? "" : ", ") + EscapeForTerminal(principal);
  }
  context.out << fmt::format(
      "certificate {} by grant {}\n  opens        {}\n  until        {} ({})\n  in           {}\n",
      body.serial.value, EscapeForTerminal(issued.decision.terms().grant()), principals,
      TimeText(body.valid_before()), Relative(body.valid_before(), context.clock.Now()), where);
  if (!context.quiet) context.Hint(next);
}

// Long enough for a login to come through: what ends sooner is as good as none.
constexpr absl::Duration kAboutToEnd = absl::Minutes(1);

absl::StatusOr<bool> HoldsValidCertificate(const Context& context,
                                           const std::vector<ssh::PublicKey>& user_cas) {
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<ssh::Certificate> held,
                          AgentCertificates(context, user_cas));
  const absl::Time now = context.clock.Now();
  return std::ranges::any_of(held, [&](const ssh::Certificate& certificate) {
    return certificate.body.valid_after() <= now &&
           now + kAboutToEnd < certificate.body.valid_before();
  });
}

// A pipeline has no agent: its certificate goes where ssh looks by itself, unless somebody else's
// key is there.
absl::StatusOr<LoginOptions> ForWorkload(const Context& context, LoginOptions options) {
  if (!HasWorkloadToken(context) || !options.out.empty() || !options.key.empty() ||
      options.if_needed || !context.environment("SSH_AUTH_SOCK").empty()) {
    return options;
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::string home, context.HomeDirectory());
  const std::string folder = JoinPath(home, ".ssh");
  MAYFLY_RETURN_IF_ERROR(MakeDirectories(folder, 0700));
  options.out = JoinPath(folder, "id_ed25519");
  return options;
}

absl::Status RunLogin(const Context& context, const LoginOptions& given) {
  MAYFLY_ASSIGN_OR_RETURN(const LoginOptions options, ForWorkload(context, given));
  if (!options.out.empty() && !options.key.empty()) {
    return Failure(ExitCode::kUsage, "--out and --key contradict each other");
  }
  MAYFLY_RETURN_IF_ERROR(CheckProof(options));
  if (options.if_needed && (!options.out.empty() || !options.key.empty() || context.local)) {
    return Failure(ExitCode::kUsage,
                   "--if-needed looks at the agent, so it goes without --out, --key and --local");
  }
  const bool into_agent = options.out.empty() && options.key.empty() && !context.local;
  if (!into_agent && (options.confirm || !options.only_to.empty())) {
    return Failure(ExitCode::kUsage,
                   "--confirm and --only-to are kept by an agent, and this login uses none");
  }
  std::vector<ssh::PublicKey> user_cas;
  ssh::AgentConstraints constraints;
  if (!context.local) {
    MAYFLY_ASSIGN_OR_RETURN(const TrustedCa trusted, ChosenCa(context));
    user_cas = trusted.user_cas;
    constraints.confirm = options.confirm;
    MAYFLY_ASSIGN_OR_RETURN(constraints.destinations,
                            ParseDestinations(options.only_to, trusted.host_cas));
  }
  if (options.if_needed) {
    MAYFLY_ASSIGN_OR_RETURN(const bool has_one, HoldsValidCertificate(context, user_cas));
    if (has_one) {
      context.Say("the agent holds a valid certificate; nothing to do");
      return absl::OkStatus();
    }
  }
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::Connect(context, options.tls));
  MAYFLY_RETURN_IF_ERROR(Authenticate(context, caller, options));

  if (!options.key.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(const IdentityKey own, KeyOfFile(context, options.key));
    std::string path = options.key;
    if (path.ends_with(".pub")) path.resize(path.size() - 4);
    MAYFLY_RETURN_IF_ERROR(CheckMayWrite(path, /*with_key=*/false, user_cas));
    path += "-cert.pub";
    MAYFLY_ASSIGN_OR_RETURN(const Issued issued,
                            IssueCertificate(context, caller, options, own.signer));
    MAYFLY_RETURN_IF_ERROR(WriteFileAtomically(
        path, issued.certificate.Line(issued.certificate.body.key_id) + "\n", 0644));
    Report(context, issued, path, "ssh finds it beside the key: ssh -i KEY HOST");
    return absl::OkStatus();
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::shared_ptr<const ssh::PrivateKey> key,
                          MakeSessionKey(context));
  if (!options.out.empty()) {
    MAYFLY_RETURN_IF_ERROR(CheckMayWrite(options.out, /*with_key=*/true, user_cas));
  }
  MAYFLY_ASSIGN_OR_RETURN(const Issued issued,
                          IssueCertificate(context, caller, options, SignerFor(key)));
  const std::string comment =
      fmt::format("{} mayfly {}", issued.certificate.body.key_id, caller.ca_name());
  if (!options.out.empty()) {
    MAYFLY_RETURN_IF_ERROR(
        WriteKeyAndCertificate(context, options.out, *key, issued.certificate, user_cas, comment));
    Report(context, issued, options.out, fmt::format("ssh -i {} HOST", options.out));
    return absl::OkStatus();
  }
  if (user_cas.empty()) {
    return Failure(ExitCode::kUsage, "--local needs --out FILE or --key FILE");
  }
  MAYFLY_RETURN_IF_ERROR(
      AddToAgent(context, *key, issued.certificate, user_cas, comment, constraints));
  if (!constraints.destinations.empty() && !context.environment("SSH_CONNECTION").empty()) {
    context.Say(
        "a forwarded agent counts destinations from the machine it runs on: from here it opens "
        "only what --only-to 'THIS-HOST>HOST' names");
  }
  Report(context, issued, "your ssh-agent", "now: ssh HOST");
  return absl::OkStatus();
}

}  // namespace

ExitCode Login(const Context& context, const LoginOptions& options) {
  if (options.dry_run) return context.Finish(DryLogin(context, options));
  return context.Finish(RunLogin(context, options));
}

}  // namespace mayfly::client
