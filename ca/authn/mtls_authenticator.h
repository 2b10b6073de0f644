#ifndef MAYFLY_CA_AUTHN_MTLS_AUTHENTICATOR_H_
#define MAYFLY_CA_AUTHN_MTLS_AUTHENTICATOR_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/authn/authenticator.h"
#include "ca/authn/client_roots.h"
#include "ca/authn/name_template.h"

namespace mayfly::authn {

// Which name of a certificate says who it is.
enum class CertificateNameKind { kSpiffe, kDns, kUri, kCommonName };
std::string_view CertificateNameKindName(CertificateNameKind kind);  // "spiffe", "dns" …

// From one shape of certificate names to a subject. Only what Create made is used.
struct CertificateRule {
  CertificateNameKind kind = CertificateNameKind::kSpiffe;
  NameTemplate pattern;
  model::SubjectKind subject = model::SubjectKind::kHost;
  NameTemplate name;                           // Filled from the pattern's placeholders.
  std::map<std::string, NameTemplate> labels;  // Hosts only; likewise.
  std::vector<std::string> groups;             // Users only; as they stand.

  // kInvalidArgument names what cannot be.
  static absl::StatusOr<CertificateRule> Create(CertificateNameKind kind,
                                                const std::string& pattern,
                                                model::SubjectKind subject, const std::string& name,
                                                const std::map<std::string, std::string>& labels,
                                                const std::vector<std::string>& groups);
};

// Who a certificate is by the first of `rules` that fits: a rule fits a certificate with exactly
// one name of its kind (one URI, which is a SPIFFE ID, for spiffe; one common name and no
// alternative name at all for common_name), which matches its pattern.
struct CertificateSubject {
  model::Subject subject;
  model::Labels labels;
  std::vector<std::string> groups;
  std::string attested;  // The name that said so.
};
// kInvalidArgument: no rule fits, or the one that does yields no name that we take. For the log.
absl::StatusOr<CertificateSubject> SubjectOf(const std::vector<CertificateRule>& rules,
                                             const CertificateNames& names,
                                             const std::string& realm);

// A client certificate of the TLS connection. No signature over the call: the connection is the
// caller's, by the key that the handshake proved.
class MtlsAuthenticator final : public Authenticator {
 public:
  struct Options {
    std::string name;
    std::string realm;
    std::vector<CertificateRule> rules;
  };
  MtlsAuthenticator(Options options, const ClientRoots& roots);  // `roots` outlives it.

  const std::string& name() const override { return options_.name; }
  const std::string& realm() const override { return options_.realm; }
  model::Proof proof() const override { return model::Proof::kMtls; }
  absl::StatusOr<model::Identity> Authenticate(const ssh::PublicKey* credential,
                                               const AuthenticationContext& context) const override;

 private:
  const Options options_;
  const ClientRoots& roots_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_MTLS_AUTHENTICATOR_H_
