#include "client/login/token_proof.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"
#include "http/client.h"

namespace mayfly::client {
namespace {

constexpr char kProjectedToken[] = "/var/run/secrets/mayfly/token";
constexpr size_t kMaxTokenFile = 32 << 10;

std::unique_ptr<http::Client> HttpFor(const v1::LoginMethod& method) {
  http::ClientOptions options;
  options.roots_pem = method.roots_pem();
  return http::MakeClient(std::move(options));
}

// What a token says of itself; nothing is verified, the CA does that.
struct Unverified {
  std::string issuer;
  std::vector<std::string> audiences;
};
Unverified Peek(std::string_view token) {
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return {};
  const absl::StatusOr<Bytes> payload =
      Base64UrlDecode(token.substr(first + 1, second - first - 1));
  if (!payload.ok()) return {};
  const nlohmann::json json =
      nlohmann::json::parse(AsText(*payload), nullptr, /*allow_exceptions=*/false);
  Unverified said;
  if (!json.is_object() || !json.contains("iss") || !json.at("iss").is_string()) return said;
  said.issuer = json.at("iss").get<std::string>();
  if (!json.contains("aud")) return said;
  const nlohmann::json& audience = json.at("aud");
  if (audience.is_string()) said.audiences.push_back(audience.get<std::string>());
  if (!audience.is_array()) return said;
  for (const nlohmann::json& one : audience) {
    if (one.is_string()) said.audiences.push_back(one.get<std::string>());
  }
  return said;
}

// The audience is the CA's word. Whoever does not want to have it choose names it: only methods of
// that audience are looked at then, and only for it is a token asked.
std::vector<v1::LoginMethod> OfAudience(const Context& context, std::vector<v1::LoginMethod> all) {
  const std::string pinned = context.environment("MAYFLY_AUDIENCE");
  if (pinned.empty()) return all;
  std::erase_if(all, [&](const v1::LoginMethod& method) {
    return std::find(method.audiences().begin(), method.audiences().end(), pinned) ==
           method.audiences().end();
  });
  for (v1::LoginMethod& method : all) {
    method.clear_audiences();
    method.add_audiences(pinned);
  }
  return all;
}

bool IsFor(const v1::LoginMethod& method, const std::vector<std::string>& audiences) {
  return std::ranges::any_of(audiences, [&](const std::string& one) {
    return std::find(method.audiences().begin(), method.audiences().end(), one) !=
           method.audiences().end();
  });
}

// The runner's machine knows by which roots to believe GitHub, or a server of one's own. The CA's
// are for its provider: by them, a CA could have itself shown the runner's secret.
absl::StatusOr<std::unique_ptr<http::Client>> HttpForGitHub(const Context& context) {
  constexpr size_t kMaxRoots = 4 << 20;
  http::ClientOptions options;
  const std::string file = context.environment("SSL_CERT_FILE");
  if (!file.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(options.roots_pem, ReadFile(file, kMaxRoots));
  }
  return http::MakeClient(std::move(options));
}

absl::StatusOr<std::string> AskGitHub(const Context& context, http::Client& http,
                                      const std::string& audience) {
  http::Request request;
  request.url =
      http::AddQuery(context.environment("ACTIONS_ID_TOKEN_REQUEST_URL"), {{"audience", audience}});
  request.bearer = context.environment("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  absl::StatusOr<http::Response> response = http.Fetch(request);
  if (!response.ok()) return WithExitCode(response.status(), ExitCode::kUnavailable);
  const nlohmann::json json =
      nlohmann::json::parse(response->body, nullptr, /*allow_exceptions=*/false);
  if (response->status != 200 || !json.is_object() || !json.contains("value") ||
      !json["value"].is_string()) {
    return Failure(ExitCode::kUnavailable,
                   fmt::format("GitHub answered {} instead of a token", response->status),
                   "the job needs  permissions: {id-token: write}");
  }
  return json["value"].get<std::string>();
}

absl::StatusOr<std::string> ReadTokenFile(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxTokenFile));
  const std::string token(TrimBlanks(text));
  if (token.empty()) {
    return Failure(ExitCode::kLocal, fmt::format("{}: the file is empty", EscapeForTerminal(path)));
  }
  return token;
}

// By the authenticator of its issuer and audience; else by the first of its issuer, which says why
// the audience will not do.
std::optional<TokenProof> ProofFor(const std::vector<v1::LoginMethod>& methods, std::string token,
                                   std::string origin) {
  const Unverified said = Peek(token);
  const v1::LoginMethod* chosen = nullptr;
  for (const v1::LoginMethod& method : methods) {
    if (method.kind() != "jwt" || method.issuer() != said.issuer) continue;
    if (chosen == nullptr || (IsFor(method, said.audiences) && !IsFor(*chosen, said.audiences))) {
      chosen = &method;
    }
  }
  if (chosen == nullptr) return std::nullopt;
  Credential credential;
  credential.kind = v1::CREDENTIAL_KIND_JWT;
  credential.authenticator = chosen->authenticator();
  credential.bearer = std::move(token);
  return TokenProof{std::move(credential), std::move(origin), {}, /*comes_again=*/true};
}

TokenProof ProofOf(const v1::LoginMethod& method, const OidcTokens& tokens) {
  Credential credential;
  credential.kind = v1::CREDENTIAL_KIND_OIDC;
  credential.authenticator = method.authenticator();
  credential.bearer = tokens.id_token;
  if (method.userinfo() && !tokens.access_token.empty()) {
    credential.bearer += "\n" + tokens.access_token;
  }
  return {std::move(credential), EscapeForTerminal(method.issuer()), tokens.refresh_token,
          /*comes_again=*/false};
}

absl::Status NobodyTakesIt(std::string_view issuer) {
  return Failure(
      ExitCode::kNotAuthenticated,
      fmt::format("this CA takes no tokens of '{}'", EscapeForTerminal(issuer.substr(0, 200))),
      "its operators configure a jwt authenticator for that issuer");
}

// A token for the first method of GitHub's. Which ones are is in the token, so the first is asked
// for by whatever audience comes first; what is refused for one may be given for the next.
absl::StatusOr<std::optional<TokenProof>> FindGitHubToken(
    const Context& context, const std::vector<v1::LoginMethod>& methods) {
  MAYFLY_ASSIGN_OR_RETURN(const std::unique_ptr<http::Client> http, HttpForGitHub(context));
  std::string issuer;
  absl::Status failure;
  for (const v1::LoginMethod& method : methods) {
    if (method.kind() != "jwt" || method.audiences().empty()) continue;
    if (!issuer.empty() && issuer != method.issuer()) continue;
    absl::StatusOr<std::string> token = AskGitHub(context, *http, method.audiences(0));
    if (!token.ok()) {
      failure = token.status();
      continue;
    }
    issuer = Peek(*token).issuer;
    failure = absl::OkStatus();
    if (issuer != method.issuer()) continue;
    std::optional<TokenProof> proof =
        ProofFor({method}, *std::move(token), "the token of GitHub Actions");
    if (proof) proof->comes_again = false;
    return proof;
  }
  if (!failure.ok()) return failure;
  return NobodyTakesIt(issuer.empty() ? "GitHub Actions" : issuer);
}

}  // namespace

