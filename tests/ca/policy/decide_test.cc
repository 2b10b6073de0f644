// One row a sentence of docs/policy-language.md.
#include <functional>

#include "tests/ca/policy/policy_world.h"

namespace mayfly::policy {
namespace {

using ::testing::HasSubstr;

constexpr char kPolicy[] = R"(
grants:
  - name: backup
    for: {authenticators: [ssh-key], groups: [robots], networks: [10.0.0.0/8]}
    user_certificate:
      hosts: {role: db}
      logins: [backup]
      lifetime: {default: 10m, max: 30m}
      extensions: []
      critical_options: {force_command: /bin/backup, source_address: [10.0.0.0/8]}
      keys: {types: [ed25519, rsa], min_rsa_bits: 4096}
  - name: staging
    for: {authenticators: [ssh-key], groups: [engineering]}
    user_certificate:
      hosts: {env: staging}
      logins: ["${username}", deploy]
      lifetime: {default: 8h, max: 16h}
      extensions: [permit-pty, permit-port-forwarding]
  - name: everywhere
    for: {realm: people, groups: [engineering, sre]}
    user_certificate:
      hosts: any
      logins: ["${username}"]
      lifetime: {default: 4h, max: 4h}
    default: true
  - name: production-root
    for: {realm: people, groups: [sre]}
    user_certificate:
      hosts: {env: production}
      logins: [root]
      lifetime: {default: 30m, max: 1h}
    requires: {reason: true}
  - name: teams
    for: {realm: people, groups: [staff]}
    user_certificate:
      hosts: any
      logins: ["${groups}"]
      lifetime: {default: 1h, max: 1h}
  - name: web-hosts
    for: {authenticators: [join], labels: {role: web}}
    host_certificate:
      principals: ["${hostname}", "${hostname}.example.com"]
      lifetime: {default: 7d, max: 30d}
scoped_only: {env: production}
)";

struct Row {
  std::string name;
  std::function<void(Case&)> change;
  std::string expected;
  bool host = false;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

void InGroups(Case& c, std::vector<std::string> groups) {
  c.identity.groups = model::Fact<std::vector<std::string>>::Known(std::move(groups));
}

class DecideSentence : public ::testing::TestWithParam<Row> {};

TEST_P(DecideSentence, Holds) {
  static const auto policy = PolicyOf(kPolicy);
  Case c(GetParam().host ? Web1() : Alice());
  GetParam().change(c);
  EXPECT_EQ(Summary(c.Decide(*policy)), GetParam().expected);
}

std::string RowName(const ::testing::TestParamInfo<Row>& test) { return test.param.name; }

INSTANTIATE_TEST_SUITE_P(
    WhichGrant, DecideSentence,
    ::testing::ValuesIn(std::vector<Row>{
        {"DefaultsComeFirst", [](Case&) {}, "granted everywhere [alice] 4h"},
        {"NamedGrant", [](Case& c) { c.ask().grant = "staging"; },
         "granted staging [env=staging/alice, env=staging/deploy] 8h"},
        {"NamedGrantOfOthersSaysWhy", [](Case& c) { c.ask().grant = "production-root"; },
         "denied default deny: grant production-root does not permit this: it is for groups [sre], "
         "and alice is in [engineering]; it needs a reason: add --reason \"…\""},
        {"NamedGrantThatIsNot", [](Case& c) { c.ask().grant = "stagin"; },
         "denied default deny: there is no grant stagin for user certificates; did you mean "
         "staging?"},
        {"SuggestsNoGrantOfOthers", [](Case& c) { c.ask().grant = "production-rot"; },
         "denied default deny: there is no grant production-rot for user certificates"},
        {"NamesDoNotFoldCase", [](Case& c) { c.ask().grant = "Staging"; },
         "denied default deny: there is no grant Staging for user certificates; did you mean "
         "staging?"},
        {"NamedHostTakesFirstInOrder",
         [](Case& c) {
           c.NameTarget("s1", {{"env", "staging"}, {"role", "db"}});
           c.ask().logins = {"alice"};
         },
         "granted staging [env=staging/alice] 8h"},
        {"AnyOpensUnenrolledHosts",
         [](Case& c) {
           c.ask().target_host = "nas";
           c.facts.target_labels = model::Fact<model::Labels>::Unknown();
           c.ask().logins = {"alice"};
         },
         "granted everywhere [alice] 4h"},
        {"ScopeNeverOpensUnenrolledHosts",
         [](Case& c) {
           c.ask().target_host = "nas";
           c.facts.target_labels = model::Fact<model::Labels>::Unknown();
           c.ask().logins = {"deploy"};
         },
         "denied grant staging: no grant permits this; the nearest is staging: it opens hosts with "
         "env=staging, and nas is not enrolled"},
        {"PlainOpensNoScopedOnlyHost",
         [](Case& c) {
           c.NameTarget("p1", {{"env", "production"}});
           c.ask().logins = {"alice"};
         },
         "denied grant staging: no grant permits this; the nearest is staging: it opens hosts with "
         "env=staging, and p1 has env=production"},
        {"NamedHostWithReason",
         [](Case& c) {
           InGroups(c, {"sre"});
           c.NameTarget("p1", {{"env", "production"}});
           c.ask().logins = {"root"};
           c.ask().reason = "disk full";
         },
         "granted production-root [env=production/root] 30m"},
        {"ReasonIsAskedForByItsFlag",
         [](Case& c) {
           InGroups(c, {"sre"});
           c.ask().grant = "production-root";
           c.ask().reason = " \t";
         },
         "denied grant production-root: grant production-root does not permit this: it needs a "
         "reason: add --reason \"…\""},
        {"ElseTheFirstThatPermits", [](Case& c) { c.ask().logins = {"deploy"}; },
         "granted staging [env=staging/deploy] 8h"},
        {"NearestFailsFewest", [](Case& c) { c.ask().logins = {"root"}; },
         "denied grant everywhere: no grant permits this; the nearest is everywhere: it has no "
         "login root, only [alice]"},
        {"NobodyIsGrantedByDefault", [](Case& c) { InGroups(c, {"sales"}); },
         "denied default deny: no grant permits this; the nearest is everywhere: it is for groups "
         "[engineering, sre], and alice is in [sales]"},
        {"HostGrantIsNoUserGrant", [](Case& c) { c.ask().grant = "web-hosts"; },
         "denied default deny: there is no grant web-hosts for user certificates"},
    }),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    Conditions, DecideSentence,
    ::testing::ValuesIn(std::vector<Row>{
        {"UnknownGroupsNeverHelp",
         [](Case& c) { c.identity.groups = model::Fact<std::vector<std::string>>::Unknown(); },
         "denied default deny: no grant permits this; the nearest is everywhere: it is for groups "
         "[engineering, sre], and the groups of alice are unknown"},
        {"NoGroups", [](Case& c) { InGroups(c, {}); },
         "denied default deny: no grant permits this; the nearest is everywhere: it is for groups "
         "[engineering, sre], and alice is in no group"},
        {"GroupsDoNotFoldCase",
         [](Case& c) {
           InGroups(c, {"Engineering", "engineering "});
         },
         "denied default deny: no grant permits this; the nearest is everywhere: it is for groups "
         "[engineering, sre], and alice is in [Engineering, engineering ]"},
        {"RealmIsCompared",
         [](Case& c) {
           c.identity.subject.realm = "partners";
           c.ask().grant = "everywhere";
         },
         "denied default deny: grant everywhere does not permit this: it is for realm people, not "
         "partners"},
        {"AuthenticatorIsCompared",
         [](Case& c) {
           c.identity.authenticator = "sso";
           c.ask().grant = "staging";
         },
         "denied default deny: grant staging does not permit this: it is for authenticators "
         "[ssh-key], not sso"},
        {"NetworkIsCompared",
         [](Case& c) {
           InGroups(c, {"robots"});
           c.request.peer = Peer("192.0.2.1");
           c.ask().grant = "backup";
         },
         "denied default deny: grant backup does not permit this: it is for networks [10.0.0.0/8], "
         "not 192.0.2.1"},
        {"MappedAddressIsItsIpv4",
         [](Case& c) {
           InGroups(c, {"robots"});
           c.request.peer = Peer("::ffff:10.1.2.3");
           c.ask().grant = "backup";
         },
         "granted backup [role=db/backup] 10m"},
        {"LocalSocketIsInNoNetwork",
         [](Case& c) {
           InGroups(c, {"robots"});
           c.request.peer = model::Fact<IpAddress>::Absent();
           c.ask().grant = "backup";
         },
         "denied default deny: grant backup does not permit this: it is for networks [10.0.0.0/8], "
         "and the call came through the local socket"},
    }),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    Bounds, DecideSentence,
    ::testing::ValuesIn(std::vector<Row>{
        {"ShorterLifetime", [](Case& c) { c.ask().lifetime = absl::Minutes(5); },
         "granted everywhere [alice] 5m"},
        {"LongerLifetimeIsRefusedWithTheBound",
         [](Case& c) {
           c.ask().grant = "staging";
           c.ask().lifetime = absl::Hours(24);
         },
         "denied grant staging: grant staging does not permit this: it lasts at most 16h, not 1d"},
        {"InfiniteLifetime",
         [](Case& c) {
           c.ask().grant = "staging";
           c.ask().lifetime = absl::InfiniteDuration();
         },
         "denied grant staging: grant staging does not permit this: it lasts at most 16h, not for "
         "ever"},
        {"LifetimeBetweenDefaultAndMax",
         [](Case& c) {
           c.ask().grant = "staging";
           c.ask().lifetime = absl::Hours(16);
         },
         "granted staging [env=staging/alice, env=staging/deploy] 16h"},
        {"ZeroLifetime", [](Case& c) { c.ask().lifetime = absl::ZeroDuration(); },
         "denied built-in: well-formed request: a lifetime of 0s is none; ask for at least 1s"},
        {"NegativeLifetime", [](Case& c) { c.ask().lifetime = -absl::Hours(1); },
         "denied built-in: well-formed request: a lifetime of -1h is none; ask for at least 1s"},
        {"DefaultIsClampedToTheSession",
         [](Case& c) { c.identity.until = c.now + absl::Minutes(90); },
         "granted everywhere [alice] 1h30m"},
        {"AskedBeyondTheSessionIsRefused",
         [](Case& c) {
           c.identity.until = c.now + absl::Minutes(90);
           c.ask().grant = "everywhere";
           c.ask().lifetime = absl::Hours(2);
         },
         "denied grant everywhere: grant everywhere does not permit this: it lasts at most 1h30m "
         "now, not 2h, because the proof of who is asking ends at 2026-03-02T10:30:00Z"},
        {"ExtensionWithin",
         [](Case& c) {
           c.ask().grant = "staging";
           c.ask().extensions = {"permit-pty"};
         },
         "granted staging [env=staging/alice, env=staging/deploy] 8h"},
        {"ExtensionBeyond",
         [](Case& c) {
           c.ask().grant = "staging";
           c.ask().extensions = {"permit-X11-forwarding"};
         },
         "denied grant staging: grant staging does not permit this: it has no extension "
         "permit-X11-forwarding, only [permit-port-forwarding, permit-pty]"},
        {"ForcedCommandIsNotReplaced",
         [](Case& c) {
           InGroups(c, {"robots"});
           c.ask().grant = "backup";
           c.ask().force_command = "/bin/sh";
         },
         "denied grant backup: grant backup does not permit this: its force-command is "
         "\"/bin/backup\" and cannot be replaced"},
        {"SourceAddressBeyond",
         [](Case& c) {
           InGroups(c, {"robots"});
           c.ask().grant = "backup";
           c.ask().source_addresses = {IpNetwork::Parse("0.0.0.0/1").value()};
         },
         "denied grant backup: grant backup does not permit this: its source-address is "
         "[10.0.0.0/8], which 0.0.0.0/1 is not within"},
        {"KeyTypeBeyond",
         [](Case& c) {
           InGroups(c, {"robots"});
           c.ask().grant = "backup";
           c.request.key = KeyOf(ssh::KeyType::kEcdsaP256);
         },
         "denied grant backup: grant backup does not permit this: it takes keys of type [ed25519, "
         "rsa], not ecdsa-p256"},
        {"RsaBitsBeyond",
         [](Case& c) {
           InGroups(c, {"robots"});
           c.ask().grant = "backup";
           c.request.key = KeyOf(ssh::KeyType::kRsa);
         },
         "denied grant backup: grant backup does not permit this: it takes RSA keys from 4096 "
         "bits, not 3072"},
        {"TwoComplaints",
         [](Case& c) {
           c.ask().grant = "everywhere";
           c.ask().logins = {"root"};
           c.ask().lifetime = absl::Hours(5);
         },
         "denied grant everywhere: grant everywhere does not permit this: it has no login root, "
         "only [alice]; it lasts at most 4h, not 5h"},
    }),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    Placeholders, DecideSentence,
    ::testing::ValuesIn(std::vector<Row>{
        {"GroupsAreWholeLogins",
         [](Case& c) {
           InGroups(c, {"staff", "blue", "red"});
         },
         "granted teams [blue, red, staff] 1h"},
        {"GroupsThatAreNoLoginsYieldNothing",
         [](Case& c) {
           InGroups(c,
                    {"staff", "blue,root", "Domain Admins", "*", "", "a/b", "r\xC3\xB6t", "${x}"});
         },
         "granted teams [staff] 1h"},
        {"GroupsNeverYieldReserved",
         [](Case& c) {
           InGroups(c, {"staff", "root", "adm", "systemd-network"});
           c.ask().grant = "teams";
         },
         "granted teams [staff] 1h"},
        {"GroupsNeverYieldWhatAGrantLists",
         [](Case& c) {
           InGroups(c, {"staff", "deploy"});
           c.ask().grant = "teams";
           c.ask().logins = {"deploy"};
         },
         "denied grant teams: grant teams does not permit this: it does not yield login deploy, "
         "which belongs to the grants that list it by name"},
        {"ReservedUserName",
         [](Case& c) {
           c.identity.subject.name = "root";
           c.ask().grant = "everywhere";
         },
         "denied grant everywhere: grant everywhere does not permit this: it has no login for you: "
         "root is reserved, so a grant must list it by name"},
        {"UserNameThatIsALiteralLogin",
         [](Case& c) {
           c.identity.subject.name = "deploy";
           c.ask().grant = "everywhere";
         },
         "denied grant everywhere: grant everywhere does not permit this: it has no login for you: "
         "deploy belongs to the grants that list it by name"},
        {"UserNameThatIsNoLogin",
         [](Case& c) {
           c.identity.subject.name = "Alice";
           c.ask().grant = "everywhere";
         },
         "denied grant everywhere: grant everywhere does not permit this: it has no login for you: "
         "Alice is not a login name"},
        {"LiteralsStayWhenAPlaceholderYieldsNothing",
         [](Case& c) {
           c.identity.subject.name = "Alice";
           c.ask().grant = "staging";
         },
         "granted staging [env=staging/deploy] 8h"},
        {"AskedTwiceIsGivenOnce",
         [](Case& c) {
           c.ask().logins = {"alice", "alice"};
         },
         "granted everywhere [alice] 4h"},
        {"CommaInALogin", [](Case& c) { c.ask().logins = {"alice,root"}; },
         "denied built-in: well-formed request: 'alice,root' is not a login name; expected a "
         "lower-case letter or _, then at most 63 lower-case letters, digits or _.@-"},
        {"ScopeInALogin", [](Case& c) { c.ask().logins = {"env=production/root"}; },
         "denied built-in: well-formed request: 'env=production/root' is not a login name; "
         "expected "
         "a lower-case letter or _, then at most 63 lower-case letters, digits or _.@-"},
    }),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    BuiltIn, DecideSentence,
    ::testing::ValuesIn(std::vector<Row>{
        {"BannedSubject", [](Case& c) { c.facts.subject_banned = true; },
         "denied built-in: banned subject: user:alice@people is banned; an operator can lift the "
         "ban"},
        {"RevokedKey", [](Case& c) { c.facts.key_revoked = true; },
         "denied built-in: revoked key: this key is revoked; make a new one"},
        {"KeyOfAnother", [](Case& c) { c.facts.key_owner = "user:bob@people"; },
         "denied built-in: key of another: this key belongs to another subject, and no key is "
         "shared; make a new one"},
        {"SessionKeyIsNoSubjectKey",
         [](Case& c) { c.facts.key_owner = "session of user:alice@people"; },
         "denied built-in: key of another: this key belongs to another subject, and no key is "
         "shared; make a new one"},
        {"OwnKeyAgain", [](Case& c) { c.facts.key_owner = "user:alice@people"; },
         "granted everywhere [alice] 4h"},
        {"EndOfTheProof", [](Case& c) { c.identity.until = c.now; },
         "denied built-in: end of the proof: the proof of who is asking ended at "
         "2026-03-02T09:00:00Z; log in again"},
        {"HostAsksForAUserCertificate",
         [](Case& c) { c.request.kind = ssh::CertificateKind::kUser; },
         "denied built-in: kind of subject: a host cannot have a user certificate", true},
        {"UserAsksForAHostCertificate",
         [](Case& c) { c.request.kind = ssh::CertificateKind::kHost; },
         "denied built-in: kind of subject: only an enrolled host can have a host certificate"},
        {"PrincipalsOfAUser", [](Case& c) { c.ask().principals = {"web1"}; },
         "denied built-in: well-formed request: a user certificate is asked for by logins, not by "
         "host names"},
        {"ForceCommandOfTwoLines", [](Case& c) { c.ask().force_command = "ls\nrm"; },
         "denied built-in: well-formed request: a force-command with control or invisible "
         "characters; put it into a script on the host"},
        {"EmptyForceCommand", [](Case& c) { c.ask().force_command = ""; },
         "denied built-in: well-formed request: a force-command of 0 bytes; expected 1 to 4096"},
        {"SourceAddressOfEverything",
         [](Case& c) { c.ask().source_addresses = {IpNetwork::Parse("0.0.0.0/0").value()}; },
         "denied built-in: well-formed request: a source-address of 0.0.0.0/0 restricts nothing; "
         "leave it out"},
    }),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    Hosts, DecideSentence,
    ::testing::ValuesIn(std::vector<Row>{
        {"AllPrincipalsByDefault", [](Case&) {}, "granted web-hosts [web1, web1.example.com] 7d",
         true},
        {"ASubset", [](Case& c) { c.ask().principals = {"web1.example.com"}; },
         "granted web-hosts [web1.example.com] 7d", true},
        {"AnotherName",
         [](Case& c) {
           c.ask().principals = {"web1", "db1"};
         },
         "denied grant web-hosts: grant web-hosts does not permit this: it has no principal db1, "
         "only [web1, web1.example.com]",
         true},
        {"Wildcard", [](Case& c) { c.ask().principals = {"*.example.com"}; },
         "denied grant web-hosts: grant web-hosts does not permit this: it has no principal "
         "*.example.com, only [web1, web1.example.com]",
         true},
        {"WildcardHostname", [](Case& c) { c.request.hostname = "*"; },
         "denied built-in: well-formed request: the host's attested name: '*' is not a host name; "
         "expected a lower-case DNS name or an IP address",
         true},
        {"NoHostname", [](Case& c) { c.request.hostname = ""; },
         "denied built-in: well-formed request: the host's attested name: '' is not a host name; "
         "expected a lower-case DNS name or an IP address",
         true},
        {"TextAroundAnAddress", [](Case& c) { c.request.hostname = "192.0.2.1"; },
         "denied grant web-hosts: grant web-hosts does not permit this: it has no principals here: "
         "${hostname}.example.com needs a name, and the host is attested as the address 192.0.2.1",
         true},
        {"OtherLabels",
         [](Case& c) {
           c.identity.labels = model::Fact<model::Labels>::Known({{"role", "db"}});
         },
         "denied default deny: grant web-hosts does not permit this: it is for hosts with "
         "role=web, "
         "and web1 has role=db",
         true},
        {"UnknownLabels",
         [](Case& c) { c.identity.labels = model::Fact<model::Labels>::Unknown(); },
         "denied default deny: grant web-hosts does not permit this: it is for hosts with "
         "role=web, "
         "and the labels of web1 are unknown",
         true},
        {"NoLabels", [](Case& c) { c.identity.labels = model::Fact<model::Labels>::Absent(); },
         "denied default deny: grant web-hosts does not permit this: it is for hosts with "
         "role=web, "
         "and web1 has no labels",
         true},
        {"LongerThanMax", [](Case& c) { c.ask().lifetime = absl::Hours(24 * 31); },
         "denied grant web-hosts: grant web-hosts does not permit this: it lasts at most 30d, not "
         "31d",
         true},
        {"LoginsOfAHost", [](Case& c) { c.ask().logins = {"root"}; },
         "denied built-in: well-formed request: a host certificate has neither logins nor options; "
         "ask for principals",
         true},
        {"ForceCommandOfAHost", [](Case& c) { c.ask().force_command = "ls"; },
         "denied built-in: well-formed request: a host certificate has neither logins nor options; "
         "ask for principals",
         true},
    }),
    RowName);

TEST(Decide, ForcesTheOptionsOfTheGrant) {
  Case c(Alice());
  InGroups(c, {"robots"});
  c.ask().source_addresses = {IpNetwork::Parse("10.9.0.0/16").value()};
  const model::Terms terms = std::get<model::Granted>(c.Decide(*PolicyOf(kPolicy))).terms;
  EXPECT_EQ(terms.force_command, "/bin/backup");
  EXPECT_EQ(terms.source_addresses, c.ask().source_addresses);  // Narrowed.
  EXPECT_TRUE(terms.extensions.empty());
  c.ask().source_addresses.clear();
  EXPECT_EQ(std::get<model::Granted>(c.Decide(*PolicyOf(kPolicy)))
                .terms.source_addresses.at(0)
                .ToString(),
            "10.0.0.0/8");
}

TEST(Decide, LetsACallerAddOptionsWhereNoneAreForced) {
  Case c(Alice());
  c.ask().force_command = "git-shell";
  c.ask().source_addresses = {IpNetwork::Parse("192.0.2.0/24").value()};
  c.ask().extensions = std::vector<std::string>();
  const model::Terms terms = std::get<model::Granted>(c.Decide(*PolicyOf(kPolicy))).terms;
  EXPECT_EQ(terms.force_command, "git-shell");
  EXPECT_EQ(terms.source_addresses, c.ask().source_addresses);
  EXPECT_TRUE(terms.extensions.empty());
}

TEST(Decide, GivesPermitPtyWhereAGrantSaysNothing) {
  const Case c(Alice());
  EXPECT_EQ(std::get<model::Granted>(c.Decide(*PolicyOf(kPolicy))).terms.extensions,
            std::vector<std::string>{"permit-pty"});
}

TEST(Decide, RefusesMoreLoginsThanACertificateHolds) {
  Case c(Alice());
  std::vector<std::string> groups = {"staff"};
  for (int i = 0; i < 300; ++i) groups.push_back("team" + std::to_string(i));
  InGroups(c, groups);
  const std::string summary = Summary(c.Decide(*PolicyOf(kPolicy)));
  EXPECT_THAT(summary, HasSubstr("it would have 301 logins, and a certificate holds 256"));
  c.ask().logins = {"team7"};
  EXPECT_EQ(Summary(c.Decide(*PolicyOf(kPolicy))), "granted teams [team7] 1h");
}

TEST(Decide, NamesTheSetThatDecidedAndTheRulesItLookedAt) {
  const auto policy = PolicyOf(kPolicy);
  Case c(Alice());
  c.ask().logins = {"deploy"};
  const auto granted = std::get<model::Granted>(c.Decide(*policy));
  EXPECT_EQ(granted.policy_hash, policy->hash());
  ASSERT_FALSE(granted.trace.empty());
  const model::TraceStep& last = granted.trace.back();
  EXPECT_EQ(last.rule, "grant staging");
  EXPECT_EQ(last.source, "policy.yaml:12");
  EXPECT_EQ(last.verdict, "permits");
  ASSERT_GE(last.conditions.size(), 2u);
  EXPECT_EQ(last.conditions[1].condition, "groups: any of [engineering]");
  EXPECT_EQ(last.conditions[1].outcome, model::Outcome::kHeld);
  EXPECT_EQ(last.conditions[1].detail, "alice is in [engineering]");
}

TEST(Decide, DeniesEverythingWithoutGrants) {
  EXPECT_EQ(Summary(Case(Alice()).Decide(PolicySet(Rules(), ""))),
            "denied default deny: no grant gives user certificates to anybody");
  EXPECT_EQ(Summary(Case(Web1()).Decide(PolicySet(Rules(), ""))),
            "denied default deny: no grant gives host certificates to anybody");
}

TEST(Decide, EscapesAndBoundsWhatComesFromOutside) {
  Case c(Alice());
  InGroups(c, {std::string("\x1b[2J") + std::string(5000, 'a')});
  const std::string summary = Summary(c.Decide(*PolicyOf(kPolicy)));
  EXPECT_EQ(summary.find('\x1b'), std::string::npos);
  EXPECT_LT(summary.size(), 500u);
}

TEST(Decide, LimitsHoldAlsoInASetThatNoLoaderChecked) {
  Rules rules;
  Grant grant;
  grant.name = "long";
  grant.conditions.realm = "people";
  UserCertificateRule rule;
  rule.logins = {LoginRule{LoginSource::kUsername, ""}};
  rule.lifetime = Lifetime{absl::Hours(1000), absl::Hours(1000)};
  grant.certificate = rule;
  rules.grants = {grant};
  EXPECT_EQ(Summary(Case(Alice()).Decide(PolicySet(rules, ""))), "granted long [alice] 1d");
}

}  // namespace
}  // namespace mayfly::policy
