#include "client/host/host_bundle.h"

#include <set>

#include "base/status.h"
#include "bundle/parts.h"
#include "client/failure.h"
#include "client/host/bundle_fetch.h"
#include "ssh/krl.h"

namespace mayfly::client {
absl::StatusOr<HostBundle> FetchHostBundle(CaClient& unverified, const ssh::Fingerprint& ca_id,
                                           const model::Labels& labels, uint64_t least_version,
                                           absl::Time now) {
  HostBundle result;
  MAYFLY_ASSIGN_OR_RETURN(result.manifest, FetchManifest(unverified, ca_id, least_version, now));
  const bundle::Manifest& manifest = result.manifest;
  MAYFLY_ASSIGN_OR_RETURN(const Bytes cas,
                          FetchPart(unverified, manifest.part(bundle::PartKind::kUserCas)));
  MAYFLY_RETURN_IF_ERROR(bundle::ParseCaKeys(cas).status());
  result.user_cas = ToText(cas);
  MAYFLY_ASSIGN_OR_RETURN(const Bytes krl,
                          FetchPart(unverified, manifest.part(bundle::PartKind::kKrl)));
  MAYFLY_RETURN_IF_ERROR(ssh::Krl::Parse(krl).status());
  result.krl = ToText(krl);
  MAYFLY_ASSIGN_OR_RETURN(const Bytes pins,
                          FetchPart(unverified, manifest.part(bundle::PartKind::kTlsPins)));
  MAYFLY_ASSIGN_OR_RETURN(result.tls_pins, bundle::ParseTlsPins(pins));
  result.principals.accept_plain = true;
  if (const bundle::Part* part = manifest.FindPrincipals(labels); part != nullptr) {
    MAYFLY_ASSIGN_OR_RETURN(const Bytes map, FetchPart(unverified, *part));
    MAYFLY_ASSIGN_OR_RETURN(result.principals, bundle::ParsePrincipalsMap(map));
  }
  return result;
}

absl::StatusOr<ReachedCa> ReachCa(const std::vector<std::string>& addresses,
                                  const ssh::Fingerprint& ca_id, uint64_t least_version,
                                  absl::Time now, absl::Duration timeout,
                                  const ClientCertificateFiles& client) {
  absl::Status last = Failure(ExitCode::kUsage, "no address of a CA is known");
  for (const std::string& address : addresses) {
    ReachedCa reached;
    reached.unverified = CaClient::Unverified(address, timeout);
    absl::StatusOr<bundle::Manifest> manifest =
        FetchManifest(*reached.unverified, ca_id, least_version, now);
    if (!manifest.ok()) {
      last = manifest.status();
      continue;
    }
    MAYFLY_ASSIGN_OR_RETURN(
        const Bytes pins,
        FetchPart(*reached.unverified, manifest->part(bundle::PartKind::kTlsPins)));
    MAYFLY_ASSIGN_OR_RETURN(const std::vector<std::string> texts, bundle::ParseTlsPins(pins));
    MAYFLY_ASSIGN_OR_RETURN(const std::set<Sha256Digest> digests, PinDigests(texts));
    reached.pinned = CaClient::Pinned(address, digests, timeout, client);
    return reached;
  }
  return last;
}

}  // namespace mayfly::client
