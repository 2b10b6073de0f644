// mayflyd: the SSH certificate authority's daemon.
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/check.h"
#include "ca/config/config.h"
#include "ca/daemon.h"
#include "ca/init/init.h"
#include "ca/keys/passphrase.h"
#include "ca/server/grpc_server.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace mayfly {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

int Fail(const absl::Status& status) {
  std::cerr << "mayflyd: " << Message(status) << "\n";
  return kExitFailure;
}

struct InitArguments {
  init::InitOptions options;
  std::vector<std::string> operators;
  std::string passphrase = "prompt";
  bool fast_passphrase = false;
};

void PrintReport(const init::InitReport& report, const init::InitOptions& options) {
  std::cout << fmt::format(
      R"(A new certificate authority is in {0}

  CA id     {1}
  user CA   {2}
  host CA   {3}
  operators {4}

The CA id is what clients and hosts know this CA by: publish it where they trust.

Next:
  1. Take {5} away from this machine, to a safe: it alone
     replaces a lost trust key. Its passphrase is that of the other keys.
  2. Start the daemon:   mayflyd run --config {0}/mayflyd.yaml
  3. On your machine:    mayfly trust add {6} --fingerprint {1}
                         mayfly login
  4. Read and change the example policies in {0}/policies.
)",
      report.directory, report.ca_id, report.user_ca, report.host_ca,
      fmt::format("{}", fmt::join(report.operators, ", ")), report.recovery_key_path,
      options.addresses.front());
}

int Init(InitArguments arguments) {
  for (const std::string& text : arguments.operators) {
    absl::StatusOr<init::FirstOperator> person = init::FirstOperator::Parse(text);
    if (!person.ok()) return Fail(person.status());
    arguments.options.operators.push_back(*std::move(person));
  }
  if (arguments.options.operators.empty()) {
    absl::StatusOr<init::FirstOperator> person = init::FirstOperator::OfInvokingUser();
    if (!person.ok()) return Fail(person.status());
    arguments.options.operators.push_back(*std::move(person));
  }
  absl::StatusOr<keys::PassphraseSource> source =
      keys::PassphraseSource::Parse(arguments.passphrase);
  if (!source.ok()) return Fail(source.status());
  absl::StatusOr<SecretBytes> passphrase =
      keys::ReadPassphrase(*source, "New passphrase for the CA's keys", /*confirm=*/true);
  if (!passphrase.ok()) return Fail(passphrase.status());
  // The daemon starts in another folder.
  if (source->kind == keys::PassphraseSource::Kind::kFile) {
    source->name = std::filesystem::absolute(source->name).string();
  }
  arguments.options.passphrase_source = source->ToString();
  if (arguments.fast_passphrase) arguments.options.cost = keys::KeyFileCost::kInteractive;
  const SystemClock clock;
  SystemRandom random;
  absl::StatusOr<init::InitReport> report =
      init::Initialize(arguments.options, *passphrase, clock, random);
  if (!report.ok()) return Fail(report.status());
  PrintReport(*report, arguments.options);
  return 0;
}

int Serve(const std::string& path, const RunOptions& options) {
  absl::StatusOr<config::Config> config = config::LoadConfigFile(path);
  if (!config.ok()) return Fail(config.status());
  const absl::Status status = RunDaemon(*config, options);
  return status.ok() ? 0 : Fail(status);
}

int Check(const std::string& path) {
  absl::StatusOr<config::Config> config = config::LoadConfigFile(path);
  if (!config.ok()) return Fail(config.status());
  const CheckReport report = CheckInstallation(*config, SystemClock().Now());
  for (const std::string& sentence : report.sound) std::cout << sentence << "\n";
  for (const std::string& sentence : report.problems) std::cerr << "mayflyd: " << sentence << "\n";
  for (const std::string& sentence : report.warnings) {
    std::cerr << "mayflyd: warning: " << sentence << "\n";
  }
  if (!report.problems.empty()) return kExitFailure;
  std::cout << path << ": all of it is sound" << (report.warnings.empty() ? "" : ", with warnings")
            << "\n";
  return 0;
}

int Main(int argc, char** argv) {
  CLI::App app{"mayflyd, the Mayfly SSH certificate authority", "mayflyd"};
  app.set_version_flag("--version", "mayflyd 0.1.0");
  app.require_subcommand(1);
  app.footer(
      "Example: mayflyd init --name Example --address ca.example.com --directory /etc/mayfly");

  InitArguments init_arguments;
  init_arguments.options.directory = "/etc/mayfly";
  init_arguments.options.name = "Mayfly";
  CLI::App* init = app.add_subcommand("init", "Make a new CA: keys, configuration, policies");
  init->add_option("--directory", init_arguments.options.directory, "Where; must not exist yet")
      ->capture_default_str();
  init->add_option("--name", init_arguments.options.name, "What people call this CA")
      ->capture_default_str();
  init->add_option("--address", init_arguments.options.addresses,
                   "HOST[:PORT] where clients and hosts reach it; repeat for several")
      ->required();
  init->add_option("--listen", init_arguments.options.listen,
                   "IP:PORT to listen on; default: every address of this machine");
  init->add_option("--operator", init_arguments.operators,
                   "USER=PUBKEYFILE; repeat for several; default: you, by your SSH key");
  init->add_option(
          "--passphrase", init_arguments.passphrase,
          "Where the keys' passphrase comes from: prompt, file:PATH, fd:N, credential:NAME")
      ->capture_default_str();
  init->add_flag("--fast-passphrase", init_arguments.fast_passphrase,
                 "Derive keys with less memory and time: for tries and tests");
  init->footer(
      "Example: mayflyd init --name Example --address ca.example.com:7443 "
      "--operator alice=alice.pub --directory /etc/mayfly");

  std::string run_config = "/etc/mayfly/mayflyd.yaml";
  CLI::App* run = app.add_subcommand("run", "Serve until SIGTERM; SIGHUP reads policies and users");
  run->add_option("--config", run_config, "The configuration file")->capture_default_str();
  RunOptions run_options;
  run->add_flag("--accept-clock", run_options.accept_clock,
                "The clock is right now: it was ahead when the last records were made");
  run->footer("Example: mayflyd run --config /etc/mayfly/mayflyd.yaml");
  std::string check_config = "/etc/mayfly/mayflyd.yaml";
  CLI::App* check =
      app.add_subcommand("check", "Read all that the configuration names, and say what is wrong");
  check->add_option("--config", check_config, "The configuration file")->capture_default_str();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? 0 : kExitUsage;
  }
  if (*init) return Init(std::move(init_arguments));
  if (*run) return Serve(run_config, run_options);
  return Check(check_config);
}

}  // namespace
}  // namespace mayfly

int main(int argc, char** argv) {
  mayfly::server::RequireTls13();
  // Debian builds Abseil with its search for cycles among gRPC's locks, under a lock of its own.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return mayfly::Main(argc, argv);
}
