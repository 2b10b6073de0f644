#include "ca/token/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/status.h"
#include "ca/token/claim_pattern.h"

namespace mayfly::token {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

// A projected token of a Kubernetes service account, as its documentation shows it.
constexpr char kKubernetes[] = R"({
  "aud": ["mayfly"], "exp": 1731613413, "iat": 1700077413,
  "iss": "https://kubernetes.default.svc", "jti": "ea28ed49-2e11-4280-9ec5-bc3d1d84661a",
  "kubernetes.io": {"namespace": "builds", "node": {"name": "n1", "uid": "u"},
    "pod": {"name": "p", "uid": "u"}, "serviceaccount": {"name": "deployer", "uid": "u"}},
  "sub": "system:serviceaccount:builds:deployer",
  "flags": {"on": true, "off": "false", "count": 3, "mixed": ["a", 1, {}], "list": ["pwd", "otp"]}})";

TEST(Claims, AreFoundByNameAndByPointer) {
  const Claims claims = Claims::Parse(kKubernetes).value();
  EXPECT_THAT(claims.Text("sub"), Optional(std::string("system:serviceaccount:builds:deployer")));
  EXPECT_THAT(claims.Text("/kubernetes.io/namespace"), Optional(std::string("builds")));
  EXPECT_THAT(claims.Text("/kubernetes.io/serviceaccount/name"), Optional(std::string("deployer")));
  EXPECT_EQ(claims.Text("kubernetes.io"), std::nullopt);
  EXPECT_EQ(claims.Text("/kubernetes.io/none"), std::nullopt);
  EXPECT_EQ(claims.Text("/aud/x"), std::nullopt);
  EXPECT_EQ(claims.Text("/aud/9"), std::nullopt);
}

TEST(Claims, AreReadAsWhatTheyAre) {
  const Claims claims = Claims::Parse(kKubernetes).value();
  EXPECT_THAT(claims.List("aud"), Optional(ElementsAre("mayfly")));
  EXPECT_THAT(claims.List("iss"), Optional(ElementsAre("https://kubernetes.default.svc")));
  EXPECT_EQ(claims.List("/flags/mixed"), std::nullopt);
  EXPECT_EQ(claims.Scalar("/flags/mixed"), std::nullopt);
  EXPECT_THAT(claims.Scalar("/flags/on"), Optional(std::string("true")));
  EXPECT_THAT(claims.Scalar("/flags/count"), Optional(std::string("3")));
  EXPECT_THAT(claims.Scalar("/flags/list"), Optional(std::string("pwd otp")));
  EXPECT_THAT(claims.Flag("/flags/off"), Optional(false));
  EXPECT_EQ(claims.Flag("sub"), std::nullopt);
}

TEST(Claims, NamesAreChecked) {
  EXPECT_TRUE(CheckClaimName("https://example.com/groups").ok());
  EXPECT_TRUE(CheckClaimName("/realm_access/roles").ok());
  EXPECT_FALSE(CheckClaimName("").ok());
  EXPECT_FALSE(CheckClaimName("/a~2b").ok());
  EXPECT_FALSE(CheckClaimName("a\nb").ok());
}

struct PatternCase {
  const char* pattern;
  const char* text;
  bool matches;
};
TEST(ClaimPattern, StarsStayWithinOnePart) {
  for (const PatternCase& one : std::initializer_list<PatternCase>{
           {"acme", "acme", true},
           {"acme", "acme2", false},
           {"acme", "xacme", false},
           {"acme/*", "acme/web", true},
           {"acme/*", "acme/web/deep", false},
           {"acme/*", "acme/", true},
           {"*/web", "evil/web", true},
           {"repo:acme/*:ref:refs/heads/main", "repo:acme/web:ref:refs/heads/main", true},
           {"repo:acme/*:ref:refs/heads/main", "repo:acme/web:ref:refs/heads/x", false},
           // A branch whose name is made to look like the rest of the subject.
           {"repo:acme/*:ref:refs/heads/main", "repo:acme/web:environment:x:ref:refs/heads/main",
            false},
           {"refs/tags/v*", "refs/tags/v1.2", true},
           {"refs/heads/release/**", "refs/heads/release/1/2", true},
           {"**", "a/b:c", true},
           {"a*b*c", "aXbYc", true},
           {"a*b*c", "aXcYb", false},
           {"", "", true},
           {"", "x", false},
           {"*", "", true},
       }) {
    EXPECT_EQ(MatchesClaimPattern(one.pattern, one.text), one.matches)
        << one.pattern << " " << one.text;
  }
}

TEST(ClaimPattern, TakesTimeInProportion) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "**a";
  EXPECT_FALSE(MatchesClaimPattern(pattern, std::string(5000, 'a') + "b"));
}

TEST(ClaimPattern, MustSaySomething) {
  EXPECT_TRUE(CheckClaimPattern("acme/*").ok());
  EXPECT_FALSE(CheckClaimPattern("*").ok());
  EXPECT_FALSE(CheckClaimPattern("**").ok());
  EXPECT_FALSE(CheckClaimPattern("").ok());
}

TEST(BoundClaims, NameWhatIsMissingOrOther) {
  const Claims claims = Claims::Parse(kKubernetes).value();
  EXPECT_TRUE(CheckBoundClaims(claims, {{"/kubernetes.io/namespace", {"x", "build*"}}}).ok());
  EXPECT_TRUE(CheckBoundClaims(claims, {{"/flags/list", {"otp"}}}).ok());
  const absl::Status other = CheckBoundClaims(claims, {{"/kubernetes.io/namespace", {"prod"}}});
  EXPECT_EQ(other.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(Message(other), HasSubstr("'/kubernetes.io/namespace' is 'builds'"));
  EXPECT_THAT(Message(CheckBoundClaims(claims, {{"hd", {"example.com"}}})),
              HasSubstr("no claim 'hd'"));
}

}  // namespace
}  // namespace mayfly::token
