#include "client/host/host_commands.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/command_line/output.h"
#include "client/failure.h"
#include "client/host/host_bundle.h"
#include "client/host/host_calls.h"
#include "client/host/host_plan.h"
#include "client/host/host_state.h"
#include "client/host/install.h"
#include "client/host/introduction.h"
#include "client/host/sshd.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

using Configuration = std::multimap<std::string, std::string>;

absl::Status CheckMayTakeOver(const Context& context, const Configuration& configuration,
                              const HostPaths& paths, bool adopt) {
  const std::vector<std::string> conflicts = Conflicts(configuration, paths);
  for (const std::string& conflict : conflicts) context.Say(conflict);
  if (conflicts.empty() || adopt) return absl::OkStatus();
  return Failure(ExitCode::kLocal,
                 "this sshd already decides by certificates or principals of its own",
                 "look at the lines above; to put Mayfly's in their place, add --adopt");
}

void Report(const Context& context, const HostAnswer& answer, const Installation& installation) {
  const absl::Time now = context.clock.Now();
  if (context.json) {
    nlohmann::ordered_json json = {{"subject", answer.subject},
                                   {"labels", answer.labels},
                                   {"certificates", nlohmann::ordered_json::array()},
                                   {"changed", installation.changed},
                                   {"reloaded", installation.reloaded}};
    for (const ssh::Certificate& certificate : answer.certificates) {
      json["certificates"].push_back(CertificateJson(certificate));
    }
    PrintJson(context, json);
    return;
  }
  context.out << fmt::format("{}\n", EscapeForTerminal(answer.subject));
  for (const ssh::Certificate& certificate : answer.certificates) {
    std::string names;
    for (const std::string& name : certificate.body.principals) {
      names += (names.empty() ? "" : ", ") + EscapeForTerminal(name);
    }
    context.out << fmt::format("  certificate  {} for {} ({}), ends {}\n",
                               certificate.body.serial.value, names,
                               ssh::KeyTypeShortName(certificate.body.key.type()),
                               Relative(certificate.body.valid_before(), now));
  }
  for (const std::string& path : installation.changed) {
    context.out << fmt::format("  wrote        {}\n", path);
  }
  context.out << fmt::format("  sshd         {}\n", installation.reloaded.empty()
                                                        ? "is not running; it will read them"
                                                        : installation.reloaded);
}

// The rest of both commands: the bundle, the files, sshd.
absl::Status Finish(const Context& context, const ReachedCa& ca, const HostAnswer& answer,
                    const std::vector<HostKey>& keys, const std::string& directory,
                    const Sshd& sshd, HostState state) {
  MAYFLY_ASSIGN_OR_RETURN(const ssh::Fingerprint ca_id, ssh::Fingerprint::Parse(state.ca_id));
  // After the call: an enrolment may have brought a principals map for this host's labels.
  MAYFLY_ASSIGN_OR_RETURN(const HostBundle bundle,
                          FetchHostBundle(*ca.unverified, ca_id, answer.labels,
                                          state.bundle_version, context.clock.Now()));
  state.labels = answer.labels;
  state.tls_pins = bundle.tls_pins;
  state.bundle_version = bundle.manifest.version;
  MAYFLY_ASSIGN_OR_RETURN(
      const Installation installation,
      Install(sshd, HostPaths(directory), bundle, keys, answer.certificates, directory, state));
  Report(context, answer, installation);
  return absl::OkStatus();
}

// sshd reads absolute paths only, and a renewal starts in another folder.
EnrollOptions WithAbsolutePaths(EnrollOptions options) {
  for (std::string* path : {&options.sshd_config, &options.directory, &options.pid_file}) {
    *path = std::filesystem::absolute(*path).lexically_normal().string();
  }
  return options;
}

