#include "ca/bundle_contents.h"

#include <set>

#include "base/file.h"
#include "base/status.h"
#include "ca/keys/tls_identity.h"
#include "ca/policy/principals.h"

namespace mayfly {
namespace {

bundle::PrincipalsMap ToBundle(const policy::PrincipalsMap& from) {
  bundle::PrincipalsMap to;
  to.accept_plain = from.accept_plain;
  for (const policy::PrincipalsMap::Scope& scope : from.scopes) {
    to.scopes.push_back({scope.scope, scope.any_login, scope.logins});
  }
  return to;
}

absl::StatusOr<std::string> TlsPin(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes pem, ReadSecretFile(path));
  return pem.Expose([](BytesView bytes) { return keys::SpkiPin(AsText(bytes)); });
}

}  // namespace

absl::StatusOr<revocation::Publication> GatherBundle(const std::string& ca_name,
                                                     const std::string& tls_pem,
                                                     const keys::KeyRing& ring,
                                                     ledger::Ledger& ledger,
                                                     const policy::PolicySet& policy) {
  revocation::Publication publication;
  revocation::BundleContents& contents = publication.contents;
  publication.krl.comment = ca_name;
  contents.user_cas = {ring.ca(ssh::CertificateKind::kUser).signer->public_key()};
  contents.host_cas = {ring.ca(ssh::CertificateKind::kHost).signer->public_key()};
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<ledger::HostState> hosts, ledger.ListHosts());
  std::set<model::Labels> label_sets;
  for (const ledger::HostState& host : hosts) label_sets.insert(host.labels);
  for (const model::Labels& labels : label_sets) {
    contents.principals.push_back({labels, ToBundle(policy::ComputePrincipals(policy, labels))});
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::string pin, TlsPin(tls_pem));
  contents.tls_pins = {pin};
  return publication;
}

}  // namespace mayfly
