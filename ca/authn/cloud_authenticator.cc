#include "ca/authn/cloud_authenticator.h"

#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/authn/refusal.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

constexpr std::string_view kEnrollMethod = "/mayfly.v1.Hosts/Enroll";

}  // namespace

CloudAuthenticator::CloudAuthenticator(Options options, std::unique_ptr<InstanceVerifier> verifier)
    : options_(std::move(options)), verifier_(std::move(verifier)) {
  MAYFLY_CHECK(!options_.names.empty());
}

absl::StatusOr<std::string> CloudAuthenticator::ChooseName(const AttestedInstance& instance,
                                                           const std::string& wanted) const {
  std::string allowed;
  for (const NameTemplate& name : options_.names) {
    const std::optional<std::string> filled = name.Fill(instance.values);
    if (!filled) continue;
    if (wanted.empty() || wanted == *filled) return *filled;
    allowed += (allowed.empty() ? "" : ", ") + *filled;
  }
  return Refuse(cause::kWrongName,
                fmt::format("{}: the instance {} may be called {}, not '{}'", name(), instance.id,
                            allowed, EscapeForTerminal(wanted.substr(0, 100))));
}

absl::StatusOr<model::Identity> CloudAuthenticator::Authenticate(
    const ssh::PublicKey* credential, const AuthenticationContext& context) const {
  MAYFLY_CHECK(credential == nullptr);
  if (context.header.method != kEnrollMethod) {
    return Refuse(cause::kWrongMethod,
                  fmt::format("{}: a cloud's document enrolls a host; every other call is made by "
                              "the host's key",
                              name()));
  }
  MAYFLY_ASSIGN_OR_RETURN(AttestedInstance instance,
                          Annotate(verifier_->Verify(context), options_.name));
  MAYFLY_ASSIGN_OR_RETURN(const std::string hostname,
                          ChooseName(instance, context.header.hostname));
  absl::StatusOr<model::Subject> subject =
      model::Subject::Create(model::SubjectKind::kHost, hostname, realm());
  if (!subject.ok()) {
    return Refuse(cause::kWrongName, fmt::format("{}: {}", name(), Message(subject.status())));
  }
  if (const absl::Status fit = model::CheckLabels(instance.labels); !fit.ok()) {
    return Refuse(cause::kBadDocument, fmt::format("{}: {}", name(), Message(fit)));
  }
  model::Identity identity;
  identity.subject = *std::move(subject);
  identity.authenticator = name();
  identity.proof = proof();
  identity.issuer_subject = std::move(instance.id);
  identity.labels = model::Fact<model::Labels>::Known(std::move(instance.labels));
  identity.authenticated_at = context.now;
  identity.bearer_digest = "sha256:" + HexEncode(Sha256(context.header.bearer));
  return identity;
}

}  // namespace mayfly::authn
