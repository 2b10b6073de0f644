// Azure: the attested document of the metadata service (/metadata/attested/document), PKCS#7 signed
// by a certificate of metadata.azure.com.
#ifndef MAYFLY_CA_AUTHN_AZURE_DOCUMENT_H_
#define MAYFLY_CA_AUTHN_AZURE_DOCUMENT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/authn/certificate_file.h"
#include "ca/authn/cloud_authenticator.h"

namespace mayfly::authn {

struct AzureDocument {
  std::string vm;            // A UUID, in lower case.
  std::string subscription;  // Likewise.
  std::string nonce;
  std::string sku;
  absl::Time created;
  absl::Time expires;
};
// What was signed. kInvalidArgument names the field that is missing or cannot be.
absl::StatusOr<AzureDocument> ParseAzureDocument(std::string_view json);
// The PKCS#7 inside the metadata service's answer, {"encoding":"pkcs7","signature":"…"}.
absl::StatusOr<std::string> AzureSignatureOf(std::string_view answer);

class AzureVerifier final : public InstanceVerifier {
 public:
  struct Options {
    CertificateSource roots;  // And intermediates: nothing is fetched.
    std::vector<std::string> signers = {"metadata.azure.com"};  // And names below.
    std::vector<std::string> subscriptions;                     // Never empty.
    absl::Duration max_age = absl::Minutes(10);  // Of the document; never past its own end.
  };
  explicit AzureVerifier(Options options);

  std::vector<std::string> placeholders() const override;
  // Wants the nonce to be the one of the call's host keys (model::AzureNonce).
  absl::StatusOr<AttestedInstance> Verify(const AuthenticationContext& context) const override;

 private:
  const Options options_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_AZURE_DOCUMENT_H_
