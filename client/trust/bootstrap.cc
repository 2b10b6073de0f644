#include "client/trust/bootstrap.h"

#include <charconv>

#include "base/network.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"
#include "ssh/sshsig.h"

namespace mayfly::client {
namespace {

constexpr std::string_view kDefaultPort = "7443";
constexpr size_t kMaxAddress = 300;

absl::Status NotAnAddress(std::string_view url) {
  return Failure(ExitCode::kUsage,
                 fmt::format("\"{}\" is not the address of a CA",
                             EscapeForTerminal(url.substr(0, kMaxAddress))),
                 "write https://HOST:PORT or HOST:PORT; an IPv6 address in brackets");
}

bool IsPort(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool IsHost(std::string_view host) {
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return false;
    return IpAddress::Parse(host.substr(1, host.size() - 2)).ok();
  }
  if (host.empty() || host.size() > 253 || host.front() == '-') return false;
  for (const char c : host) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '-' || c == '_';
    if (!fits) return false;
  }
  return true;
}

// A fault in what was fetched, with what it means.
absl::Status Distrust(const absl::Status& status, const std::string& address,
                      const ssh::Fingerprint& ca_id) {
  const absl::Status named =
      WithExitCode(Annotate(status, "the CA at " + address), ExitCode::kNotTrusted);
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return WithHint(
          named,
          "nothing was changed; either the CA was set back to an old state, or somebody "
          "replays an old manifest: ask your administrator");
    case absl::StatusCode::kFailedPrecondition:
      return WithHint(named, "check the clock of this machine, and that mayflyd is running well");
    default:
      return WithHint(named,
                      fmt::format("expected the CA {}; either that fingerprint is another CA's, or "
                                  "somebody is between you and the CA: nothing was trusted",
                                  ca_id.text));
  }
}

absl::StatusOr<std::string> FetchPart(CaClient& ca, const bundle::Manifest& manifest,
                                      bundle::PartKind kind) {
  const bundle::Part& part = manifest.part(kind);
  MAYFLY_ASSIGN_OR_RETURN(v1::GetPartResponse answer, ca.GetPart(part.sha256));
  MAYFLY_RETURN_IF_ERROR(
      WithExitCode(bundle::CheckPart(part, AsBytes(answer.contents())), ExitCode::kNotTrusted));
  return std::move(*answer.mutable_contents());
}

}  // namespace

absl::StatusOr<std::string> ParseAddress(std::string_view url) {
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
    if (rest.ends_with('/')) rest.remove_suffix(1);
  }
  const size_t colon = rest.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos;
  const std::string_view host = has_port ? rest.substr(0, colon) : rest;
  const std::string_view port = has_port ? rest.substr(colon + 1) : kDefaultPort;
  if (!IsHost(host) || !IsPort(port)) return NotAnAddress(url);
  return fmt::format("{}:{}", host, port);
}

std::string HostOf(std::string_view address) {
  std::string_view host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::string(host);
}

absl::StatusOr<TrustedCa> FetchTrust(CaClient& ca, const std::string& name,
                                     const std::string& address, const ssh::Fingerprint& ca_id,
                                     absl::Time now, uint64_t min_version) {
  MAYFLY_ASSIGN_OR_RETURN(const v1::GetManifestResponse answer, ca.GetManifest());
  const auto manifest = bundle::VerifyManifest(
      AsBytes(answer.manifest()), AsBytes(answer.signature()), ca_id, now, min_version);
  if (!manifest.ok()) return Distrust(manifest.status(), address, ca_id);
  TrustRecord record;
  record.name = name;
  record.address = address;
  record.ca_id = ca_id;
  record.manifest = answer.manifest();
  record.signature = answer.signature();
  MAYFLY_ASSIGN_OR_RETURN(record.user_cas, FetchPart(ca, *manifest, bundle::PartKind::kUserCas));
  MAYFLY_ASSIGN_OR_RETURN(record.host_cas, FetchPart(ca, *manifest, bundle::PartKind::kHostCas));
  MAYFLY_ASSIGN_OR_RETURN(record.tls_pins, FetchPart(ca, *manifest, bundle::PartKind::kTlsPins));
  absl::StatusOr<TrustedCa> trusted = TrustedCa::Verify(std::move(record));
  if (!trusted.ok()) return Distrust(trusted.status(), address, ca_id);
  return trusted;
}

absl::StatusOr<ssh::Fingerprint> SelfProvenCaId(const v1::GetManifestResponse& answer) {
  const auto signer = ssh::VerifySshsig(AsBytes(answer.signature()), bundle::kManifestNamespace,
                                        AsBytes(answer.manifest()));
  if (!signer.ok()) {
    return WithExitCode(Annotate(signer.status(), "the local CA's manifest"),
                        ExitCode::kNotTrusted);
  }
  return signer->Fingerprint();
}

}  // namespace mayfly::client