bool HasWorkloadToken(const Context& context) {
  return !context.environment("MAYFLY_TOKEN_FILE").empty() ||
         !context.environment("ACTIONS_ID_TOKEN_REQUEST_URL").empty() ||
         !context.environment("MAYFLY_ID_TOKEN").empty() || FileExists(kProjectedToken);
}

absl::StatusOr<std::optional<TokenProof>> FindWorkloadToken(
    const Context& context, const std::vector<v1::LoginMethod>& all) {
  if (!HasWorkloadToken(context)) return std::optional<TokenProof>();
  // A CA that takes none: whoever runs in a pipeline may still have a key.
  if (std::ranges::none_of(all, [](const auto& method) { return method.kind() == "jwt"; })) {
    return std::optional<TokenProof>();
  }
  const std::vector<v1::LoginMethod> methods = OfAudience(context, all);
  if (methods.empty()) {
    return Failure(ExitCode::kUsage, "the CA asks for no token of the audience in MAYFLY_AUDIENCE",
                   "it is the one that the CA's operators have configured");
  }
  const std::string file = context.environment("MAYFLY_TOKEN_FILE");
  const std::string variable = context.environment("MAYFLY_ID_TOKEN");
  if (file.empty() && !context.environment("ACTIONS_ID_TOKEN_REQUEST_URL").empty()) {
    return FindGitHubToken(context, methods);
  }
  std::string token = variable;
  std::string origin = "the token in MAYFLY_ID_TOKEN";
  if (!file.empty() || variable.empty()) {
    const std::string path = file.empty() ? std::string(kProjectedToken) : file;
    MAYFLY_ASSIGN_OR_RETURN(token, ReadTokenFile(path));
    origin = fmt::format("the token in {}", EscapeForTerminal(path));
  }
  std::optional<TokenProof> proof = ProofFor(methods, token, std::move(origin));
  if (!proof) return NobodyTakesIt(Peek(token).issuer);
  return proof;
}

absl::StatusOr<std::optional<TokenProof>> LogInByProvider(
    const Context& context, const std::vector<v1::LoginMethod>& methods, const SignIn& sign_in) {
  const auto method = std::ranges::find_if(
      methods, [](const v1::LoginMethod& one) { return one.kind() == "oidc"; });
  if (method == methods.end()) return std::optional<TokenProof>();
  if (sign_in.remember && !MayRemember(*method)) {
    return Failure(ExitCode::kUsage, "this CA remembers no sign-in",
                   "its operators allow it by offline_access among the scopes");
  }
  const std::unique_ptr<http::Client> http = HttpFor(*method);
  const absl::StatusOr<OidcTokens> tokens = LogInAtProvider(context, *method, sign_in, *http);
  if (!tokens.ok()) {
    return WithHint(tokens.status(),
                    "whoever has an enrolled key logs in without it: mayfly login --identity FILE");
  }
  return std::optional<TokenProof>(ProofOf(*method, *tokens));
}

absl::StatusOr<std::optional<TokenProof>> RenewLogin(const std::vector<v1::LoginMethod>& methods,
                                                     const std::string& authenticator,
                                                     const std::string& refresh_token) {
  const auto method = std::ranges::find_if(methods, [&](const v1::LoginMethod& one) {
    return one.kind() == "oidc" && one.authenticator() == authenticator && MayRemember(one);
  });
  if (method == methods.end()) return std::optional<TokenProof>();
  const std::unique_ptr<http::Client> http = HttpFor(*method);
  MAYFLY_ASSIGN_OR_RETURN(const OidcTokens tokens, RenewAtProvider(*method, refresh_token, *http));
  return std::optional<TokenProof>(ProofOf(*method, tokens));
}

}  // namespace mayfly::client
