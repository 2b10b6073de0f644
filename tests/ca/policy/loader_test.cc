// Every mistake at its place, in the words that people read.
#include "tests/ca/policy/policy_world.h"

namespace mayfly::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Row {
  std::string name, text, expected;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

std::string ErrorOf(const std::string& text) {
  std::vector<PolicyText> files(1);
  files[0].path = "p.yaml";
  files[0].text = text;
  const absl::StatusOr<std::shared_ptr<const PolicySet>> policy = LoadPolicyText(std::move(files));
  if (policy.ok()) return "loaded";
  EXPECT_EQ(policy.status().code(), absl::StatusCode::kInvalidArgument);
  return Message(policy.status());
}

class PolicyMistake : public ::testing::TestWithParam<Row> {};

TEST_P(PolicyMistake, IsReportedAtItsPlace) {
  EXPECT_EQ(ErrorOf(GetParam().text), GetParam().expected);
}

std::string RowName(const ::testing::TestParamInfo<Row>& test) { return test.param.name; }

// A user grant of which a test writes one part otherwise.
std::string User(const std::string& certificate, const std::string& more = "") {
  return "grants:\n- name: g\n  for: {realm: people}\n" + more + "  user_certificate:\n" +
         certificate;
}
const char kHosts[] = "    hosts: any\n";
const char kLogins[] = "    logins: [deploy]\n";
const char kLifetime[] = "    lifetime: {default: 1h, max: 2h}\n";
std::string Body(const std::string& more) {
  return std::string(kHosts) + kLogins + kLifetime + more;
}
std::string Host(const std::string& principals, const std::string& more = "") {
  return "grants:\n- name: h\n  for: {realm: hosts}\n" + more +
         "  host_certificate:\n    lifetime: {default: 1d, max: 2d}\n    principals: " +
         principals + "\n";
}

INSTANTIATE_TEST_SUITE_P(
    Schema, PolicyMistake,
    ::testing::ValuesIn(std::vector<Row>{
        {"UnknownField", User(Body("    lifetme: 1h\n")),
         "p.yaml:8:5: unknown field \"lifetme\"; did you mean \"lifetime\"?\n"
         "      lifetme: 1h\n"
         "      ^"},
        {"UnknownCondition", "grants:\n- name: g\n  for: {realm: people, weekday: mon}\n",
         "p.yaml:3:24: unknown field \"weekday\"; expected authenticators, realm, groups, labels, "
         "networks, all_groups, no_groups, claims, claim_patterns, hours, hardware_proof, since, "
         "…\n"
         "    for: {realm: people, weekday: mon}\n"
         "                         ^"},
        {"UnknownKeyType", User(Body("    keys: {types: [ed25518]}\n")),
         "p.yaml:8:20: expected one of ed25519, ecdsa-p256, ecdsa-p384, ecdsa-p521, rsa, "
         "sk-ed25519, "
         "sk-ecdsa-p256, mldsa44-ed25519, found \"ed25518\"; did you mean \"ed25519\"?\n"
         "      keys: {types: [ed25518]}\n"
         "                     ^"},
        {"UnknownPermission", "operators: [{name: o, for: {realm: people}, may: [apply-polcy]}]\n",
         "p.yaml:1:51: expected one of create-join-tokens, read-certificates, read-decisions, "
         "apply-policy, approve, manage-users, "
         "found \"apply-polcy\"; did you mean \"apply-policy\"?\n"
         "  operators: [{name: o, for: {realm: people}, may: [apply-polcy]}]\n"
         "                                                    ^"},
    }),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    For, PolicyMistake,
    ::testing::ValuesIn(std::vector<Row>{
        {"Missing", "grants:\n- name: g\n  user_certificate:\n" + Body(""),
         "p.yaml:2:3: this rule has no \"for\"; say whom it is for\n"
         "  - name: g\n"
         "    ^"},
        {"Empty", "grants:\n- name: g\n  for: {}\n  user_certificate:\n" + Body(""),
         "p.yaml:3:8: an empty \"for\" would match everybody; say whom the rule is for\n"
         "    for: {}\n"
         "         ^"},
        {"GroupsAlone",
         "grants:\n- name: g\n  for: {groups: [sre]}\n  user_certificate:\n" + Body(""),
         "p.yaml:3:8: groups, labels, claims, networks and times mean nobody on their own; say the "
         "realm or the authenticators they belong to\n"
         "    for: {groups: [sre]}\n"
         "         ^"},
        {"EmptyGroups",
         "grants:\n- name: g\n  for: {realm: people, groups: []}\n  user_certificate:\n" + Body(""),
         "p.yaml:3:32: an empty list would match nobody; name some, or leave the field out\n"
         "    for: {realm: people, groups: []}\n"
         "                                 ^"},
        {"Wildcard",
         "grants:\n- name: g\n  for: {authenticators: [\"*\"]}\n  user_certificate:\n" + Body(""),
         "p.yaml:3:26: \"*\" would be compared as it stands; neither wildcards nor placeholders "
         "have a meaning here\n"
         "    for: {authenticators: [\"*\"]}\n"
         "                           ^"},
        {"BlankAroundAGroup",
         "grants:\n- name: g\n  for: {realm: people, groups: [\"sre \"]}\n  user_certificate:\n" +
             Body(""),
         "p.yaml:3:33: \"sre \" is not a name; expected 1 to 256 bytes, no blanks around them\n"
         "    for: {realm: people, groups: [\"sre \"]}\n"
         "                                  ^"},
        {"Realm", "grants:\n- name: g\n  for: {realm: People}\n  user_certificate:\n" + Body(""),
         "p.yaml:3:16: 'People' is not a realm; expected 1 to 32 lower-case letters, digits or -\n"
         "    for: {realm: People}\n"
         "                 ^"},
        {"Network",
         "grants:\n- name: g\n  for: {realm: people, networks: [10.0.0.1/8]}\n"
         "  user_certificate:\n" +
             Body(""),
         "p.yaml:3:35: " + Message(IpNetwork::Parse("10.0.0.1/8").status()) +
             "\n    for: {realm: people, networks: [10.0.0.1/8]}\n"
             "                                    ^"},
        {"LabelsOfAUser",
         "grants:\n- name: g\n  for: {realm: people, labels: {role: web}}\n  user_certificate:\n" +
             Body(""),
         "p.yaml:3:32: only hosts have labels; which hosts a user may reach is said by "
         "user_certificate.hosts\n"
         "    for: {realm: people, labels: {role: web}}\n"
         "                                 ^"},
        {"GroupsOfAHost",
         "grants:\n- name: h\n  for: {realm: hosts, groups: [sre]}\n  host_certificate:\n"
         "    principals: [web1]\n    lifetime: {default: 1d, max: 1d}\n",
         "p.yaml:3:31: only people have groups; hosts have labels\n"
         "    for: {realm: hosts, groups: [sre]}\n"
         "                                ^"},
    }),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    UserCertificate, PolicyMistake,
    ::testing::ValuesIn(std::vector<Row>{
        {"HostsUnsaid", User(std::string(kLogins) + kLifetime),
         "p.yaml:5:5: \"hosts\" must be said: any, or labels as {env: staging}\n"
         "      logins: [deploy]\n"
         "      ^"},
        {"HostsEmpty", User(std::string("    hosts: {}\n") + kLogins + kLifetime),
         "p.yaml:5:12: expected at least one label, as {env: production}\n"
         "      hosts: {}\n"
         "             ^"},
        {"LoginsUnsaid", User(std::string(kHosts) + kLifetime),
         "p.yaml:5:5: \"logins\" must name at least one, as [\"${username}\", deploy]\n"
         "      hosts: any\n"
         "      ^"},
        {"LoginsEmpty", User(std::string(kHosts) + "    logins: []\n" + kLifetime),
         "p.yaml:6:13: \"logins\" must name at least one, as [\"${username}\", deploy]\n"
         "      logins: []\n"
         "              ^"},
        {"WildcardLogin", User(std::string(kHosts) + "    logins: [\"*\"]\n" + kLifetime),
         "p.yaml:6:14: a pattern of logins must begin with a text of its own, as svc-*\n"
         "      logins: [\"*\"]\n"
         "               ^"},
        {"CommaInALogin", User(std::string(kHosts) + "    logins: [\"a,b\"]\n" + kLifetime),
         "p.yaml:6:14: 'a,b' is not a login name; expected a lower-case letter or _, then at most "
         "63 lower-case letters, digits or _.@-\n"
         "      logins: [\"a,b\"]\n"
         "               ^"},
        {"LoginTwice", User(std::string(kHosts) + "    logins: [a, b, a]\n" + kLifetime),
         "p.yaml:6:20: \"a\" is in this list twice\n"
         "      logins: [a, b, a]\n"
         "                     ^"},
        {"MisspeltPlaceholder",
         User(std::string(kHosts) + "    logins: [\"${usernam}\"]\n" + kLifetime),
         "p.yaml:6:14: \"${usernam}\" is no placeholder; expected ${username}, ${groups} or "
         "${claims.NAME}; did you mean \"${username}\"?\n"
         "      logins: [\"${usernam}\"]\n"
         "               ^"},
        {"TextAroundAPlaceholder",
         User(std::string(kHosts) + "    logins: [\"adm-${username}\"]\n" + kLifetime),
         "p.yaml:6:14: \"adm-${username}\" puts text around a placeholder; in logins it stands "
         "alone\n"
         "      logins: [\"adm-${username}\"]\n"
         "               ^"},
        {"HostPlaceholder",
         User(std::string(kHosts) + "    logins: [\"${hostname}\"]\n" + kLifetime),
         "p.yaml:6:14: ${hostname} belongs to host certificates; users have ${username}, "
         "${groups} and ${claims.NAME}\n"
         "      logins: [\"${hostname}\"]\n"
         "               ^"},
        {"LifetimeUnsaid", User(std::string(kHosts) + kLogins),
         "p.yaml:5:5: a lifetime is needed, as {default: 8h, max: 16h}\n"
         "      hosts: any\n"
         "      ^"},
        {"NoMax", User(std::string(kHosts) + kLogins + "    lifetime: {default: 1h}\n"),
         "p.yaml:7:15: a lifetime is needed, as {default: 8h, max: 16h}\n"
         "      lifetime: {default: 1h}\n"
         "                ^"},
        {"DefaultAboveMax",
         User(std::string(kHosts) + kLogins + "    lifetime: {default: 2h, max: 1h}\n"),
         "p.yaml:7:25: the default of 2h is more than the max of 1h\n"
         "      lifetime: {default: 2h, max: 1h}\n"
         "                          ^"},
        {"ZeroLifetime",
         User(std::string(kHosts) + kLogins + "    lifetime: {default: 0s, max: 1h}\n"),
         "p.yaml:7:25: expected a lifetime of at least 1s\n"
         "      lifetime: {default: 0s, max: 1h}\n"
         "                          ^"},
        {"AboveTheBuiltInCeiling",
         User(std::string(kHosts) + kLogins + "    lifetime: {default: 1h, max: 25h}\n"),
         "p.yaml:7:34: the max of 1d1h is more than the ceiling user_lifetime of 1d\n"
         "      lifetime: {default: 1h, max: 25h}\n"
         "                                   ^"},
        {"AboveTheCeiling", User(Body("")) + "ceilings: {user_lifetime: 90m}\n",
         "p.yaml:7:34: the max of 2h is more than the ceiling user_lifetime of 1h30m\n"
         "      lifetime: {default: 1h, max: 2h}\n"
         "                                   ^"},
        {"UnknownExtension", User(Body("    extensions: [permit-ptty]\n")),
         "p.yaml:8:18: unknown extension \"permit-ptty\"; OpenSSH has no-touch-required, "
         "permit-X11-forwarding, permit-agent-forwarding, permit-port-forwarding, permit-pty, "
         "permit-user-rc; did you mean \"permit-pty\"?\n"
         "      extensions: [permit-ptty]\n"
         "                   ^"},
        {"CriticalOptionAmongExtensions", User(Body("    extensions: [force-command]\n")),
         "p.yaml:8:18: \"force-command\" is a critical option; write it under critical_options\n"
         "      extensions: [force-command]\n"
         "                   ^"},
        {"VerifyRequiredOfAnyKey", User(Body("    critical_options: {verify_required: true}\n")),
         "p.yaml:8:41: only security keys can be verified; say keys: {types: [sk-ed25519, "
         "sk-ecdsa-p256]}\n"
         "      critical_options: {verify_required: true}\n"
         "                                          ^"},
        {"EmptyForceCommand", User(Body("    critical_options: {force_command: \"\"}\n")),
         "p.yaml:8:39: a force-command of 0 bytes; expected 1 to 4096\n"
         "      critical_options: {force_command: \"\"}\n"
         "                                        ^"},
        {"SourceAddressOfEverything",
         User(Body("    critical_options: {source_address: [\"::/0\"]}\n")),
         "p.yaml:8:41: \"::/0\" restricts nothing\n"
         "      critical_options: {source_address: [\"::/0\"]}\n"
         "                                          ^"},
        {"EmptySourceAddress", User(Body("    critical_options: {source_address: []}\n")),
         "p.yaml:8:40: an empty list would match nobody; name some, or leave the field out\n"
         "      critical_options: {source_address: []}\n"
         "                                         ^"},
        {"NoKeyTypes", User(Body("    keys: {types: []}\n")),
         "p.yaml:8:19: an empty list would match nobody; name some, or leave the field out\n"
         "      keys: {types: []}\n"
         "                    ^"},
        {"SmallRsa", User(Body("    keys: {min_rsa_bits: 1024}\n")),
         "p.yaml:8:26: expected 2048 to 8192 bits\n"
         "      keys: {min_rsa_bits: 1024}\n"
         "                           ^"},
        {"RsaBitsWithoutRsa", User(Body("    keys: {types: [ed25519], min_rsa_bits: 4096}\n")),
         "p.yaml:8:44: min_rsa_bits means nothing here, because keys.types has no rsa\n"
         "      keys: {types: [ed25519], min_rsa_bits: 4096}\n"
         "                                             ^"},
        {"BothKinds",
         User(Body("")) +
             "  host_certificate: {principals: [a], lifetime: {default: 1h, max: 1h}}\n",
         "p.yaml:2:3: a grant gives exactly one of user_certificate and host_certificate\n"
         "  - name: g\n"
         "    ^"},
    }),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    HostCertificate, PolicyMistake,
    ::testing::ValuesIn(std::vector<Row>{
        {"UserPlaceholder", Host("[\"${username}\"]"),
         "p.yaml:6:18: ${username}, ${groups} and ${claims.NAME} belong to user certificates; "
         "hosts have "
         "${hostname}\n"
         "      principals: [\"${username}\"]\n"
         "                   ^"},
        {"Wildcard", Host("[\"*.example.com\"]"),
         "p.yaml:6:18: '*.example.com' is not a host name; expected a lower-case DNS name or an IP "
         "address\n"
         "      principals: [\"*.example.com\"]\n"
         "                   ^"},
        {"WildcardAround", Host("[\"*.${hostname}\"]"),
         "p.yaml:6:18: \"*.${hostname}\" makes no host name: '*.h' is not a host name; expected a "
         "lower-case DNS name or an IP address\n"
         "      principals: [\"*.${hostname}\"]\n"
         "                   ^"},
        {"TwoPlaceholders", Host("[\"${hostname}.${hostname}\"]"),
         "p.yaml:6:18: \"${hostname}.${hostname}\" has another placeholder than one ${hostname}\n"
         "      principals: [\"${hostname}.${hostname}\"]\n"
         "                   ^"},
        {"NoPrincipals", Host("[]"),
         "p.yaml:6:17: \"principals\" must name at least one, as [\"${hostname}\"]\n"
         "      principals: []\n"
         "                  ^"},
        {"Reason", Host("[a]", "  requires: {reason: true}\n"),
         "p.yaml:4:13: a host gives no reasons and waits for nobody; leave this out\n"
         "    requires: {reason: true}\n"
         "              ^"},
    }),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    Others, PolicyMistake,
    ::testing::ValuesIn(std::vector<Row>{
        {"NoName", "denials:\n- when: {realm: people}\n",
         "p.yaml:2:3: this rule has no name; every rule needs one, by which refusals speak of it\n"
         "  - when: {realm: people}\n"
         "    ^"},
        {"UpperCaseName", "denials:\n- name: No\n  when: {realm: people}\n",
         "p.yaml:2:9: \"No\" is not a name for a rule; expected 1 to 64 lower-case letters, digits "
         "or ._-, beginning with a letter or digit\n"
         "  - name: No\n"
         "          ^"},
        {"NameTwice",
         "denials:\n- {name: a, when: {realm: people}}\n- {name: a, when: {realm: hosts}}\n",
         "p.yaml:3:10: denial \"a\" is there already, at p.yaml:2\n"
         "  - {name: a, when: {realm: hosts}}\n"
         "           ^"},
        {"EmptyWhen", "denials: [{name: a, when: {}}]\n",
         "p.yaml:1:27: an empty \"when\" would refuse everything; say what the denial refuses\n"
         "  denials: [{name: a, when: {}}]\n"
         "                            ^"},
        {"PlaceholderInADenial", "denials: [{name: a, when: {logins: [\"${username}\"]}}]\n",
         "p.yaml:1:37: '${username}' is not a login name; expected a lower-case letter or _, then "
         "at "
         "most 63 lower-case letters, digits or _.@-\n"
         "  denials: [{name: a, when: {logins: [\"${username}\"]}}]\n"
         "                                      ^"},
        {"MessageOfTwoLines", "denials: [{name: a, when: {realm: x}, message: \"a\\nb\"}]\n",
         "p.yaml:1:48: expected one line of at most 500 bytes, without control characters or "
         "backslashes\n"
         "  denials: [{name: a, when: {realm: x}, message: \"a\\nb\"}]\n"
         "                                                 ^"},
        {"OperatorWithoutPermission", "operators: [{name: o, for: {realm: people}}]\n",
         "p.yaml:1:13: this rule gives no permission; say some in \"may\"\n"
         "  operators: [{name: o, for: {realm: people}}]\n"
         "              ^"},
        {"ManagerOfUnsaidGroups",
         "operators: [{name: o, for: {realm: people}, may: [manage-users]}]\n",
         "p.yaml:1:50: manage-users puts people into groups; say which, as manage_groups: "
         "[engineering], or any\n"
         "  operators: [{name: o, for: {realm: people}, may: [manage-users]}]\n"
         "                                                   ^"},
        {"ManagerOfNobody",
         "operators: [{name: o, for: {realm: p}, may: [approve], manage_groups: any}]\n",
         "p.yaml:1:71: this rule manages nobody; add manage-users to \"may\", or leave this out\n"
         "  operators: [{name: o, for: {realm: p}, may: [approve], manage_groups: any}]\n"
         "                                                                        ^"},
        {"ManagerOfNoGroup",
         "operators: [{name: o, for: {realm: p}, may: [manage-users], manage_groups: []}]\n",
         "p.yaml:1:76: an empty list would match nobody; name some, or leave the field out\n"
         "  operators: [{name: o, for: {realm: p}, may: [manage-users], manage_groups: []}]\n"
         "                                                                             ^"},
        {"OperatorForEverybody", "operators: [{name: o, for: {}, may: [apply-policy]}]\n",
         "p.yaml:1:28: an empty \"for\" would match everybody; say whom the rule is for\n"
         "  operators: [{name: o, for: {}, may: [apply-policy]}]\n"
         "                             ^"},
        {"ZeroCeiling", "ceilings: {user_lifetime: 0s}\n",
         "p.yaml:1:27: expected a ceiling of at least 1s\n"
         "  ceilings: {user_lifetime: 0s}\n"
         "                            ^"},
        {"EmptyScopedOnly", "scoped_only: {}\n",
         "p.yaml:1:14: expected at least one label, as {env: production}\n"
         "  scoped_only: {}\n"
         "               ^"},
        {"WrongLabel", "scoped_only: {Env: production}\n",
         "p.yaml:1:14: 'Env=production' is not a label; expected 1 to 63 lower-case letters, "
         "digits "
         "or _.- on both sides\n"
         "  scoped_only: {Env: production}\n"
         "               ^"},
    }),
    RowName);

TEST(PolicyLoader, ReportsEveryMistakeOfEveryFileInOrder) {
  std::vector<PolicyText> files(3);
  files[0] = {"b.yaml", "denials: [{name: a, when: {}}]\nceilings: {user_lifetime: 0s}\n"};
  files[1] = {"a.yaml", "grant: []\n"};
  files[2] = {"c.yaml", "scoped_only: {env: production}\n"};
  const std::string message = Message(LoadPolicyText(files, "policies").status());
  const size_t a = message.find("policies/a.yaml:1:1: unknown field \"grant\"");
  const size_t b1 = message.find("policies/b.yaml:1:27: an empty \"when\"");
  const size_t b2 = message.find("policies/b.yaml:2:27: expected a ceiling");
  ASSERT_NE(a, std::string::npos) << message;
  ASSERT_NE(b1, std::string::npos) << message;
  ASSERT_NE(b2, std::string::npos) << message;
  EXPECT_LT(a, b1);
  EXPECT_LT(b1, b2);
  EXPECT_EQ(message.find("c.yaml"), std::string::npos);
}

TEST(PolicyLoader, RefusesWhatMayStandOnceInTwoFiles) {
  for (const std::string once : {"ceilings: {user_lifetime: 1h}\n", "scoped_only: {env: a}\n"}) {
    std::vector<PolicyText> files = {{"x/b.yaml", once}, {"a.yaml", once}};
    const absl::Status status = LoadPolicyText(files).status();
    EXPECT_THAT(Message(status), HasSubstr("is there already, at a.yaml:1"));
    EXPECT_THAT(Message(status), HasSubstr("x/b.yaml:1:"));
  }
}

TEST(PolicyLoader, HoldsLifetimesAgainstACeilingOfALaterFile) {
  std::vector<PolicyText> files = {{"a.yaml", User(Body(""))},
                                   {"z.yaml", "ceilings: {user_lifetime: 1h}\n"}};
  EXPECT_THAT(Message(LoadPolicyText(files).status()),
              HasSubstr("a.yaml:7:34: the max of 2h is more than the ceiling user_lifetime of 1h"));
}

TEST(PolicyLoader, AcceptsARaisedCeiling) {
  const auto policy =
      PolicyOf(User(std::string(kHosts) + kLogins + "    lifetime: {default: 1h, max: 7d}\n") +
               "ceilings: {user_lifetime: 7d}\n");
  EXPECT_EQ(policy->ceilings().user_lifetime, absl::Hours(7 * 24));
  EXPECT_EQ(policy->ceilings().host_lifetime, kDefaultHostCeiling);
}

TEST(PolicyLoader, OrdersFilesByTheBytesOfTheirPath) {
  const auto grant = [](const std::string& name) {
    return "grants: [{name: " + name +
           ", for: {realm: people}, user_certificate: {hosts: any, logins: [a], lifetime: "
           "{default: "
           "1h, max: 1h}}}]\n";
  };
  std::vector<PolicyText> files = {
      {"b.yaml", grant("third")}, {"B.yaml", grant("first")}, {"a/z.yaml", grant("second")}};
  ASSERT_OK_AND_ASSIGN(const auto policy, LoadPolicyText(files));
  ASSERT_EQ(policy->grants().size(), 3u);
  EXPECT_EQ(policy->grants()[0].name, "first");
  EXPECT_EQ(policy->grants()[1].name, "second");
  EXPECT_EQ(policy->grants()[1].source, "a/z.yaml:1");
  EXPECT_EQ(policy->grants()[2].name, "third");
}

TEST(PolicyLoader, HashesPathsAndBytesAndNotTheirOrder) {
  const std::string a = "scoped_only: {env: a}\n", b = "ceilings: {user_lifetime: 1h}\n";
  const auto hash = [](std::vector<PolicyText> files) {
    return LoadPolicyText(std::move(files)).value()->hash();
  };
  const std::string both = hash({{"a.yaml", a}, {"b.yaml", b}});
  EXPECT_EQ(both.size(), 64u);
  EXPECT_EQ(hash({{"b.yaml", b}, {"a.yaml", a}}), both);
  EXPECT_NE(hash({{"a.yaml", b}, {"b.yaml", a}}), both);
  EXPECT_NE(hash({{"a.yaml", a + "\n"}, {"b.yaml", b}}), both);
  EXPECT_NE(hash({{"a.yaml", a}, {"c.yaml", b}}), both);
  EXPECT_NE(hash({{"a.yaml", a}}), both);
}

TEST(PolicyLoader, RefusesPathsThatCouldNotBeFiles) {
  for (const std::string path : {"", "/etc/x.yaml", "x.yml", "x", "a\n.yaml", "\x1b[2J.yaml",
                                 "a\xff.yaml", "../x.yaml", "a//b.yaml", "./a.yaml"}) {
    std::vector<PolicyText> files = {{path, "scoped_only: {env: a}\n"}};
    EXPECT_THAT(LoadPolicyText(files), StatusIs(absl::StatusCode::kInvalidArgument)) << path;
  }
  std::vector<PolicyText> twice = {{"a.yaml", "grants: []\n"}, {"a.yaml", "denials: []\n"}};
  EXPECT_THAT(LoadPolicyText(twice),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is given twice")));
}

TEST(PolicyLoader, BoundsFilesAndBytes) {
  std::vector<PolicyText> many;
  for (size_t i = 0; i <= kMaxPolicyFiles; ++i) {
    many.push_back({std::to_string(i) + ".yaml", "grants: []\n"});
  }
  EXPECT_THAT(LoadPolicyText(many), StatusIs(absl::StatusCode::kResourceExhausted));
  std::vector<PolicyText> large;
  for (int i = 0; i < 11; ++i) {
    large.push_back({std::to_string(i) + ".yaml", "#" + std::string(1 << 20, 'x')});
  }
  EXPECT_THAT(LoadPolicyText(large), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(PolicyLoader, ShowsTheBeginningOfManyWrongFiles) {
  std::vector<PolicyText> files;
  for (int i = 10; i < 60; ++i) files.push_back({std::to_string(i) + ".yaml", "x: 1\n"});
  const std::string message = Message(LoadPolicyText(files).status());
  EXPECT_THAT(message, HasSubstr("19.yaml:1:1"));
  EXPECT_THAT(message, Not(HasSubstr("20.yaml")));
  EXPECT_THAT(message, HasSubstr("\n… and 40 more files with errors"));
}

}  // namespace
}  // namespace mayfly::policy
