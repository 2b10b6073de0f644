#include "client/login/oidc_login.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/time/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "client/login/loopback.h"
#include "client/login/remembered_login.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX has no header for it.

namespace mayfly::client {
namespace {

constexpr absl::Duration kSignInLimit = absl::Minutes(10);
constexpr std::string_view kRefreshScope = "offline_access";
constexpr size_t kSecretSize = 32;  // Of state and code verifier: RFC 7636 asks for 32 bytes.

std::string Text(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

struct Endpoints {
  std::string authorization;
  std::string token;
  std::string device;
  bool names_itself = false;  // In the answers to the browser: RFC 9207.
};

absl::StatusOr<nlohmann::json> ParseAnswer(const http::Response& response, std::string_view where) {
  nlohmann::json json = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object()) {
    return Failure(
        ExitCode::kUnavailable,
        fmt::format("{} answered {} with something that is no JSON", where, response.status));
  }
  return json;
}

absl::StatusOr<Endpoints> Discover(const v1::LoginMethod& method, http::Client& http) {
  std::string issuer = method.issuer();
  while (issuer.ends_with('/')) issuer.pop_back();
  http::Request request;
  request.url = issuer + "/.well-known/openid-configuration";
  absl::StatusOr<http::Response> response = http.Fetch(request);
  if (!response.ok()) return WithExitCode(response.status(), ExitCode::kUnavailable);
  MAYFLY_ASSIGN_OR_RETURN(const nlohmann::json json, ParseAnswer(*response, request.url));
  if (Text(json, "issuer") != method.issuer()) {
    return Failure(ExitCode::kNotTrusted,
                   fmt::format("{} says that it is another issuer", request.url));
  }
  Endpoints endpoints;
  endpoints.authorization = Text(json, "authorization_endpoint");
  endpoints.token = Text(json, "token_endpoint");
  endpoints.device = Text(json, "device_authorization_endpoint");
  const auto names = json.find("authorization_response_iss_parameter_supported");
  endpoints.names_itself = names != json.end() && names->is_boolean() && names->get<bool>();
  for (const std::string& url : {endpoints.authorization, endpoints.token, endpoints.device}) {
    if (url.empty()) continue;
    MAYFLY_RETURN_IF_ERROR(
        WithExitCode(http::CheckHttpsUrl(url, /*allow_query=*/true), ExitCode::kUnavailable));
  }
  return endpoints;
}

http::Form ClientForm(const v1::LoginMethod& method) {
  http::Form form = {{"client_id", method.client_id()}};
  if (!method.client_secret().empty()) form.emplace_back("client_secret", method.client_secret());
  return form;
}

std::string ScopesOf(const v1::LoginMethod& method, bool remember) {
  std::vector<std::string> scopes(method.scopes().begin(), method.scopes().end());
  if (!remember) std::erase(scopes, kRefreshScope);
  return fmt::format("{}", fmt::join(scopes, " "));
}

// What a sign-in asks beside its scopes (OpenID Connect Core 3.1.2.1).
void AddWishes(const SignIn& sign_in, http::Form& form) {
  form.emplace_back("nonce", sign_in.nonce);
  // Whoever is asked for a greatest age must say in the token when somebody signed in.
  form.emplace_back("max_age", std::to_string(absl::ToInt64Seconds(kRememberedFor)));
  std::string prompt = sign_in.anew ? "login" : "";
  if (sign_in.remember) prompt += prompt.empty() ? "consent" : " consent";  // For a refresh token.
  if (!prompt.empty()) form.emplace_back("prompt", prompt);
}

absl::Status RefusalOf(const nlohmann::json& json, int status) {
  const std::string error = Text(json, "error");
  const std::string description = Text(json, "error_description");
  const bool passing = status >= 500 || status == 429 || error == "temporarily_unavailable" ||
                       error == "server_error";
  return Failure(
      passing ? ExitCode::kUnavailable : ExitCode::kNotAuthenticated,
      fmt::format("the identity provider refused: {}{}{}",
                  error.empty() ? fmt::format("it answered {}", status)
                                : EscapeForTerminal(error.substr(0, 100)),
                  description.empty() ? "" : ": ", EscapeForTerminal(description.substr(0, 300))));
}

absl::StatusOr<OidcTokens> TokensOf(const nlohmann::json& json) {
  OidcTokens tokens{Text(json, "id_token"), Text(json, "access_token"),
                    Text(json, "refresh_token")};
  if (tokens.id_token.empty()) {
    return Failure(ExitCode::kNotAuthenticated, "the identity provider gave no ID token",
                   "the CA's operators: is openid among the client's scopes?");
  }
  return tokens;
}

// Opens the user's browser and does not wait for it. False when there is none.
bool OpenBrowser(const Context& context, const std::string& url) {
  std::string program = context.environment("BROWSER");
  if (program.empty() || program.find_first_of(" :%") != std::string::npos) program = "xdg-open";
  std::vector<char*> arguments = {program.data(), const_cast<char*>(url.c_str()), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  }
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0;
}

bool CanOpenBrowser(const Context& context) {
  const auto set = [&](const char* name) { return !context.environment(name).empty(); };
  if (set("SSH_CONNECTION") || set("SSH_TTY")) return false;  // It would open on the other machine.
  return set("BROWSER") || set("DISPLAY") || set("WAYLAND_DISPLAY");
}

absl::StatusOr<OidcTokens> ByBrowser(const Context& context, const v1::LoginMethod& method,
                                     const Endpoints& endpoints, const SignIn& sign_in,
                                     http::Client& http) {
  MAYFLY_ASSIGN_OR_RETURN(LoopbackListener listener, LoopbackListener::Open());
  const std::string state = Base64UrlEncode(context.random.Take(kSecretSize));
  const std::string verifier = Base64UrlEncode(context.random.Take(kSecretSize));
  http::Form query = {{"response_type", "code"},
                      {"client_id", method.client_id()},
                      {"redirect_uri", listener.redirect_uri()},
                      {"scope", ScopesOf(method, sign_in.remember)},
                      {"state", state},
                      {"code_challenge", Base64UrlEncode(Sha256(AsBytes(verifier)))},
                      {"code_challenge_method", "S256"}};
  AddWishes(sign_in, query);
  const std::string url = http::AddQuery(endpoints.authorization, query);
  const bool opened = CanOpenBrowser(context) && OpenBrowser(context, url);
  context.err << fmt::format("mayfly: {}\n\n  {}\n\n",
                             opened ? "sign in in your browser; if none opens, go to"
                                    : "to sign in, open this on this machine",
                             url)
              << std::flush;
  MAYFLY_ASSIGN_OR_RETURN(
      const std::string code,
      listener.WaitForCode(state, endpoints.names_itself ? method.issuer() : std::string(),
                           kSignInLimit));
  http::Request request;
  request.url = endpoints.token;
  request.form = ClientForm(method);
  request.form->emplace_back("grant_type", "authorization_code");
  request.form->emplace_back("code", code);
  request.form->emplace_back("redirect_uri", listener.redirect_uri());
  request.form->emplace_back("code_verifier", verifier);
  absl::StatusOr<http::Response> response = http.Fetch(request);
  if (!response.ok()) return WithExitCode(response.status(), ExitCode::kUnavailable);
  MAYFLY_ASSIGN_OR_RETURN(const nlohmann::json json, ParseAnswer(*response, request.url));
  if (response->status != 200) return RefusalOf(json, response->status);
  return TokensOf(json);
}

absl::StatusOr<OidcTokens> ByDevice(const Context& context, const v1::LoginMethod& method,
                                    const Endpoints& endpoints, const SignIn& sign_in,
                                    http::Client& http) {
  http::Request request;
  request.url = endpoints.device;
  request.form = ClientForm(method);
  request.form->emplace_back("scope", ScopesOf(method, sign_in.remember));
  AddWishes(sign_in, *request.form);
  absl::StatusOr<http::Response> response = http.Fetch(request);
  if (!response.ok()) return WithExitCode(response.status(), ExitCode::kUnavailable);
  MAYFLY_ASSIGN_OR_RETURN(const nlohmann::json start, ParseAnswer(*response, request.url));
  if (response->status != 200) return RefusalOf(start, response->status);
  const std::string place = Text(start, "verification_uri").empty()
                                ? Text(start, "verification_url")  // As Google has it.
                                : Text(start, "verification_uri");
  const std::string whole = Text(start, "verification_uri_complete");
  const auto number = [&](const char* name, int64_t by_default, int64_t most) {
    const auto found = start.find(name);
    const bool fits = found != start.end() && found->is_number_integer();
    return std::clamp<int64_t>(fits ? found->get<int64_t>() : by_default, 1, most);
  };
  absl::Duration interval = absl::Seconds(number("interval", 5, 60));
  const absl::Duration limit =
      std::min(kSignInLimit, absl::Seconds(number("expires_in", 600, 3600)));
  context.err << fmt::format("mayfly: to sign in, go to\n\n  {}\n\nand enter the code\n\n  {}\n\n",
                             EscapeForTerminal(place), EscapeForTerminal(Text(start, "user_code")));
  if (!whole.empty()) {
    context.err << fmt::format("mayfly: or open both at once: {}\n", EscapeForTerminal(whole));
  }
  context.err << fmt::format("mayfly: waiting, at most {} …\n", DurationText(limit)) << std::flush;

  request.url = endpoints.token;
  request.form = ClientForm(method);
  request.form->emplace_back("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
  request.form->emplace_back("device_code", Text(start, "device_code"));
  const absl::Time until = absl::Now() + limit;  // Real time, as the provider counts it.
  absl::Time said = absl::Now();
  while (absl::Now() < until) {
    absl::SleepFor(interval);
    response = http.Fetch(request);
    if (!response.ok()) {  // A network that comes and goes must not end a login.
      interval = std::min(interval * 2, absl::Seconds(60));
      continue;
    }
    MAYFLY_ASSIGN_OR_RETURN(const nlohmann::json json, ParseAnswer(*response, request.url));
    if (response->status == 200) return TokensOf(json);
    const std::string error = Text(json, "error");
    if (error == "slow_down") {
      interval += absl::Seconds(5);
    } else if (error != "authorization_pending") {
      return RefusalOf(json, response->status);
    }
    if (absl::Now() - said >= absl::Seconds(30)) {
      said = absl::Now();
      context.Say(fmt::format("still waiting, {} left", DurationText(until - said)));
    }
  }
  return Failure(ExitCode::kNotAuthenticated,
                 fmt::format("nobody entered the code within {}", DurationText(limit)),
                 "run it again for a new code");
}

}  // namespace

absl::StatusOr<OidcTokens> LogInAtProvider(const Context& context, const v1::LoginMethod& method,
                                           const SignIn& sign_in, http::Client& http) {
  MAYFLY_ASSIGN_OR_RETURN(const Endpoints endpoints, Discover(method, http));
  const bool device = method.device_flow() && !endpoints.device.empty();
  const bool browser = method.browser_flow() && !endpoints.authorization.empty();
  if (sign_in.no_browser && !device) {
    return Failure(ExitCode::kUsage, "this CA takes no login by code, which --no-browser asks for",
                   "leave --no-browser out, or run mayfly login on a machine with a browser");
  }
  if (device && (sign_in.no_browser || !browser || !CanOpenBrowser(context))) {
    return ByDevice(context, method, endpoints, sign_in, http);
  }
  if (browser) return ByBrowser(context, method, endpoints, sign_in, http);
  return Failure(ExitCode::kUnavailable,
                 "the identity provider offers neither of the flows that the CA takes");
}

absl::StatusOr<OidcTokens> RenewAtProvider(const v1::LoginMethod& method,
                                           const std::string& refresh_token, http::Client& http) {
  MAYFLY_ASSIGN_OR_RETURN(const Endpoints endpoints, Discover(method, http));
  http::Request request;
  request.url = endpoints.token;
  request.form = ClientForm(method);
  request.form->emplace_back("grant_type", "refresh_token");
  request.form->emplace_back("refresh_token", refresh_token);
  absl::StatusOr<http::Response> response = http.Fetch(request);
  if (!response.ok()) return WithExitCode(response.status(), ExitCode::kUnavailable);
  MAYFLY_ASSIGN_OR_RETURN(const nlohmann::json json, ParseAnswer(*response, request.url));
  if (response->status != 200) return RefusalOf(json, response->status);
  MAYFLY_ASSIGN_OR_RETURN(OidcTokens tokens, TokensOf(json));
  // Not every provider gives a new one each time.
  if (tokens.refresh_token.empty()) tokens.refresh_token = refresh_token;
  return tokens;
}

bool MayRemember(const v1::LoginMethod& method) {
  return std::find(method.scopes().begin(), method.scopes().end(), kRefreshScope) !=
         method.scopes().end();
}

}  // namespace mayfly::client
