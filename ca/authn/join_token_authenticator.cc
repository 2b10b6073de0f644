#include "ca/authn/join_token_authenticator.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/authn/name_pattern.h"
#include "ca/authn/refusal.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

// An unknown peer is in no network: what is not known never helps.
bool IsWithin(const std::vector<IpNetwork>& networks, const model::Fact<IpAddress>& peer) {
  if (networks.empty()) return true;
  return peer.known() && std::ranges::any_of(networks, [&](const IpNetwork& network) {
           return network.Contains(peer.value());
         });
}

std::string PeerText(const model::Fact<IpAddress>& peer) {
  return peer.known() ? peer.value().ToString() : "an unknown address";
}

absl::Status CheckToken(const JoinToken& token, const std::string& authenticator,
                        const AuthenticationContext& context) {
  if (token.authenticator != authenticator) {
    return Refuse(cause::kTokenElsewhere,
                  fmt::format("the token is for the authenticator {}, not {}", token.authenticator,
                              authenticator));
  }
  if (context.now >= token.expires_at) {
    return Refuse(cause::kTokenExpired,
                  fmt::format("the token expired at {}", TimeText(token.expires_at)));
  }
  if (!IsWithin(token.networks, context.peer)) {
    return Refuse(cause::kWrongNetwork,
                  fmt::format("the token does not hold from {}", PeerText(context.peer)));
  }
  if (!MatchesNamePattern(token.name_pattern, context.header.hostname)) {
    return Refuse(cause::kWrongName,
                  fmt::format("the token is for {}, not '{}'", token.name_pattern,
                              EscapeForTerminal(context.header.hostname.substr(0, 100))));
  }
  return absl::OkStatus();
}

}  // namespace

JoinTokenAuthenticator::JoinTokenAuthenticator(Options options, const JoinTokens& tokens)
    : options_(std::move(options)), tokens_(tokens) {}

absl::StatusOr<model::Identity> JoinTokenAuthenticator::Authenticate(
    const ssh::PublicKey* credential, const AuthenticationContext& context) const {
  MAYFLY_CHECK(credential != nullptr);
  const ssh::Fingerprint fingerprint = credential->Fingerprint();
  absl::StatusOr<JoinToken> token = tokens_.Find(fingerprint);
  if (token.status().code() == absl::StatusCode::kNotFound) {
    return Refuse(cause::kUnknownKey,
                  fmt::format("{}: no join token has the key {}", name(), fingerprint.text));
  }
  MAYFLY_RETURN_IF_ERROR(token.status());
  MAYFLY_RETURN_IF_ERROR(Annotate(CheckToken(*token, name(), context), fingerprint.text));
  absl::StatusOr<model::Subject> subject =
      model::Subject::Create(model::SubjectKind::kHost, context.header.hostname, realm());
  if (!subject.ok()) return Refuse(cause::kWrongName, Message(subject.status()));
  model::Identity identity;
  identity.subject = *std::move(subject);
  identity.authenticator = name();
  identity.proof = proof();
  identity.proof_key = fingerprint.text;
  identity.labels = model::Fact<model::Labels>::Known(std::move(token->labels));
  identity.authenticated_at = context.now;
  return identity;
}

}  // namespace mayfly::authn
