#include "ca/daemon.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/free_memory.h"
#include "base/log.h"
#include "base/status.h"
#include "ca/authenticators.h"
#include "ca/authn/call_verifier.h"
#include "ca/bundle_contents.h"
#include "ca/confine.h"
#include "ca/guards.h"
#include "ca/issuance/issuer.h"
#include "ca/issuance/policy_in_force.h"
#include "ca/keys/key_ring.h"
#include "ca/keys/passphrase.h"
#include "ca/ledger/ledger.h"
#include "ca/maintenance.h"
#include "ca/policy/operators.h"
#include "ca/revocation/bundle_publisher.h"
#include "ca/server/grpc_server.h"
#include "ca/server/health.h"
#include "ca/server/server_core.h"
#include "ca/store/store.h"
#include "ca/tellers.h"
#include "ca/tls_in_force.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "ssh/weak_key_list.h"

namespace mayfly {
namespace {

constexpr absl::Duration kShutdownGrace = absl::Seconds(10);
// More than the allocator keeps free at a steady load.
constexpr size_t kFreeMemoryKept = size_t{12} << 20;

std::unique_ptr<Log> MakeLog(const config::Config& config) {
  const LogFormat format =
      config.log_format == config::LogFormat::kJson ? LogFormat::kJson : LogFormat::kText;
  switch (config.log_level) {
    case config::LogLevel::kDebug:
      return MakeStandardErrorLog(format, LogLevel::kDebug);
    case config::LogLevel::kWarning:
      return MakeStandardErrorLog(format, LogLevel::kWarning);
    case config::LogLevel::kError:
      return MakeStandardErrorLog(format, LogLevel::kError);
    case config::LogLevel::kInfo:
      break;
  }
  return MakeStandardErrorLog(format, LogLevel::kInfo);
}

// Keys are in memory: no core dump, and no other process of our user may look.
void ProtectMemory() {
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

absl::StatusOr<keys::KeyRing> OpenKeys(const config::Config& config) {
  MAYFLY_ASSIGN_OR_RETURN(const keys::PassphraseSource source,
                          keys::PassphraseSource::Parse(config.passphrase));
  MAYFLY_ASSIGN_OR_RETURN(
      const SecretBytes passphrase,
      keys::ReadPassphrase(source, "Passphrase of the CA's keys", /*confirm=*/false));
  return keys::KeyRing::Open(config.keys_directory, passphrase);
}

absl::StatusOr<std::unique_ptr<ledger::Ledger>> OpenLedger(const config::Config& config,
                                                           const Clock& clock, Random& random) {
  MAYFLY_ASSIGN_OR_RETURN(std::unique_ptr<store::Store> store,
                          store::OpenSqliteStore(JoinPath(config.state_directory, "ledger.db")));
  return ledger::Ledger::Open(std::move(store), clock, random);
}

// A key that was imported, or rotated by hand, is recorded before it signs.
absl::Status RecordKeys(const keys::KeyRing& ring, ledger::Ledger& ledger) {
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<ledger::StoredEvent> events, ledger.ActivatedCaKeys());
  const std::vector<std::pair<std::string, const keys::RingKey*>> cas = {
      {"user-ca", &ring.ca(ssh::CertificateKind::kUser)},
      {"host-ca", &ring.ca(ssh::CertificateKind::kHost)}};
  for (const auto& [role, key] : cas) {
    const std::string fingerprint = key->signer->public_key().Fingerprint().text;
    const bool known = std::ranges::any_of(events, [&](const ledger::StoredEvent& event) {
      return event.json.find(fingerprint) != std::string::npos;
    });
    if (known) continue;
    MAYFLY_RETURN_IF_ERROR(ledger.RecordNotice(
        {ledger::NoticeKind::kCaKeyActivated,
         {{"role", role},
          {"fingerprint", fingerprint},
          {"origin", key->header.origin == keys::KeyOrigin::kAdopted ? "adopted" : "made"}}}));
  }
  return absl::OkStatus();
}

// Where Debian's lists of predictable keys are installed, those keys are refused everywhere.
absl::StatusOr<ssh::WeakKeyList> LoadWeakKeys(Log& log) {
  MAYFLY_ASSIGN_OR_RETURN(
      ssh::WeakKeyList list,
      ssh::WeakKeyList::Load([](const std::string& path) { return ReadFile(path); }));
  if (list.size() > 0) log.Info("weak keys are known", {{"keys", list.size()}});
  return list;
}

sigset_t OurSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

absl::Status RunDaemon(const config::Config& config, const RunOptions& options) {
  ProtectMemory();
  // Before any thread: signals are taken by sigwait alone.
  const sigset_t signals = OurSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  const SystemClock clock;
  SystemRandom random;
  const std::unique_ptr<Log> log = MakeLog(config);
  const absl::Time before_keys = clock.Now();
  MAYFLY_ASSIGN_OR_RETURN(const keys::KeyRing ring, OpenKeys(config));
  // Nearly all of a start is deriving the keys' encryption key from the passphrase, on purpose.
  log->Info("keys opened",
            {{"derivation_ms", absl::ToInt64Milliseconds(clock.Now() - before_keys)}});
  MAYFLY_ASSIGN_OR_RETURN(const ssh::WeakKeyList weak_keys, LoadWeakKeys(*log));
  ConfineFiles(config, *log);
  MAYFLY_ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> ledger,
                          OpenLedger(config, clock, random));
  MAYFLY_ASSIGN_OR_RETURN(ClockGuard clock_guard,
                          ClockGuard::Start(*ledger, clock.Now(), options.accept_clock));
  MAYFLY_RETURN_IF_ERROR(RecordKeys(ring, *ledger));
  MAYFLY_ASSIGN_OR_RETURN(const std::unique_ptr<issuance::PolicyInForce> policy,
                          issuance::PolicyInForce::Load(config.policies_path, *ledger, *log));
  const ssh::KeyLimits key_limits{.min_rsa_bits = config.min_rsa_bits, .known_weak = &weak_keys};
  MAYFLY_ASSIGN_OR_RETURN(const std::unique_ptr<Authenticators> authenticators,
                          Authenticators::Create(config, key_limits, *ledger, clock, *log));
  authn::CallVerifier::Options verifying;
  verifying.ca_id = ring.ca_id();
  authn::CallVerifier verifier(verifying, clock, authenticators->Take());

