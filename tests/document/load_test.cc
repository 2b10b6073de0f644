#include "document/load.h"

#include <string>

#include "tests/document/document_test.pb.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::document {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

document_test::Policy LoadPolicy(std::string_view text) {
  document_test::Policy policy;
  EXPECT_OK(Load(text, "policy.yaml", &policy, nullptr));
  return policy;
}

document_test::Grant LoadGrant(const std::string& fields) {
  const document_test::Policy policy = LoadPolicy("grants: [{" + fields + "}]");
  return policy.grants_size() == 1 ? policy.grants(0) : document_test::Grant();
}

TEST(Load, ReadsAPolicy) {
  const document_test::Policy policy = LoadPolicy(R"(# People
grants:
  - name: staging-shell
    description: >
      Engineers reach staging
      as themselves.
    for: {groups: [engineering], networks: [10.0.0.0/8], labels: {team: "7"}}
    hosts: {env: staging, role: web}
    logins: ["${username}", deploy]
    lifetime: {default: 8h, max: 1h30m}
    keys: [ed25519, sk-ed25519, ecdsa-p256]
    default: true
  - name: second
    hosts: any
ceilings: {user_lifetime: 24h, host_lifetime: 90d}
contacts:
  on-call: {mail: a@example.com}
  second.line: {mail: b@example.com}
scoped_only: {env: production}
until: 2026-11-23T09:18:00Z
)");
  ASSERT_EQ(policy.grants_size(), 2);
  const document_test::Grant& grant = policy.grants(0);
  EXPECT_EQ(grant.name(), "staging-shell");
  EXPECT_EQ(grant.description(), "Engineers reach staging as themselves.\n");
  EXPECT_THAT(grant.for_().groups(), ElementsAre("engineering"));
  EXPECT_THAT(grant.for_().labels().entries(), UnorderedElementsAre(Pair("team", "7")));
  EXPECT_THAT(grant.hosts().labels().entries(),
              UnorderedElementsAre(Pair("env", "staging"), Pair("role", "web")));
  EXPECT_THAT(grant.logins(), ElementsAre("${username}", "deploy"));
  EXPECT_EQ(grant.lifetime().default_().seconds(), 8 * 3600);
  EXPECT_EQ(grant.lifetime().max().seconds(), 5400);
  EXPECT_THAT(grant.keys(),
              ElementsAre(document_test::KEY_TYPE_ED25519, document_test::KEY_TYPE_SK_ED25519,
                          document_test::KEY_TYPE_ECDSA_P256));
  EXPECT_TRUE(grant.default_());
  EXPECT_TRUE(policy.grants(1).hosts().any());
  EXPECT_EQ(policy.ceilings().host_lifetime().seconds(), 90 * 86400);
  EXPECT_EQ(policy.contacts().at("second.line").mail(), "b@example.com");
  EXPECT_THAT(policy.scoped_only().entries(), UnorderedElementsAre(Pair("env", "production")));
  EXPECT_EQ(policy.until().seconds(), 1795425480);
}

TEST(Load, TakesAnyTextWhereTextIsDue) {
  for (const char* text : {"no", "true", "8", "1e3", "0x10", "2026-01-01", "12:30", "nan", "off"}) {
    EXPECT_EQ(LoadGrant(std::string("name: ") + text).name(), text);
    EXPECT_EQ(LoadGrant(std::string("name: '") + text + "'").name(), text);
  }
  EXPECT_EQ(LoadGrant("name: \"null\"").name(), "null");
  EXPECT_EQ(LoadGrant("name: ''").name(), "");
  EXPECT_EQ(LoadGrant("name: \"a\\tb\\u00fc\"").name(), "a\tbü");
}

