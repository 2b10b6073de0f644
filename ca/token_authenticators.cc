#include "ca/token_authenticators.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "ca/authn/jwt_authenticator.h"
#include "ca/provider/roots.h"
#include "fmt/format.h"
#include "http/client.h"

namespace mayfly {
namespace {

// With it a provider gives refresh tokens (OpenID Connect Core 11).
constexpr std::string_view kRefreshScope = "offline_access";

class ProviderUserinfo final : public authn::UserinfoSource {
 public:
  explicit ProviderUserinfo(const provider::Provider& provider) : provider_(provider) {}
  absl::StatusOr<token::Claims> Userinfo(const std::string& access_token) const override {
    return provider_.Userinfo(access_token);
  }

 private:
  const provider::Provider& provider_;
};

authn::TokenChecker::Options CheckingOf(const config::Authenticator& authenticator,
                                        const config::TokenAuthenticator& from) {
  authn::TokenChecker::Options to;
  to.name = authenticator.name;
  to.realm = authenticator.realm;
  to.rules.issuer = from.issuer;
  to.rules.audiences = from.audiences;
  to.rules.algorithms = from.algorithms;
  to.rules.skew = from.skew;
  to.rules.max_age = from.max_age;
  to.bound_claims = from.bound_claims;
  to.username = {
      from.username.fixed,        from.username.claim,        from.username.map,
      from.username.strip_prefix, from.username.strip_domain, from.username.replace,
      from.username.lower_case,   from.username.pattern,      from.username.unverified_email};
  to.claims = from.claims;
  to.tells_what_it_takes = true;
  return to;
}

server::LoginMethod MethodOf(const config::Authenticator& authenticator, const char* kind,
                             const config::TokenAuthenticator& from, std::string roots_pem) {
  server::LoginMethod to;
  to.authenticator = authenticator.name;
  to.kind = kind;
  to.issuer = from.issuer;
  to.audiences = from.audiences;
  to.roots_pem = std::move(roots_pem);
  return to;
}

}  // namespace

TokenAuthenticators::~TokenAuthenticators() { closing_ = true; }

absl::StatusOr<const token::KeySource*> TokenAuthenticators::MakeKeys(
    const std::string& name, const config::TokenAuthenticator& from, std::string& roots_pem) {
  if (!from.keys.roots_path.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(roots_pem, provider::ReadRoots(from.keys.roots_path));
  }
  if (!from.keys.file.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(std::unique_ptr<provider::StaticKeys> keys,
                            provider::StaticKeys::Load(from.keys.file));
    files_.push_back(std::move(keys));
    return files_.back().get();
  }
  provider::Provider::Options options;
  options.issuer = from.issuer;
  options.jwks_uri = from.keys.url;
  options.keep = from.keys.keep;
  http::ClientOptions transport;
  transport.roots_pem = roots_pem;
  transport.cancelled = [this] { return closing_.load(); };
  providers_.push_back(std::make_unique<provider::Provider>(
      std::move(options), http::MakeClient(std::move(transport)), clock_, log_));
  waiting_rooms_.push_back(name);
  return providers_.back().get();
}

absl::StatusOr<const token::KeySource*> TokenAuthenticators::KeysFor(
    const std::string& name, const config::TokenAuthenticator& from) {
  std::string roots_pem;
  return MakeKeys(name, from, roots_pem);
}

absl::StatusOr<std::unique_ptr<authn::Authenticator>> TokenAuthenticators::Make(
    const config::Authenticator& from) {
  std::string roots_pem;
  if (const auto* oidc = std::get_if<config::OidcAuthenticator>(&from.method)) {
    MAYFLY_ASSIGN_OR_RETURN(const token::KeySource* keys, MakeKeys(from.name, *oidc, roots_pem));
    if (oidc->groups_from_userinfo) {
      userinfo_.push_back(std::make_unique<ProviderUserinfo>(*providers_.back()));
    }
    authn::TokenChecker::Options checking = CheckingOf(from, *oidc);
    checking.rules.authorized_party = true;
    authn::OidcAuthenticator::Options options;
    options.groups_claim = oidc->groups_claim;
    options.always_groups = oidc->always_groups;
    options.groups_from_userinfo = oidc->groups_from_userinfo;
    options.device_flow_without_nonce = oidc->device_flow_without_nonce;
    options.remember = std::ranges::find(oidc->scopes, kRefreshScope) != oidc->scopes.end();
    server::LoginMethod method = MethodOf(from, "oidc", *oidc, std::move(roots_pem));
    method.client_id = oidc->audiences.front();
    method.client_secret = oidc->public_client_secret;
    method.scopes = oidc->scopes;
    method.browser_flow = oidc->browser_flow;
    method.device_flow = oidc->device_flow;
    method.userinfo = oidc->groups_from_userinfo;
    login_methods_.push_back(std::move(method));
    configured_.push_back({from.name, from.realm, oidc->issuer});
    return std::make_unique<authn::OidcAuthenticator>(
        std::move(checking), std::move(options), *keys,
        oidc->groups_from_userinfo ? userinfo_.back().get() : nullptr);
  }
  if (const auto* jwt = std::get_if<config::JwtAuthenticator>(&from.method)) {
    MAYFLY_ASSIGN_OR_RETURN(const token::KeySource* keys, MakeKeys(from.name, *jwt, roots_pem));
    authn::JwtAuthenticator::Options options;
    options.groups_claim = jwt->groups_claim;
    options.always_groups = jwt->always_groups;
    options.reuse = jwt->same_key ? model::TokenReuse::kSameKey : model::TokenReuse::kOnce;
    options.session = jwt->session;
    login_methods_.push_back(MethodOf(from, "jwt", *jwt, std::move(roots_pem)));
    configured_.push_back({from.name, from.realm, jwt->issuer});
    return std::make_unique<authn::JwtAuthenticator>(CheckingOf(from, *jwt), std::move(options),
                                                     *keys);
  }
  return std::unique_ptr<authn::Authenticator>();
}

bool TokenAuthenticators::Holds(const model::Identity& first_proven) const {
  return std::ranges::any_of(configured_, [&](const Configured& one) {
    return one.name == first_proven.authenticator && one.realm == first_proven.subject.realm &&
           one.issuer == first_proven.issuer;
  });
}

absl::Status TokenAuthenticators::ReloadKeys() {
  absl::Status first = absl::OkStatus();
  for (const std::unique_ptr<provider::StaticKeys>& file : files_) {
    const absl::Status status = file->Reload();
    if (status.ok()) continue;
    log_.Error("an issuer's keys refused; the last good file stays in force",
               {{"error", Message(status)}});
    if (first.ok()) first = status;
  }
  return first;
}

}  // namespace mayfly
