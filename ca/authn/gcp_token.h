// Google Cloud: the instance identity token (full format) that an instance's metadata service makes
// for whom the instance names as its audience.
#ifndef MAYFLY_CA_AUTHN_GCP_TOKEN_H_
#define MAYFLY_CA_AUTHN_GCP_TOKEN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/authn/cloud_authenticator.h"
#include "ca/authn/token_checker.h"
#include "ca/token/claims.h"

namespace mayfly::authn {

struct GcpInstance {
  std::string project;  // "acme-prod"
  std::string zone;     // "europe-west1-b"
  std::string region;   // "europe-west1"
  std::string name;     // "web-1"
  std::string number;   // Of the instance: "152986662232938449".
};
// kInvalidArgument names the claim that is missing or cannot be: also of a token in the standard
// format, which says nothing of the instance.
absl::StatusOr<GcpInstance> ParseGcpInstance(const token::Claims& claims);

class GcpVerifier final : public InstanceVerifier {
 public:
  struct Options {
    std::string name;                           // Of the authenticator.
    token::TokenRules rules;                    // Its audience is made for each call.
    std::vector<std::string> projects;          // Never empty.
    std::vector<std::string> zones;             // Claim patterns; empty = any.
    std::vector<std::string> service_accounts;  // Empty = any.
  };
  // `keys` outlives the verifier.
  GcpVerifier(Options options, const token::KeySource& keys);

  std::vector<std::string> placeholders() const override;
  absl::StatusOr<AttestedInstance> Verify(const AuthenticationContext& context) const override;

  static std::vector<std::string> Placeholders();

 private:
  const Options options_;
  const token::KeySource& keys_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_GCP_TOKEN_H_
