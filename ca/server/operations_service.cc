#include <algorithm>

#include "base/status.h"
#include "ca/authn/name_pattern.h"
#include "ca/server/proto_codec.h"
#include "ca/server/services.h"
#include "fmt/format.h"

namespace mayfly::server {
namespace {

constexpr char kCreateJoinToken[] = "/mayfly.v1.Operations/CreateJoinToken";
constexpr char kApplyPolicy[] = "/mayfly.v1.Operations/ApplyPolicy";
constexpr uint32_t kMaxUses = 100000;
constexpr int kMaxNetworks = 64;
constexpr size_t kMaxDescription = 200;

absl::StatusOr<TokenIssuer> ChooseIssuer(const ServerOptions& options, const std::string& name) {
  if (options.token_issuers.empty()) {
    return FailedPrecondition("no join_token authenticator is configured");
  }
  if (name.empty()) return options.token_issuers.front();
  for (const TokenIssuer& issuer : options.token_issuers) {
    if (issuer.name == name) return issuer;
  }
  return InvalidArgument("authenticator: no join_token authenticator has this name");
}

absl::StatusOr<ledger::JoinTokenRecord> ReadToken(ServerCore& core, const AuthenticatedCall& call) {
  if (!call.document.has_create_join_token()) {
    return InvalidArgument("document: no create_join_token parameters");
  }
  const v1::CreateJoinToken& parameters = call.document.create_join_token();
  MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey key,
                          ServerCore::PossessedKey(call, parameters.public_key()));
  if (key.type() != ssh::KeyType::kEd25519) {
    return InvalidArgument("public_key: a join token is an ed25519 key");
  }
  MAYFLY_RETURN_IF_ERROR(ssh::CheckSubjectKey(key, core.options().key_limits));
  MAYFLY_ASSIGN_OR_RETURN(const TokenIssuer issuer,
                          ChooseIssuer(core.options(), parameters.authenticator()));
  MAYFLY_ASSIGN_OR_RETURN(const absl::Duration lifetime, LifetimeFromProto(parameters.lifetime()));
  if (lifetime > issuer.max_lifetime) {
    return InvalidArgument(fmt::format("lifetime: at most {} for tokens of {}",
                                       absl::FormatDuration(issuer.max_lifetime), issuer.name));
  }
  if (parameters.uses() < 1 || parameters.uses() > kMaxUses) {
    return InvalidArgument(fmt::format("uses: expected 1 to {}", kMaxUses));
  }
  MAYFLY_RETURN_IF_ERROR(
      Annotate(authn::CheckNamePattern(parameters.name_pattern()), "name_pattern"));
  if (parameters.description().size() > kMaxDescription) {
    return InvalidArgument(fmt::format("description: at most {} bytes", kMaxDescription));
  }
  ledger::JoinTokenRecord token{.key = std::move(key),
                                .authenticator = issuer.name,
                                .uses = parameters.uses(),
                                .expires_at = core.Now() + lifetime,
                                .name_pattern = parameters.name_pattern(),
                                .labels = {parameters.labels().begin(), parameters.labels().end()},
                                .networks = {},
                                .replaces = parameters.replaces(),
                                .description = parameters.description()};
  MAYFLY_RETURN_IF_ERROR(Annotate(model::CheckLabels(token.labels), "labels"));
  if (parameters.networks_size() > kMaxNetworks) {
    return InvalidArgument(fmt::format("networks: at most {}", kMaxNetworks));
  }
  for (const std::string& text : parameters.networks()) {
    MAYFLY_ASSIGN_OR_RETURN(const IpNetwork network, Annotate(IpNetwork::Parse(text), "networks"));
    token.networks.push_back(network);
  }
  return token;
}

}  // namespace

grpc::ServerUnaryReactor* OperationsService::CreateJoinToken(
    grpc::CallbackServerContext* context, const v1::SignedCall* request,
    v1::CreateJoinTokenResponse* response) {
  return core_.TakeCall(context, kCreateJoinToken, request, local_peer_,
                        [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
                          const absl::Status may =
                              core_.Require(call, policy::Permission::kCreateJoinTokens);
                          if (!may.ok()) return may;
                          absl::StatusOr<ledger::JoinTokenRecord> token = ReadToken(core_, call);
                          if (!token.ok()) return core_.RefuseBadRequest(call, token.status());
                          const absl::Status recorded = core_.ledger().RecordJoinToken(
                              call.call, call.proven.identity, *token);
                          if (!recorded.ok()) return recorded;
                          *response->mutable_expires_at() = ToProto(token->expires_at);
                          for (const std::string& address : core_.options().addresses) {
                            response->add_addresses(address);
                          }
                          return std::nullopt;
                        });
}

grpc::ServerUnaryReactor* OperationsService::ApplyPolicy(grpc::CallbackServerContext* context,
                                                         const v1::SignedCall* request,
                                                         v1::ApplyPolicyResponse* response) {
  return core_.TakeCall(context, kApplyPolicy, request, local_peer_,
                        [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
                          if (!call.document.has_apply_policy()) {
                            return core_.RefuseBadRequest(
                                call, InvalidArgument("document: no apply_policy parameters"));
                          }
                          const absl::Status may =
                              core_.Require(call, policy::Permission::kApplyPolicy);
                          if (!may.ok()) return may;
                          const absl::Status is_new = core_.ledger().TakeDocuments(call.call);
                          if (!is_new.ok()) return is_new;
                          absl::StatusOr<AppliedPolicy> applied = core_.seams().apply_policy(
                              call.proven.identity, call.document.apply_policy().allow_widening());
                          if (!applied.ok()) return applied.status();
                          response->set_hash(applied->hash);
                          response->set_previous_hash(applied->previous_hash);
                          for (const std::string& widening : applied->widenings)
                            response->add_widenings(widening);
                          return std::nullopt;
                        });
}

}  // namespace mayfly::server
