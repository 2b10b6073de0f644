#include "client/trust/trust_commands.h"

#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "client/print.h"
#include "client/rpc/ca_client.h"
#include "client/trust/bootstrap.h"
#include "client/trust/host_pattern.h"
#include "client/trust/trust_store.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace mayfly::client {
namespace {

absl::StatusOr<TrustStore> OpenStore(const Context& context) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string directory, context.ConfigDirectory());
  return TrustStore(directory);
}

nlohmann::json Describe(const TrustedCa& ca, absl::Time now) {
  nlohmann::json json = {{"name", ca.record.name},
                         {"address", ca.record.address},
                         {"ca_id", ca.record.ca_id.text},
                         {"manifest_version", std::to_string(ca.manifest.version)},
                         {"valid_until", TimeText(ca.manifest.valid_until)},
                         {"valid", now < ca.manifest.valid_until},
                         {"user_cas", nlohmann::json::array()},
                         {"host_cas", nlohmann::json::array()}};
  for (const auto& key : ca.user_cas) json["user_cas"].push_back(key.Line());
  for (const auto& key : ca.host_cas) json["host_cas"].push_back(key.Line());
  return json;
}

// A name for the CA that may become a file: the host, as far as it fits.
std::string NameFor(const std::string& address) {
  std::string name;
  for (char c : HostOf(address)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    name += c == ':' ? '-' : c;
  }
  name.resize(std::min<size_t>(name.size(), 64));
  return CheckTrustName(name).ok() ? name : "ca";
}

// An entry of that name that is another CA's is not replaced in passing: that would be how somebody
// slips in their own.
absl::StatusOr<uint64_t> VersionHeld(const TrustStore& store, const std::string& name,
                                     const ssh::Fingerprint& ca_id) {
  for (const std::string& known : store.Names()) {
    if (known != name) continue;
    const absl::StatusOr<TrustedCa> held = store.Load(name);
    if (!held.ok()) return held.status();
    if (held->record.ca_id == ca_id) return held->manifest.version;
    return Failure(
        ExitCode::kNotTrusted,
        fmt::format("\"{}\" is trusted already, as another CA: {}", name, held->record.ca_id.text),
        fmt::format("give this one another name with --name, or first run: mayfly trust "
                    "remove {}",
                    name));
  }
  return uint64_t{0};
}

}  // namespace

absl::Status TrustAdd(Context& context, const TrustAddOptions& options) {
  const auto ca_id = ssh::Fingerprint::Parse(options.fingerprint);
  if (!ca_id.ok()) {
    return Failure(ExitCode::kUsage, fmt::format("--fingerprint: {}", Message(ca_id.status())),
                   "the CA id is what `mayflyd init` printed: SHA256: and 43 characters");
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::string address, ParseAddress(options.url));
  const std::string name = options.name.empty() ? NameFor(address) : options.name;
  MAYFLY_RETURN_IF_ERROR(CheckTrustName(name));
  MAYFLY_ASSIGN_OR_RETURN(const TrustStore store, OpenStore(context));
  MAYFLY_ASSIGN_OR_RETURN(const uint64_t held, VersionHeld(store, name, *ca_id));

  const auto client = CaClient::Unverified(address, context.timeout);
  MAYFLY_ASSIGN_OR_RETURN(const TrustedCa ca,
                          FetchTrust(*client, name, address, *ca_id, context.clock.Now(), held));
  MAYFLY_RETURN_IF_ERROR(store.Save(ca.record));

  if (context.json) {
    PrintJson(context.out, Describe(ca, context.clock.Now()));
    return absl::OkStatus();
  }
  context.Say(fmt::format("trusting {} at {}, CA id {}", name, address, ca_id->text));
  context.Hint("next: mayfly login; and for the CA's hosts: mayfly ssh-config");
  return absl::OkStatus();
}