  issuance::IssuerOptions issuing;
  issuing.backdate = config.backdate;
  issuing.key_limits = key_limits;
  issuance::Issuer issuer(
      issuing,
      {[&] { return policy->Current(); },
       [&](const ssh::PublicKey& key) { return verifier.IsCredentialKey(key); },
       [&](const model::Identity& identity, const ledger::IssuanceRecord& issuance) {
         log->Alert("break-glass", {{"subject", identity.subject.ToString()},
                                    {"grant", issuance.granted.terms.grant},
                                    {"reason", issuance.request.ask.reason},
                                    {"serial", issuance.body.serial.value}});
       }},
      *ledger, ring, clock, random);

  MAYFLY_ASSIGN_OR_RETURN(const std::unique_ptr<TlsInForce> tls,
                          TlsInForce::Open(config.tls_path, config.state_directory, clock, *log));
  revocation::BundlePublisher publisher(
      {config.bundle_valid_for, absl::Hours(1)},
      [&] { return GatherBundle(config.name, tls->copy(), ring, *ledger, *policy->Current()); },
      [&] { return ledger->NextBundleVersion(); }, *ring.trust().signer, clock);
  MAYFLY_RETURN_IF_ERROR(publisher.Publish());

  server::Health health(*log);
  server::ServerOptions serving;
  serving.ca_id = ring.ca_id();
  serving.addresses = config.addresses;
  serving.max_session = config.session_lifetime;
  serving.token_issuers = authenticators->token_issuers();
  serving.hardware_operators = authenticators->hardware_operators();
  serving.returning_hosts = authenticators->returning_hosts();
  serving.key_limits = key_limits;
  serving.limits = FitToDescriptors(config.limits, *log);
  serving.login_methods = authenticators->by_token().login_methods();
  serving.waiting_rooms = authenticators->by_token().waiting_rooms();
  server::ServerSeams seams;
  seams.bundle = [&] {
    const std::shared_ptr<const revocation::SignedBundle> bundle = publisher.Current();
    return std::make_shared<const server::PublishedBundle>(
        server::PublishedBundle{bundle->manifest, bundle->signature, bundle->parts});
  };
  seams.users = &authenticators->users();
  seams.hosts_changed = [&] { health.Set("bundle", publisher.Publish()); };
  seams.may = [&](const model::Identity& identity, policy::Permission permission,
                  const model::Fact<IpAddress>& peer, std::string* which) {
    return policy::May(*policy->Current(), identity, permission, peer, clock.Now(), which);
  };
  server::ProxiedPeers proxies(config.proxies);
  seams.caller_of = [&](const std::string& peer) { return proxies.CallerOf(peer); };
  seams.policy = [&] { return policy->Current(); };
  const auto reload_policy = [&](bool allow_widening, const std::string& why) {
    absl::StatusOr<issuance::PolicyInForce::Change> change = policy->Reload(allow_widening, why);
    if (change.ok()) health.Set("bundle", publisher.Publish());
    return change;
  };
  seams.apply_policy = [&](const model::Identity& by,
                           bool allow_widening) -> absl::StatusOr<server::AppliedPolicy> {
    MAYFLY_ASSIGN_OR_RETURN(
        const issuance::PolicyInForce::Change change,
        reload_policy(allow_widening, fmt::format("applied by {}", by.subject.ToString())));
    health.Set("policy", absl::OkStatus());
    return server::AppliedPolicy{change.hash, change.previous_hash, change.widenings};
  };
  server::ServerCore core(serving, seams, verifier, issuer, *ledger, clock, random, health, *log);