TEST(Load, ReadsTheExtremesOfEveryNumber) {
  const document_test::Numbers low = LoadPolicy(R"(numbers:
  i32: -2147483648
  i64: -9223372036854775808
  u32: 0
  u64: 0
  real: -0.5
  small: -2
  s32: -1
)")
                                         .numbers();
  EXPECT_EQ(low.i32(), INT32_MIN);
  EXPECT_EQ(low.i64(), INT64_MIN);
  EXPECT_EQ(low.real(), -0.5);
  EXPECT_EQ(low.small(), -2.0f);
  EXPECT_EQ(low.s32(), -1);
  const document_test::Numbers high = LoadPolicy(R"(numbers:
  i32: 2147483647
  i64: 9223372036854775807
  u32: 4294967295
  u64: 18446744073709551615
  real: 123456.789
  f64: 7
  blob: aGVsbG8=
  flags: [true, false]
)")
                                          .numbers();
  EXPECT_EQ(high.i32(), INT32_MAX);
  EXPECT_EQ(high.i64(), INT64_MAX);
  EXPECT_EQ(high.u32(), UINT32_MAX);
  EXPECT_EQ(high.u64(), UINT64_MAX);
  EXPECT_EQ(high.real(), 123456.789);
  EXPECT_EQ(high.f64(), 7u);
  EXPECT_EQ(high.blob(), "hello");
  EXPECT_THAT(high.flags(), ElementsAre(true, false));
}

TEST(Load, ReadsKeysOfMapsByTheirType) {
  const document_test::Policy policy = LoadPolicy("ports: {22: ssh, \"443\": https}");
  EXPECT_THAT(policy.ports(), UnorderedElementsAre(Pair(22u, "ssh"), Pair(443u, "https")));
}

TEST(Load, TakesAKeywordOrAValueOfAnyShape) {
  EXPECT_TRUE(LoadGrant("hosts: any").hosts().any());
  EXPECT_TRUE(LoadGrant("hosts: only-enrolled").hosts().only_enrolled());
  EXPECT_TRUE(LoadGrant("hosts: {}").hosts().has_labels());
  EXPECT_THAT(LoadGrant("hosts: {any: x}").hosts().labels().entries(),
              UnorderedElementsAre(Pair("any", "x")))
      << "in a mapping it is a label like any other";
  EXPECT_TRUE(LoadGrant("expiry: never").expiry().never());
  EXPECT_EQ(LoadGrant("expiry: 7d").expiry().after().seconds(), 7 * 86400);
  EXPECT_TRUE(LoadGrant("reviewers: everyone").reviewers().everyone());
  EXPECT_THAT(LoadGrant("reviewers: [a, b]").reviewers().groups().items(), ElementsAre("a", "b"));
}

TEST(Load, TellsAbsentFromDefaultThroughTheSourceMap) {
  document_test::Policy policy;
  SourceMap map;
  ASSERT_OK(
      Load("grants:\n  - {name: a, default: false, count: 0, for: {}}\n", "p", &policy, &map));
  EXPECT_TRUE(map.Contains("grants[0].default"));
  EXPECT_FALSE(map.Contains("grants[0].description"));
  EXPECT_TRUE(policy.grants(0).has_count());
  EXPECT_TRUE(policy.grants(0).has_for_());
  EXPECT_FALSE(policy.grants(0).has_lifetime());
}

TEST(Load, LeavesWrappersOutOfPaths) {
  document_test::Policy policy;
  SourceMap map;
  ASSERT_OK(
      Load("grants:\n  - hosts: {env: staging}\n    reviewers: [a, b]\n", "p", &policy, &map));
  EXPECT_EQ(map.Find("grants[0].hosts.env"), (Position{2, 18}));
  EXPECT_EQ(map.Find("grants[0].reviewers[1]"), (Position{3, 20}));
}

TEST(Load, AcceptsAMappingWithoutFields) {
  EXPECT_EQ(LoadPolicy("{}").ByteSizeLong(), 0u);
  EXPECT_EQ(LoadPolicy("grants: []").grants_size(), 0);
}

TEST(Load, ReplacesWhatTheMessageHeld) {
  document_test::Policy policy;
  policy.add_grants()->set_name("old");
  ASSERT_OK(Load("{}", "p", &policy, nullptr));
  EXPECT_EQ(policy.grants_size(), 0);
}

TEST(Load, LeavesNothingBehindAfterAnError) {
  document_test::Policy policy;
  policy.add_grants()->set_name("old");
  SourceMap map;
  EXPECT_THAT(Load("grants: [{name: a}]\nnonsense: 1\n", "p", &policy, &map),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(policy.ByteSizeLong(), 0u);
  EXPECT_TRUE(map.Contains("grants[0].name")) << "the text can still be pointed at";
  EXPECT_THAT(Load("grants: [", "p", &policy, &map), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(policy.ByteSizeLong(), 0u);
}

}  // namespace
}  // namespace mayfly::document
