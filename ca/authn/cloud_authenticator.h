#ifndef MAYFLY_CA_AUTHN_CLOUD_AUTHENTICATOR_H_
#define MAYFLY_CA_AUTHN_CLOUD_AUTHENTICATOR_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/authn/authenticator.h"
#include "ca/authn/name_template.h"

namespace mayfly::authn {

// What a cloud says of one instance.
struct AttestedInstance {
  std::string id;        // For all time and of one cloud: "aws/123456789012/eu-west-1/i-0abc".
  Placeholders values;   // For names: instance, account, region …
  model::Labels labels;  // What policies may ask for.
};

inline constexpr absl::Duration kCloudSkew = absl::Minutes(5);  // Between a cloud's clock and ours.

// Reads and verifies one cloud's documents. Thread-safe.
class InstanceVerifier {
 public:
  virtual ~InstanceVerifier() = default;
  // The placeholders that every document of this cloud has.
  virtual std::vector<std::string> placeholders() const = 0;
  // `context.header.bearer` is the document. Made by Refuse, so that it carries its cause, or state
  // that is needed could not be read.
  virtual absl::StatusOr<AttestedInstance> Verify(const AuthenticationContext& context) const = 0;
};

// A host at boot, by what its cloud attests. Whoever reads an instance's metadata holds such a
// document, so it proves the instance and not who in it asks; the ledger gives one instance one set
// of keys.
class CloudAuthenticator final : public Authenticator {
 public:
  struct Options {
    std::string name;
    std::string realm;
    model::Proof proof = model::Proof::kAws;
    // What an instance may be called, the default first.
    std::vector<NameTemplate> names;
  };
  CloudAuthenticator(Options options, std::unique_ptr<InstanceVerifier> verifier);

  const std::string& name() const override { return options_.name; }
  const std::string& realm() const override { return options_.realm; }
  model::Proof proof() const override { return options_.proof; }
  absl::StatusOr<model::Identity> Authenticate(const ssh::PublicKey* credential,
                                               const AuthenticationContext& context) const override;

 private:
  absl::StatusOr<std::string> ChooseName(const AttestedInstance& instance,
                                         const std::string& wanted) const;

  const Options options_;
  const std::unique_ptr<InstanceVerifier> verifier_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_CLOUD_AUTHENTICATOR_H_