absl::Status TrustList(Context& context) {
  MAYFLY_ASSIGN_OR_RETURN(const TrustStore store, OpenStore(context));
  const absl::Time now = context.clock.Now();
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : store.Names()) {
    const auto ca = store.Load(name);
    if (!ca.ok()) {
      context.Say(Message(ca.status()));
      context.Hint(HintOf(ca.status()));
      continue;
    }
    json.push_back(Describe(*ca, now));
    rows.push_back({name, ca->record.address, ca->record.ca_id.text,
                    fmt::format("manifest {}, {}", ca->manifest.version,
                                now < ca->manifest.valid_until
                                    ? "valid for " + RoughText(ca->manifest.valid_until - now)
                                    : "expired " + RelativeText(ca->manifest.valid_until, now))});
  }
  if (context.json) {
    PrintJson(context.out, json);
    return absl::OkStatus();
  }
  if (rows.empty()) {
    context.Say("no CA is trusted yet");
    context.Hint("run: mayfly trust add HOST:PORT --fingerprint SHA256:…");
  }
  PrintTable(context.out, {"NAME", "ADDRESS", "CA ID", "STATE"}, rows);
  return absl::OkStatus();
}

absl::Status TrustRemove(Context& context, const std::string& name) {
  MAYFLY_ASSIGN_OR_RETURN(const TrustStore store, OpenStore(context));
  MAYFLY_RETURN_IF_ERROR(store.Remove(name));
  context.Say(
      fmt::format("{} is no longer trusted; its lines in known_hosts, if any, are yours to "
                  "remove",
                  name));
  return absl::OkStatus();
}

absl::Status TrustRefresh(Context& context) {
  MAYFLY_ASSIGN_OR_RETURN(const TrustStore store, OpenStore(context));
  MAYFLY_ASSIGN_OR_RETURN(const TrustedCa held, store.Choose(context.ca_name));
  const auto client = CaClient::Unverified(held.record.address, context.timeout);
  MAYFLY_ASSIGN_OR_RETURN(
      const TrustedCa fresh,
      FetchTrust(*client, held.record.name, held.record.address, held.record.ca_id,
                 context.clock.Now(), held.manifest.version));
  MAYFLY_RETURN_IF_ERROR(store.Save(fresh.record));
  if (context.json) {
    PrintJson(context.out, Describe(fresh, context.clock.Now()));
    return absl::OkStatus();
  }
  context.Say(fmt::format("{}: manifest {} (was {}), valid until {}", fresh.record.name,
                          fresh.manifest.version, held.manifest.version,
                          TimeWithRelative(fresh.manifest.valid_until, context.clock.Now())));
  return absl::OkStatus();
}

absl::Status TrustPrint(Context& context, const TrustPrintOptions& options) {
  if (options.sshd == options.known_hosts) {
    return Failure(ExitCode::kUsage, "say what to print: --sshd or --known-hosts",
                   "for servers: mayfly trust print --sshd; for clients: mayfly trust print "
                   "--known-hosts --pattern '*.example.com'");
  }
  MAYFLY_ASSIGN_OR_RETURN(const TrustStore store, OpenStore(context));
  MAYFLY_ASSIGN_OR_RETURN(const TrustedCa ca, store.Choose(context.ca_name));
  if (options.sshd) {
    for (const auto& key : ca.user_cas) {
      context.out << key.Line("mayfly user CA " + ca.record.name) << '\n';
    }
    return absl::OkStatus();
  }
  std::string patterns;
  for (const std::string& pattern : options.patterns) {
    MAYFLY_RETURN_IF_ERROR(CheckHostPattern(pattern));
    patterns += (patterns.empty() ? "" : ",") + pattern;
  }
  for (const auto& key : ca.host_cas) {
    context.out << "@cert-authority " << (patterns.empty() ? "*" : patterns) << ' '
                << key.Line("mayfly host CA " + ca.record.name) << '\n';
  }
  return absl::OkStatus();
}

}  // namespace mayfly::client
