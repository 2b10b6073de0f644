// Azure: a token of the managed identity that the system gave a virtual machine. It names the
// machine and its resource group, which the attested document does not.
#ifndef MAYFLY_CA_AUTHN_AZURE_IDENTITY_H_
#define MAYFLY_CA_AUTHN_AZURE_IDENTITY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/authn/cloud_authenticator.h"
#include "ca/authn/token_checker.h"

namespace mayfly::authn {

struct AzureMachine {
  std::string subscription;    // UUID.
  std::string resource_group;  // In lower case, as the rest.
  std::string name;
};
// Reads "xms_mirid", the resource whose identity it is. kInvalidArgument for what is no virtual
// machine: an identity that was made for several speaks for none of them.
absl::StatusOr<AzureMachine> ParseAzureMachine(std::string_view resource);

class AzureIdentityVerifier final : public InstanceVerifier {
 public:
  struct Options {
    std::string tenant;                        // UUID.
    std::vector<std::string> subscriptions;    // Never empty.
    std::vector<std::string> resource_groups;  // In lower case; empty = any.
  };
  // `keys` outlives the verifier.
  AzureIdentityVerifier(TokenChecker::Options checking, Options options,
                        const token::KeySource& keys);

  std::vector<std::string> placeholders() const override;
  absl::StatusOr<AttestedInstance> Verify(const AuthenticationContext& context) const override;

  static std::vector<std::string> Placeholders();

 private:
  const TokenChecker checker_;
  const Options options_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_AZURE_IDENTITY_H_
