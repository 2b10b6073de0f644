// AWS: the instance identity document in its PKCS#7 form with an RSA-2048 signature
// (/latest/dynamic/instance-identity/rsa2048).
#ifndef MAYFLY_CA_AUTHN_AWS_DOCUMENT_H_
#define MAYFLY_CA_AUTHN_AWS_DOCUMENT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/authn/certificate_file.h"
#include "ca/authn/cloud_authenticator.h"

namespace mayfly::authn {

struct AwsDocument {
  std::string account;   // 12 digits.
  std::string region;    // "eu-west-1"
  std::string zone;      // "eu-west-1a"
  std::string instance;  // "i-0123456789abcdef0"
  std::string image;     // "ami-…"
  std::string type;      // "m5.large"
  std::string private_ip;
  absl::Time started;  // pendingTime: the last start of the instance.
};
// What was signed, as it was signed. kInvalidArgument names the field that is missing or cannot be.
absl::StatusOr<AwsDocument> ParseAwsDocument(std::string_view json);

class AwsVerifier final : public InstanceVerifier {
 public:
  struct Options {
    CertificateSource certificates;           // Of the regions, as AWS publishes them.
    std::vector<std::string> accounts;        // Never empty.
    std::vector<std::string> regions;         // Never empty.
    absl::Duration max_age = absl::Hours(1);  // Since the instance was started.
  };
  explicit AwsVerifier(Options options);

  std::vector<std::string> placeholders() const override;
  absl::StatusOr<AttestedInstance> Verify(const AuthenticationContext& context) const override;

 private:
  const Options options_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_AWS_DOCUMENT_H_
