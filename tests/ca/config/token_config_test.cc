// oidc and jwt: what is read, what is refused, and every block of docs/identity.
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "ca/config/config.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr char kHead[] = "listen: [\"0.0.0.0:7443\"]\naddresses: [\"ca.example.com:7443\"]\n";

absl::StatusOr<Config> Load(const std::string& authenticators) {
  return LoadConfig(kHead + authenticators, "/etc/mayfly/mayflyd.yaml");
}

// One authenticator of a kind, with more lines behind.
std::string Oidc(const std::string& more) {
  return "authenticators:\n"
         "  - name: sso\n"
         "    realm: people\n"
         "    oidc:\n"
         "      issuer: https://id.example.com\n"
         "      client_id: mayfly\n" +
         more;
}
std::string Jwt(const std::string& more) {
  return "authenticators:\n"
         "  - name: ci\n"
         "    realm: pipelines\n"
         "    jwt:\n"
         "      issuer: https://ci.example.com\n" +
         more;
}
constexpr char kUsername[] = "      username: {claim: email}\n";
constexpr char kBound[] =
    "      audiences: [mayfly]\n"
    "      bound_claims: [{claim: sub, values: [x]}]\n";

std::string ErrorOf(const std::string& text) { return Message(Load(text).status()); }

TEST(TokenConfig, FillsInDefaults) {
  ASSERT_OK_AND_ASSIGN(const Config config, Load(Oidc(kUsername)));
  const auto& oidc = std::get<OidcAuthenticator>(config.authenticators[0].method);
  EXPECT_THAT(oidc.audiences, ElementsAre("mayfly"));
  EXPECT_THAT(oidc.scopes, ElementsAre("openid", "profile", "email"));
  EXPECT_THAT(oidc.claims, ElementsAre(Pair("acr", "acr"), Pair("amr", "amr")));
  EXPECT_TRUE(oidc.browser_flow && oidc.device_flow && !oidc.device_flow_without_nonce);
  EXPECT_EQ(oidc.max_age, absl::Minutes(10));
  EXPECT_EQ(oidc.algorithms, token::AllAlgorithms());
  ASSERT_OK_AND_ASSIGN(const Config other, Load(Jwt(std::string(kBound) + kUsername)));
  const auto& jwt = std::get<JwtAuthenticator>(other.authenticators[0].method);
  EXPECT_FALSE(jwt.same_key);
  EXPECT_EQ(jwt.session, absl::Hours(1));
  EXPECT_EQ(jwt.max_age, absl::InfiniteDuration());
}

TEST(TokenConfig, ReadsPathsAgainstTheFolder) {
  ASSERT_OK_AND_ASSIGN(
      const Config config,
      Load(Jwt(std::string(kBound) + kUsername + "      keys: {file: k.json, roots: r.pem}\n")));
  const auto& jwt = std::get<JwtAuthenticator>(config.authenticators[0].method);
  EXPECT_EQ(jwt.keys.file, "/etc/mayfly/k.json");
  EXPECT_EQ(jwt.keys.roots_path, "/etc/mayfly/r.pem");
}

struct Mistake {
  const char* name;
  std::string text;
  const char* words;
};
class TokenConfigMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(TokenConfigMistake, IsSaidWithItsPlace) {
  EXPECT_THAT(ErrorOf(GetParam().text), HasSubstr(GetParam().words));
  EXPECT_THAT(ErrorOf(GetParam().text), HasSubstr("/etc/mayfly/mayflyd.yaml:"));
}

INSTANTIATE_TEST_SUITE_P(
    Table, TokenConfigMistake,
    ::testing::ValuesIn(std::vector<Mistake>{
        {"NoAudience",
         Jwt("      bound_claims: [{claim: sub, values: [x]}]\n      username: {name: x}\n"),
         "\"audiences\" is missing"},
        {"NoBoundClaims", Jwt("      audiences: [m]\n      username: {name: x}\n"),
         "\"bound_claims\" is missing"},
        {"PlainHttp",
         "authenticators:\n  - {name: a, realm: b, oidc: {issuer: \"http://id.example.com\", "
         "client_id: x, username: {claim: sub}}}\n",
         "https://id.example.com"},
        {"NoUsername", Oidc(""), "\"username\" needs exactly one"},
        {"TwoUsernames", Oidc("      username: {claim: sub, name: x}\n"), "exactly one"},
        {"FixedRoot", Oidc("      username: {name: \"-x\"}\n"), "is no username"},
        {"ReplaceMerges",
         Oidc("      username: {claim: sub, replace: {\"/\": \"+\", \":\": \"+\"}}\n"),
         "another one of its own"},
        {"PatternForEverything",
         Oidc(std::string(kUsername) + "      bound_claims: [{claim: hd, values: [\"**\"]}]\n"),
         "this allows everything"},
        {"UnknownAlgorithm", Oidc(std::string(kUsername) + "      keys: {algorithms: [HS256]}\n"),
         "RS256"},
        {"UnknownFlow", Oidc(std::string(kUsername) + "      flows: [implicit]\n"),
         "expected browser or device"},
        {"UserinfoWithoutClaim", Oidc(std::string(kUsername) + "      groups: {userinfo: true}\n"),
         "\"claim\" is missing"},
        {"UserinfoOfWorkload",
         Jwt(std::string(kBound) + kUsername + "      groups: {claim: g, userinfo: true}\n"),
         "no userinfo"},
        {"SessionTooLong", Jwt(std::string(kBound) + kUsername + "      session: 48h\n"),
         "between 1m and 24h"},
        {"SkewTooLong", Oidc(std::string(kUsername) + "      keys: {skew: 1h}\n"),
         "between 0s and 5m"},
        {"RenewedWithoutNonce",
         Oidc(std::string(kUsername) +
              "      scopes: [offline_access]\n      device_flow_without_nonce: true\n"),
         "not together with the scope offline_access"},
        {"WorkloadsAmongPeople",
         Oidc(kUsername) + "  - {name: ci, realm: people, jwt: {issuer: "
                           "\"https://ci.example.com\", audiences: [m], "
                           "bound_claims: [{claim: sub, values: [x]}], username: {claim: sub}}}\n",
         "people are in this realm"},
        {"TwoForOneToken",
         Oidc(kUsername) + "  - {name: other, realm: staff, oidc: {issuer: "
                           "\"https://id.example.com\", client_id: mayfly, "
                           "username: {claim: sub}}}\n",
         "mayflyd.yaml:10:85: the authenticator \"sso\" takes this issuer's tokens for \"mayfly\" "
         "already, and whoever has one could choose; give one of the two another client"},
        {"WorkloadsByThePeoplesClient",
         Oidc(kUsername) + "  - {name: ci, realm: pipelines, jwt: {issuer: "
                           "\"https://id.example.com\", audiences: [other, mayfly], "
                           "bound_claims: [{claim: sub, values: [x]}], username: {claim: sub}}}\n",
         "\"sso\" takes this issuer's tokens for \"mayfly\" already"},
        {"SystemAccountByName", Oidc("      username: {name: Root}\n"), "a system account"},
        {"SystemAccountByMap", Oidc("      username: {claim: sub, map: {\"a/b\": daemon}}\n"),
         "a system account"},
        {"NothingButEmailIsVerified",
         Oidc("      username: {claim: sub, unverified_email: true}\n"),
         "only where \"claim\" is email"},
        {"NoPointer", Oidc("      username: {claim: \"/a~b\"}\n"), "JSON Pointer"},
        {"NameForPolicies", Oidc(std::string(kUsername) + "      claims: {Bad-Name: x}\n"),
         "no name for policies"},
        {"FileAndUrl",
         Oidc(std::string(kUsername) + "      keys: {file: a, url: \"https://x.example/k\"}\n"),
         "one of \"file\" and \"url\""},
        {"Mistyped", Oidc(std::string(kUsername) + "      flow: [device]\n"), "did you mean"},
    }),
    [](const ::testing::TestParamInfo<Mistake>& mistake) {
      return std::string(mistake.param.name);
    });

// Two issuers may have the same audience, and one issuer several.
TEST(TokenConfig, AnIssuerMayHaveAnAuthenticatorForEachAudience) {
  const std::string other =
      "  - {name: two, realm: pipelines, jwt: {issuer: \"https://ISSUER.example.com\", "
      "audiences: [AUDIENCE], bound_claims: [{claim: sub, values: [y]}], username: {claim: "
      "sub}}}\n";
  const auto with = [&](const char* issuer, const char* audience) {
    std::string text = other;
    text.replace(text.find("ISSUER"), 6, issuer);
    text.replace(text.find("AUDIENCE"), 8, audience);
    return Load(Jwt(std::string(kBound) + kUsername) + text).status();
  };
  EXPECT_OK(with("ci", "mayfly-releases"));
  EXPECT_OK(with("other", "mayfly"));
  EXPECT_THAT(Message(with("ci", "mayfly")), HasSubstr("give one of the two another audience"));
}

TEST(TokenConfig, AnUnverifiedEmailIsOnlyTakenWhereThatIsWritten) {
  const auto unverified = [](const std::string& username) {
    const Config config = Load(Oidc(username)).value();
    return std::get<OidcAuthenticator>(config.authenticators[0].method).username.unverified_email;
  };
  EXPECT_FALSE(unverified(kUsername));
  EXPECT_TRUE(unverified("      username: {claim: email, unverified_email: true}\n"));
}

// The YAML blocks of a page.
std::vector<std::string> BlocksOf(const std::string& page) {
  std::vector<std::string> blocks;
  bool inside = false;
  for (const std::string& line : SplitLines(ReadFile(page).value())) {
    if (line == "```yaml") {
      blocks.emplace_back();
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

TEST(TokenConfig, EveryConfigurationOfTheDocumentationIsRead) {
  int read = 0;
  for (const char* page : {"oidc.md", "jwt.md"}) {
    for (const std::string& block :
         BlocksOf(JoinPath(testing::SourcePath("docs/identity"), page))) {
      EXPECT_OK(Load(block)) << page << "\n" << block;
      ++read;
    }
  }
  EXPECT_EQ(read, 11);
}

}  // namespace
}  // namespace mayfly::config