absl::Status RunEnroll(const Context& context, const EnrollOptions& given) {
  const EnrollOptions options = WithAbsolutePaths(given);
  const Sshd sshd(options.sshd_config, options.pid_file, options.reload);
  MAYFLY_ASSIGN_OR_RETURN(const Configuration configuration, sshd.EffectiveConfiguration());
  MAYFLY_RETURN_IF_ERROR(
      CheckMayTakeOver(context, configuration, HostPaths(options.directory), options.adopt));
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<HostKey> keys, ReadHostKeys(configuration));
  MAYFLY_ASSIGN_OR_RETURN(const Introduction introduction, Introduce(context, options, keys));
  MAYFLY_ASSIGN_OR_RETURN(const ReachedCa ca,
                          ReachCa(introduction.addresses, introduction.ca_id, 0,
                                  context.clock.Now(), context.timeout, options.tls));
  MAYFLY_ASSIGN_OR_RETURN(
      const HostAnswer answer,
      CallEnroll(*ca.pinned, {introduction.ca_id.text, introduction.hostname, options.principals},
                 keys, introduction.credential, context.clock, context.random));
  MAYFLY_ASSIGN_OR_RETURN(const model::Subject subject, model::Subject::Parse(answer.subject));
  HostState state;
  state.addresses = introduction.addresses;
  state.ca_id = introduction.ca_id.text;
  state.hostname = subject.name;
  state.principals = options.principals;
  state.sshd_config = options.sshd_config;
  state.pid_file = options.pid_file;
  return Finish(context, ca, answer, keys, options.directory, sshd, std::move(state));
}

absl::StatusOr<HostState> ReadState(const std::string& directory) {
  const std::string path = HostStatePath(directory);
  absl::StatusOr<std::string> text = ReadFile(path, 1 << 20);
  if (absl::IsNotFound(text.status())) {
    return Failure(ExitCode::kLocal, fmt::format("{}: this host is not enrolled", path),
                   "run: mayfly host enroll --token-file FILE");
  }
  if (!text.ok()) return text.status();
  return Annotate(HostState::FromJson(*text), path);
}

// A certificate that is missing or unreadable needs renewal as much as one that ends.
bool NeedsRenewal(const HostKey& key, absl::Time now) {
  absl::StatusOr<std::string> text = ReadFile(CertificatePath(key), 1 << 20);
  if (!text.ok()) return true;
  absl::StatusOr<ssh::Certificate> certificate = ssh::Certificate::ParseLine(TrimBlanks(*text));
  if (!certificate.ok() || certificate->body.key != key.key.public_key()) return true;
  const absl::Time begin = certificate->body.valid_after();
  const absl::Time end = certificate->body.valid_before();
  return now > begin + (end - begin) * 2 / 3;
}

absl::Status RunRenew(const Context& context, const RenewOptions& options) {
  const std::string directory = std::filesystem::absolute(options.directory).string();
  MAYFLY_ASSIGN_OR_RETURN(const HostState state, ReadState(directory));
  const Sshd sshd(state.sshd_config, state.pid_file, options.reload);
  MAYFLY_ASSIGN_OR_RETURN(const Configuration configuration, sshd.EffectiveConfiguration());
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<HostKey> keys, ReadHostKeys(configuration));
  const absl::Time now = context.clock.Now();
  if (options.if_needed &&
      std::ranges::none_of(keys, [&](const HostKey& key) { return NeedsRenewal(key, now); })) {
    context.Say("every certificate has more than a third of its life left: nothing to do");
    return absl::OkStatus();
  }
  MAYFLY_ASSIGN_OR_RETURN(const ssh::Fingerprint ca_id, ssh::Fingerprint::Parse(state.ca_id));
  MAYFLY_ASSIGN_OR_RETURN(const ReachedCa ca, ReachCa(state.addresses, ca_id, state.bundle_version,
                                                      now, context.timeout));
  MAYFLY_ASSIGN_OR_RETURN(const HostAnswer answer,
                          CallRenew(*ca.pinned, {state.ca_id, state.hostname, state.principals},
                                    keys, context.clock, context.random));
  return Finish(context, ca, answer, keys, directory, sshd, state);
}

ExitCode Exit(const Context& context, const absl::Status& status) { return context.Finish(status); }

}  // namespace

ExitCode EnrollHost(const Context& context, const EnrollOptions& options) {
  return Exit(context, RunEnroll(context, options));
}
ExitCode RenewHost(const Context& context, const RenewOptions& options) {
  return Exit(context, RunRenew(context, options));
}

}  // namespace mayfly::client
