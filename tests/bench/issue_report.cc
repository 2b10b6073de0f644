#include "tests/bench/issue_report.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::bench {
namespace {

// A few digits are all that was measured.
double Rounded(double value) { return std::stod(fmt::format("{:.4g}", value)); }

// Null for what was not asked for.
nlohmann::ordered_json PhaseJson(const Phase* phase) {
  if (phase == nullptr) return nullptr;
  return {{"certificates_per_second", Rounded(phase->certificates_per_second)},
          {"p50_ms", Rounded(phase->p50_ms)},
          {"p99_ms", Rounded(phase->p99_ms)},
          {"p999_ms", Rounded(phase->p999_ms)},
          {"daemon_cpu_us_per_certificate", Rounded(phase->daemon_cpu_us)}};
}

std::string StatusesText(const std::map<int, size_t>& statuses) {
  std::string text;
  for (const auto& [status, count] : statuses) {
    if (status != 0) text += fmt::format("  {} x grpc-status {}", count, status);
  }
  return text;
}

}  // namespace

Phase PhaseOf(std::string name, const LoadResult& result, double daemon_cpu_seconds, double syncs) {
  const double count = result.ok() == 0 ? 1 : static_cast<double>(result.ok());
  return {.name = std::move(name),
          .certificates_per_second = result.per_second(),
          .p50_ms = result.PercentileMs(0.5),
          .p99_ms = result.PercentileMs(0.99),
          .p999_ms = result.PercentileMs(0.999),
          .daemon_cpu_us = daemon_cpu_seconds * 1e6 / count,
          .generator_cpu_us = result.generator_cpu_seconds * 1e6 / count,
          .syncs = syncs / count,
          .statuses = result.statuses};
}

double IssueReport::crypto_us() const {
  return 1e6 * ((proofs + 1) / signatures.best_verify() + 1 / signatures.best_sign());
}

const Phase* IssueReport::Find(const std::string& name) const {
  for (const Phase& phase : phases) {
    if (phase.name == name) return &phase;
  }
  return nullptr;
}

std::string IssueReport::Table() const {
  std::string text = fmt::format(
      "ed25519          OpenSSL {:.0f} sign/s {:.0f} verify/s, libsodium {:.0f} sign/s {:.0f} "
      "verify/s a core\n"
      "cryptography     {:.1f} us a certificate: {} and the result verified, one signature\n"
      "fdatasync        {:.0f}/s\n"
      "ready            {:.1f} ms after exec, key derivation apart\n"
      "resident memory  {:.1f} MiB idle, {:.1f} MiB after the load ({:.1f} of it anonymous), "
      "{:.1f} "
      "MiB at the end\n"
      "certificates     {} answered: each verified, each in the ledger\n\n"
      "{:<33}{:>9}{:>9}{:>9}{:>9}{:>11}{:>8}{:>10}{:>8}\n",
      signatures.openssl_sign, signatures.openssl_verify, signatures.sodium_sign,
      signatures.sodium_verify, crypto_us(), proofs == 1 ? "one proof" : "two proofs",
      fsync_per_second, ready_ms, idle_rss_mib, rss_mib, anonymous_mib, end_rss_mib, certificates,
      "load", "certs/s", "p50 ms", "p99 ms", "p99.9 ms", "daemon us", "x crypto", "client us",
      "syncs");
  for (const Phase& phase : phases) {
    text +=
        fmt::format("{:<33}{:>9.0f}{:>9.2f}{:>9.2f}{:>9.2f}{:>11.1f}{:>8.2f}{:>10.1f}{:>8.3f}{}\n",
                    phase.name, phase.certificates_per_second, phase.p50_ms, phase.p99_ms,
                    phase.p999_ms, phase.daemon_cpu_us, phase.daemon_cpu_us / crypto_us(),
                    phase.generator_cpu_us, phase.syncs, StatusesText(phase.statuses));
  }
  return text;
}

std::string IssueReport::Json() const {
  const Phase* half = Find("open loop, half");
  const nlohmann::ordered_json json = {
      {"ed25519_signatures_per_second", Rounded(signatures.openssl_sign)},
      {"crypto_us_per_certificate", Rounded(crypto_us())},
      {"in_flight_1", PhaseJson(Find("in flight 1"))},
      {"in_flight_16", PhaseJson(Find("in flight 16"))},
      {"in_flight_64", PhaseJson(Find("in flight 64"))},
      {"half_load_p99_ms",
       half == nullptr ? nlohmann::ordered_json() : nlohmann::ordered_json(Rounded(half->p99_ms))},
      {"rss_mib", Rounded(rss_mib)},
      {"ready_ms", Rounded(ready_ms)},
      {"fsync_per_second", Rounded(fsync_per_second)}};
  return json.dump(2) + "\n";
}

}  // namespace mayfly::bench