  const auto check_disk = [&] {
    absl::Status status = CheckDisk(config.state_directory, config.limits.min_free_disk_mib);
    core.gate().Set("disk", status);
    return status;
  };
  const auto check_clock = [&] {
    absl::Status status = clock_guard.Check(clock.Now());
    core.gate().Set("clock", status);
    return status;
  };
  health.Set("users", authenticators->ReportUsers(*log));
  health.Set("disk", check_disk());
  health.Set("clock", check_clock());
  core.metrics().AddGauge("mayfly_disk_free_bytes",
                          [&config] { return FreeBytes(config.state_directory).value_or(-1); });

  server::GrpcServerOptions listening;
  listening.listen = config.listen;
  listening.tls_pem = tls->copy();
  listening.local_socket = config.local_socket;
  listening.request_client_certificates = authenticators->any_mtls();
  listening.reflection = config.reflection;
  if (!config.proxies.empty()) listening.proxies = &proxies;
  MAYFLY_ASSIGN_OR_RETURN(const std::unique_ptr<server::GrpcServer> grpc,
                          server::GrpcServer::Start(listening, core, *log));
  MAYFLY_RETURN_IF_ERROR(ledger->RecordNotice({ledger::NoticeKind::kDaemonStarted, {}}));

  MAYFLY_ASSIGN_OR_RETURN(std::unique_ptr<webhooks::Sender> webhooks,
                          StartWebhooks(config, ring.ca_id(), *ledger, clock, *log));

  FreeMemory free_memory(kFreeMemoryKept);
  auto maintenance = std::make_unique<Maintenance>(
      std::vector<Maintenance::Task>{
          {"ledger", absl::Minutes(1), [&] { return ledger->FlushStrangers(); }},
          {"bundle", absl::Minutes(1), [&] { return publisher.PublishIfDue(); }},
          {"disk", absl::Seconds(1), check_disk},
          {"store", absl::Seconds(1), [&] { return ledger->StoreCondition(); }},
          {"clock", absl::Seconds(1), check_clock},
          {"memory", absl::Seconds(5),
           [&free_memory] {
             free_memory.ReturnWhenMuch();
             return absl::OkStatus();
           }},
          {"tls", absl::Seconds(2),
           [&] {
             bool renewed = false;
             absl::Status status = tls->Reload(&renewed);
             if (renewed) health.Set("bundle", publisher.Publish());
             return status;
           }},
          {"client-roots", absl::Seconds(2),
           [&] { return authenticators->ReloadClientRoots(*log, /*always=*/false); }},
          {"cloud-certificates", absl::Seconds(2),
           [&] { return authenticators->ReloadCloudCertificates(*log, /*always=*/false); }},
          {"policy-link", absl::Seconds(1),
           [&]() -> absl::
                     Status {
                       if (!policy->LinkSwitched()) return absl::OkStatus();
                       const absl::Status status =
                           reload_policy(/*allow_widening=*/true, "link switched").status();
                       health.Set("policy", status);
                       return absl::OkStatus();
                     }}},
      health);
  ConfineSystemCalls(config, *log);
  log->Info("serving", {{"addresses", fmt::format("{}", fmt::join(grpc->addresses(), " "))},
                        {"local", config.local_socket},
                        {"ca_id", ring.ca_id()}});
  sd_notify(0, "READY=1");

  for (int signal = 0; signal != SIGTERM && signal != SIGINT;) {
    sigwait(&signals, &signal);
    if (signal != SIGHUP) continue;
    sd_notify(0, "RELOADING=1");
    health.Set("policy", reload_policy(/*allow_widening=*/true, "SIGHUP").status());
    health.Set("users", authenticators->ReloadUsers(*log));
    health.Set("issuer-keys", authenticators->by_token().ReloadKeys());
    health.Set("client-roots", authenticators->ReloadClientRoots(*log, /*always=*/true));
    health.Set("cloud-certificates",
               authenticators->ReloadCloudCertificates(*log, /*always=*/true));
    sd_notify(0, "READY=1");
  }
  sd_notify(0, "STOPPING=1");
  log->Info("stopping");
  maintenance.reset();
  webhooks.reset();
  grpc->Shutdown(kShutdownGrace);
  ledger->FlushStrangers().IgnoreError();
  return ledger->RecordNotice({ledger::NoticeKind::kDaemonStopped, {}});
}

}  // namespace mayfly
