// What the command makes of an identity provider's answers, good and bad; the flows themselves run
// against a real provider in tests/oidc.
#include "client/login/oidc_login.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <sstream>
#include <thread>

#include "base/status.h"
#include "client/failure.h"
#include "client/login/loopback.h"
#include "client/login/token_proof.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The listener's port, at an address of this machine.
sockaddr_in PlaceOf(const std::string& redirect_uri, in_addr_t host = INADDR_LOOPBACK) {
  const size_t colon = redirect_uri.rfind(':');
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  address.sin_port = htons(static_cast<uint16_t>(std::stoi(redirect_uri.substr(colon + 1))));
  return address;
}

// Sends one request to the listener and returns the whole answer.
std::string Visit(const std::string& redirect_uri, const std::string& head) {
  const sockaddr_in address = PlaceOf(redirect_uri);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      send(fd, head.data(), head.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(head.size())) {
    char buffer[4096];
    for (ssize_t got = 0; (got = read(fd, buffer, sizeof buffer)) > 0;) {
      answer.append(buffer, static_cast<size_t>(got));
    }
  }
  close(fd);
  return answer;
}

class LoopbackTest : public ::testing::Test {
 protected:
  std::string Get(const std::string& target) {
    return Visit(listener_.redirect_uri(), "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  // Makes each request in turn, and returns what the login came to.
  absl::StatusOr<std::string> After(const std::vector<std::string>& targets,
                                    const std::string& issuer = "") {
    std::thread browser([&] {
      for (const std::string& target : targets) pages_.push_back(Get(target));
    });
    absl::StatusOr<std::string> code = listener_.WaitForCode("st4te", issuer, absl::Seconds(20));
    browser.join();
    return code;
  }

  LoopbackListener listener_ = LoopbackListener::Open().value();
  std::vector<std::string> pages_;
};

TEST_F(LoopbackTest, IsOnThisMachineAlone) {
  EXPECT_THAT(listener_.redirect_uri(), HasSubstr("http://127.0.0.1:"));
  // Linux has all of 127.0.0.0/8: who listens everywhere would answer there too.
  const sockaddr_in other = PlaceOf(listener_.redirect_uri(), INADDR_LOOPBACK + 1);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_NE(connect(fd, reinterpret_cast<const sockaddr*>(&other), sizeof other), 0);
  close(fd);
}

TEST_F(LoopbackTest, TakesTheAnswerOfItsOwnLoginAndNoOther) {
  EXPECT_THAT(After({"/callback?code=evil&state=other", "/callback?code=evil",
                     "/callback?code=evil&state=st4te&state=st4te", "/?code=evil&state=st4te",
                     "/callback?state=st4te", "/callback?code=c0de&state=st4te"}),
              IsOkAndHolds("c0de"));
  for (size_t i = 0; i + 1 < pages_.size(); ++i) EXPECT_THAT(pages_[i], HasSubstr("HTTP/1.1 40"));
  EXPECT_THAT(pages_.back(), HasSubstr("You can close this"));
}

TEST_F(LoopbackTest, AnotherIssuersAnswerIsNone) {
  EXPECT_THAT(After({"/callback?code=evil&state=st4te&iss=https%3A%2F%2Fevil.example",
                     "/callback?code=c0de&state=st4te&iss=https%3A%2F%2Fid.example.com"},
                    "https://id.example.com"),
              IsOkAndHolds("c0de"));
}

TEST_F(LoopbackTest, TheProvidersNoIsSaidInItsWordsWithoutItsControlBytes) {
  const absl::Status status =
      After({"/callback?error=access_denied&error_description=no%1b%5b2Jway&state=st4te"}).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kNotAuthenticated);
  EXPECT_THAT(Message(status), HasSubstr("access_denied: no"));
  EXPECT_THAT(Message(status), Not(HasSubstr("\x1b")));
}

TEST_F(LoopbackTest, NobodyWhoComesIsSaid) {
  EXPECT_THAT(Message(listener_.WaitForCode("s", "", absl::Milliseconds(50)).status()),
              HasSubstr("nobody signed in"));
}

// Answers by address; what a form held is kept.
class FakeProvider final : public http::Client {
 public:
  absl::StatusOr<http::Response> Fetch(const http::Request& request) override {
    const auto page = pages.find(request.url);
    if (page == pages.end()) return Unavailable("connection refused");
    if (request.form) forms[request.url] = *request.form;
    return page->second;
  }
  void Put(const std::string& url, int status, const std::string& body) {
    http::Response response;
    response.status = status;
    response.body = body;
    pages[url] = response;
  }
  std::map<std::string, http::Response> pages;
  std::map<std::string, http::Form> forms;
};

constexpr char kDiscovery[] = "https://id.example.com/.well-known/openid-configuration";
constexpr char kDevice[] = "https://id.example.com/device";
constexpr char kToken[] = "https://id.example.com/token";

class DeviceLogin : public ::testing::Test {
 protected:
  DeviceLogin() {
    method_.set_issuer("https://id.example.com");
    method_.set_client_id("mayfly");
    method_.set_device_flow(true);
    method_.add_scopes("openid");
    provider_.Put(kDiscovery, 200,
                  R"({"issuer":"https://id.example.com","token_endpoint":)"
                  R"("https://id.example.com/token","device_authorization_endpoint":)"
                  R"("https://id.example.com/device"})");
    provider_.Put(kDevice, 200,
                  R"({"device_code":"d","user_code":"WDJB-\u001bMJHT","interval":1,)"
                  R"("verification_uri":"https://id.example.com/go","expires_in":2})");
    provider_.Put(kToken, 200, R"({"id_token":"a.b.c","access_token":"x"})");
  }
  absl::StatusOr<OidcTokens> LogIn() {
    return LogInAtProvider(context_, method_, {.nonce = "n0nce", .no_browser = true}, provider_);
  }
  ExitCode CodeNow() { return ExitCodeOf(LogIn().status()); }

  FakeClock clock_;
  FakeRandom random_;
  std::ostringstream out_;
  std::ostringstream err_;
  Context context_{clock_, random_, [](const char*) { return std::string(); }, out_, err_};
  v1::LoginMethod method_;
  FakeProvider provider_;
};

TEST_F(DeviceLogin, ShowsTheCodeAsksWithTheNonceAndHandsTheTokensOn) {
  ASSERT_OK_AND_ASSIGN(const OidcTokens tokens, LogIn());
  EXPECT_EQ(tokens.id_token, "a.b.c");
  EXPECT_THAT(err_.str(), HasSubstr("https://id.example.com/go"));
  EXPECT_THAT(err_.str(), HasSubstr("WDJB-"));
  EXPECT_THAT(err_.str(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(err_.str(), Not(HasSubstr("a.b.c")));
  EXPECT_THAT(provider_.forms[kDevice], ::testing::Contains(::testing::Pair("nonce", "n0nce")));
  EXPECT_THAT(provider_.forms[kToken], ::testing::Contains(::testing::Pair("device_code", "d")));
}

TEST_F(DeviceLogin, ARefusalEndsIt) {
  provider_.Put(kToken, 400, R"({"error":"access_denied"})");
  EXPECT_THAT(Message(LogIn().status()), HasSubstr("refused: access_denied"));
  provider_.Put(kToken, 200, R"({"access_token":"x"})");
  EXPECT_THAT(Message(LogIn().status()), HasSubstr("gave no ID token"));
}

TEST_F(DeviceLogin, NobodyWhoEntersTheCodeIsSaid) {
  provider_.Put(kToken, 400, R"({"error":"authorization_pending"})");
  EXPECT_THAT(Message(LogIn().status()), HasSubstr("nobody entered the code"));
}

TEST_F(DeviceLogin, AsksToSignInAnewAndToBeRememberedWhereThatIsWanted) {
  method_.add_scopes("offline_access");
  ASSERT_OK(LogIn());
  EXPECT_THAT(provider_.forms[kDevice],
              ::testing::AllOf(::testing::Contains(::testing::Pair("scope", "openid")),
                               ::testing::Contains(::testing::Pair("max_age", "2592000")),
                               Not(::testing::Contains(::testing::Key("prompt")))));
  const SignIn wanted{.nonce = "n", .no_browser = true, .anew = true, .remember = true};
  ASSERT_OK(LogInAtProvider(context_, method_, wanted, provider_));
  EXPECT_THAT(
      provider_.forms[kDevice],
      ::testing::AllOf(::testing::Contains(::testing::Pair("scope", "openid offline_access")),
                       ::testing::Contains(::testing::Pair("prompt", "login consent"))));
}

TEST_F(DeviceLogin, ARenewalThatFailsForNowIsNoRefusal) {
  const auto renew = [&] { return RenewAtProvider(method_, "r1", provider_); };
  EXPECT_EQ(renew().value().refresh_token, "r1");  // Kept where none comes back.
  provider_.Put(kToken, 200, R"({"id_token":"a.b.c","refresh_token":"r2"})");
  EXPECT_EQ(renew().value().refresh_token, "r2");
  provider_.Put(kToken, 400, R"({"error":"invalid_grant"})");
  EXPECT_EQ(ExitCodeOf(renew().status()), ExitCode::kNotAuthenticated);
  for (const auto& [status, error] :
       std::initializer_list<std::pair<int, const char*>>{{503, R"({})"},
                                                          {429, R"({"error":"invalid_grant"})"},
                                                          {400, R"({"error":"server_error"})"}}) {
    provider_.Put(kToken, status, error);
    EXPECT_EQ(ExitCodeOf(renew().status()), ExitCode::kUnavailable) << status;
  }
}

class WorkloadToken : public DeviceLogin {
 protected:
  absl::StatusOr<std::optional<TokenProof>> Find() {
    const Context context{clock_, random_,
                          [this](const char* name) {
                            const auto found = environment_.find(name);
                            return found == environment_.end() ? std::string() : found->second;
                          },
                          out_, err_};
    return FindWorkloadToken(context, methods_);
  }
  std::map<std::string, std::string> environment_ = {
      // {"iss":"https://ci.example.com","aud":"mayfly"}
      {"MAYFLY_ID_TOKEN",
       "e30.eyJpc3MiOiJodHRwczovL2NpLmV4YW1wbGUuY29tIiwiYXVkIjoibWF5Zmx5In0.c2ln"}};
  std::vector<v1::LoginMethod> methods_;
};

TEST_F(WorkloadToken, IsOnlyLookedForWhereTheCaTakesOneOfItsAudience) {
  EXPECT_FALSE(Find().value().has_value());  // The CA takes none: keys do.
  v1::LoginMethod& method = methods_.emplace_back();
  method.set_kind("jwt");
  method.set_issuer("https://ci.example.com");
  method.add_audiences("cloud");
  method.add_audiences("mayfly");
  EXPECT_TRUE(Find().value().has_value());
  environment_["MAYFLY_AUDIENCE"] = "mayfly";
  EXPECT_TRUE(Find().value().has_value());
  environment_["MAYFLY_AUDIENCE"] = "another";
  EXPECT_EQ(ExitCodeOf(Find().status()), ExitCode::kUsage);
  environment_.erase("MAYFLY_AUDIENCE");
  method.set_issuer("https://other.example.com");
  EXPECT_EQ(ExitCodeOf(Find().status()), ExitCode::kNotAuthenticated);
}

TEST_F(DeviceLogin, AnotherIssuerOrPlainAddressesGetNothing) {
  provider_.Put(kDiscovery, 200, R"({"issuer":"https://evil.example"})");
  EXPECT_EQ(CodeNow(), ExitCode::kNotTrusted);
  provider_.Put(
      kDiscovery, 200,
      R"({"issuer":"https://id.example.com","token_endpoint":"http://id.example.com/t"})");
  EXPECT_EQ(CodeNow(), ExitCode::kUnavailable);
  provider_.Put(kDiscovery, 200, "<html>");
  EXPECT_EQ(CodeNow(), ExitCode::kUnavailable);
  provider_.pages.clear();
  EXPECT_EQ(CodeNow(), ExitCode::kUnavailable);
  EXPECT_TRUE(provider_.forms.empty());
}

TEST_F(DeviceLogin, IsOnlyOfferedWhereTheCaTakesIt) {
  method_.set_device_flow(false);
  EXPECT_EQ(CodeNow(), ExitCode::kUsage);
}

}  // namespace
}  // namespace mayfly::client
