// One row a sentence of docs/policy-language.md: conditions, placeholders, patterns, choices.
#include <functional>

#include "base/text.h"
#include "tests/ca/policy/policy_world.h"

namespace mayfly::policy {
namespace {

using Groups = std::vector<std::string>;

constexpr char kPolicy[] = R"(
groups:
  oncall: [sre, set:platform]
  platform: [platform-a, platform-b]
networks:
  office: [192.0.2.0/24, "2001:db8::/32"]
grants:
  - name: all-of
    for: {realm: people, all_groups: [sre, trained]}
    user_certificate: &
  - name: none-of
    for: {realm: people, groups: [sre], no_groups: [contractors, interns]}
    user_certificate: &
  - name: shared
    for: {realm: people, groups: [set:oncall, managers], networks: [set:office]}
    user_certificate: &
  - name: deploy
    for: {authenticators: [ci], claims: {repository: [acme/web, acme/api]}, claim_patterns: {ref: ["refs/heads/release-*"]}}
    user_certificate: &
  - name: office
    for: {realm: people, groups: [staff], hours: {days: mon-fri, between: "07:00-20:00", zone: Europe/Berlin}}
    user_certificate:
      hosts: any
      logins: [deploy]
      lifetime: {default: 8h, max: 16h, end_with_hours: true}
  - name: hardware
    for: {realm: people, hardware_proof: true}
    user_certificate: &
  - name: vendor
    for: {realm: people, since: "2026-03-01T00:00:00Z", until: "2026-03-08T00:00:00Z"}
    user_certificate: &
  - name: accounts
    for: {realm: people}
    user_certificate:
      hosts: {env: staging}
      logins: ["svc-*", "${claims.unix}", "${username}"]
      allow_reserved: [games]
      lifetime: {default: 1h, max: 1h}
  - name: only-pattern
    for: {realm: people}
    user_certificate:
      hosts: any
      logins: ["svc-*"]
      lifetime: {default: 1h, max: 1h}
  - name: choose
    for: {realm: people}
    user_certificate:
      hosts: any
      logins: [deploy]
      lifetime: {default: 1h, max: 1h}
      critical_options:
        force_command_one_of: [/bin/status, "/bin/restart *"]
        source_address_within: [set:office, 10.0.0.0/8]
  - name: github
    for: {realm: people}
    user_certificate:
      hosts: any
      logins: [git]
      lifetime: {default: 1h, max: 1h}
      extensions: []
      custom_extensions: {login@github.com: "${claims.github}", team@example.com: blue}
  - name: ticket
    for: {realm: people}
    user_certificate: &
    requires: {reason: {pattern: "OPS-#"}}
)";

const PolicySet& Policy() {
  static const auto policy = [] {
    std::string text = kPolicy;
    for (size_t at = text.find("&\n"); at != std::string::npos; at = text.find("&\n")) {
      text.replace(at, 1, "{hosts: any, logins: [deploy], lifetime: {default: 1h, max: 1h}}");
    }
    return PolicyOf(text);
  }();
  return *policy;
}

// Alice asks for one grant by name; the answer without what every refusal begins with.
struct Asking : Case {
  explicit Asking(const std::string& grant) : Case(Alice()) {
    ask().grant = grant;
    in({"staff"});
  }
  void in(Groups groups) { identity.groups = model::Fact<Groups>::Known(std::move(groups)); }
  void claim(const std::string& name, const std::string& value) {
    identity.claims[name] = model::Fact<std::string>::Known(value);
  }
  void at(const std::string& utc) { now = ParseTime(utc).value(); }
  std::string answer() const {
    std::string text = Summary(Decide(Policy()));
    const std::string opening = "does not permit this: ";
    const size_t found = text.find(opening);
    return found == std::string::npos ? text : "no: " + text.substr(found + opening.size());
  }
};

TEST(Language, AllGroupsMustHold) {
  Asking c("all-of");
  c.in({"sre", "trained", "x"});
  EXPECT_EQ(c.answer(), "granted all-of [deploy] 1h");
  c.in({"sre"});
  EXPECT_EQ(c.answer(), "no: it is for members of all of [sre, trained], and alice is in [sre]");
  c.identity.groups = model::Fact<Groups>::Unknown();
  EXPECT_EQ(c.answer(),
            "no: it is for members of all of [sre, trained], and the groups of alice are unknown");
}

TEST(Language, NoGroupsMustBeKnownToHold) {
  Asking c("none-of");
  c.in({"sre"});
  EXPECT_EQ(c.answer(), "granted none-of [deploy] 1h");
  c.in({"sre", "interns"});
  EXPECT_EQ(c.answer(),
            "no: it is for members of none of [contractors, interns], and alice is in [sre, "
            "interns]");
  c.identity.groups = model::Fact<Groups>::Unknown();
  EXPECT_EQ(c.answer(),
            "no: it is for groups [sre], and the groups of alice are unknown; it is for members of "
            "none of [contractors, interns], and the groups of alice are unknown");
}

TEST(Language, NamedSetsAreTheirElements) {
  Asking c("shared");
  c.request.peer = Peer("192.0.2.7");
  for (const char* group : {"sre", "platform-a", "platform-b", "managers"}) {
    c.in({group});
    EXPECT_EQ(c.answer(), "granted shared [deploy] 1h") << group;
  }
  c.request.peer = Peer("2001:db8::7");
  EXPECT_EQ(c.answer(), "granted shared [deploy] 1h");
  c.in({"set:oncall"});
  EXPECT_EQ(c.answer(),
            "no: it is for groups [sre, platform-a, platform-b, managers], and alice is in "
            "[set:oncall]");
}

TEST(Language, ClaimsAreComparedAndMatched) {
  Asking c("deploy");
  c.identity.authenticator = "ci";
  c.claim("repository", "acme/api");
  c.claim("ref", "refs/heads/release-2");
  EXPECT_EQ(c.answer(), "granted deploy [deploy] 1h");
  c.claim("ref", "refs/heads/release-2/x");
  EXPECT_EQ(c.answer(),
            "no: it is for ref like [refs/heads/release-*], and alice has ref "
            "refs/heads/release-2/x");
  c.claim("ref", "refs/heads/release-2");
  c.claim("repository", "acme/apis");
  EXPECT_EQ(c.answer(),
            "no: it is for repository any of [acme/web, acme/api], and alice has repository "
            "acme/apis");
  c.identity.claims.erase("repository");
  EXPECT_EQ(c.answer(),
            "no: it is for repository any of [acme/web, acme/api], and the claim repository of "
            "alice is unknown");
  c.identity.claims["repository"] = model::Fact<std::string>::Absent();
  EXPECT_EQ(c.answer(),
            "no: it is for repository any of [acme/web, acme/api], and alice has no claim "
            "repository");
}

// 2026-03-02 is a Monday; Berlin is an hour ahead of UTC.
TEST(Language, HoursHoldAndEndCertificates) {
  Asking c("office");
  c.at("2026-03-02T06:00:00Z");
  EXPECT_EQ(c.answer(), "granted office [deploy] 8h");
  c.at("2026-03-02T18:30:00Z");
  EXPECT_EQ(c.answer(), "granted office [deploy] 30m");
  c.ask().lifetime = absl::Hours(1);
  EXPECT_EQ(c.answer(),
            "no: it lasts at most 30m now, not 1h, because its hours end at 2026-03-02T19:00:00Z");
  c.at("2026-03-02T19:00:00Z");
  c.ask().lifetime.reset();
  EXPECT_EQ(c.answer(),
            "no: it is for mon-fri 07:00-20:00 Europe/Berlin, and it is mon 20:00 there");
}

TEST(Language, HardwareProofIsOfTheFirstProof) {
  Asking c("hardware");
  c.identity.hardware = model::Fact<bool>::Known(true);
  EXPECT_EQ(c.answer(), "granted hardware [deploy] 1h");
  c.identity.hardware = model::Fact<bool>::Known(false);
  EXPECT_EQ(c.answer(),
            "no: it is for those who prove who they are with a security key, and alice proved it "
            "without a security key");
  c.identity.hardware = model::Fact<bool>::Unknown();
  EXPECT_THAT(c.answer(), ::testing::HasSubstr("what alice proved it with is unknown"));
  c.identity.hardware = model::Fact<bool>::Absent();
  EXPECT_THAT(c.answer(), ::testing::StartsWith("no: "));
}

TEST(Language, AGrantMayBeginAndEnd) {
  Asking c("vendor");
  c.at("2026-02-28T23:59:59Z");
  EXPECT_EQ(c.answer(), "no: it holds from 2026-03-01T00:00:00Z");
  c.at("2026-03-01T00:00:00Z");
  EXPECT_EQ(c.answer(), "granted vendor [deploy] 1h");
  c.at("2026-03-07T23:59:00Z");
  EXPECT_EQ(c.answer(), "granted vendor [deploy] 1m");
  c.at("2026-03-08T00:00:00Z");
  EXPECT_EQ(c.answer(), "no: it holds until 2026-03-08T00:00:00Z");
}

TEST(Language, PatternsOfLoginsAreForThoseWhoAsk) {
  Asking c("accounts");
  c.claim("unix", "al");
  EXPECT_EQ(c.answer(), "granted accounts [env=staging/al, env=staging/alice] 1h");
  c.ask().logins = {"svc-backup"};
  EXPECT_EQ(c.answer(), "granted accounts [env=staging/svc-backup] 1h");
  c.ask().logins = {"svc"};
  EXPECT_EQ(c.answer(), "no: it has no login svc, only [al, alice, svc-*]");
  c.ask().grant = "only-pattern";
  c.ask().logins = {};
  EXPECT_EQ(c.answer(), "no: it has no login unless you name one, as [svc-*]: add --logins");
}

TEST(Language, ClaimsMayBeLogins) {
  Asking c("accounts");
  c.identity.subject.name = "Alice";  // No login.
  EXPECT_EQ(c.answer(), "no: it has no login for you, because your claim unix is unknown");
  c.claim("unix", "root");
  EXPECT_EQ(c.answer(), "no: it has no login unless you name one, as [svc-*]: add --logins");
  c.claim("unix", "a,root");
  EXPECT_THAT(c.answer(), ::testing::StartsWith("no: "));
  c.claim("unix", "deploy");  // Another grant lists it.
  c.ask().logins = {"deploy"};
  EXPECT_EQ(c.answer(),
            "no: it does not yield login deploy, which belongs to the grants that list it by name");
}

TEST(Language, AllowReservedIsTheGrantsExplicitWord) {
  Asking c("accounts");
  c.claim("unix", "games");
  c.ask().logins = {"games"};
  EXPECT_EQ(c.answer(), "granted accounts [env=staging/games] 1h");
  c.claim("unix", "daemon");
  c.ask().logins = {"daemon"};
  EXPECT_EQ(c.answer(),
            "no: it does not yield login daemon, which is reserved, so a grant must list it by "
            "name");
}

TEST(Language, SomeOptionsMustBeChosenWithinBounds) {
  Asking c("choose");
  EXPECT_EQ(c.answer(),
            "no: it needs a force-command, one of [/bin/status, /bin/restart *]: add "
            "--force-command; it needs a source-address within [2001:db8::/32, 10.0.0.0/8, "
            "192.0.2.0/24]: add --source-address");
  c.ask().force_command = "/bin/restart web";
  c.ask().source_addresses = {IpNetwork::Parse("10.1.0.0/16").value()};
  EXPECT_EQ(c.answer(), "granted choose [deploy] 1h");
  const auto terms = std::get<model::Granted>(c.Decide(Policy())).terms;
  EXPECT_EQ(terms.force_command, "/bin/restart web");
  EXPECT_EQ(terms.source_addresses, c.ask().source_addresses);
  c.ask().force_command = "/bin/restart web;reboot";
  EXPECT_EQ(c.answer(),
            "no: its force-command is one of [/bin/status, /bin/restart *], not \"/bin/restart "
            "web;reboot\"");
  c.ask().force_command = "/bin/status";
  c.ask().source_addresses.push_back(IpNetwork::Parse("8.8.8.8").value());
  EXPECT_EQ(c.answer(),
            "no: its source-address is [2001:db8::/32, 10.0.0.0/8, 192.0.2.0/24], which "
            "8.8.8.8/32 is not within");
}

TEST(Language, CustomExtensionsHaveOneKnownValue) {
  Asking c("github");
  EXPECT_EQ(c.answer(),
            "no: it has no value for the extension login@github.com: your claim github is unknown");
  c.claim("github", "octocat");
  const auto terms = std::get<model::Granted>(c.Decide(Policy())).terms;
  EXPECT_EQ(terms.custom_extensions,
            (std::map<std::string, std::string>{{"login@github.com", "octocat"},
                                                {"team@example.com", "blue"}}));
  EXPECT_TRUE(terms.extensions.empty());
  c.claim("github", "octo\ncat");
  EXPECT_THAT(c.answer(), ::testing::StartsWith("no: it has no value for the extension"));
}

TEST(Language, AReasonMayHaveToLookLikeATicket) {
  Asking c("ticket");
  EXPECT_EQ(c.answer(), "no: it needs a reason with OPS-#: add --reason \"OPS-# …\"");
  for (const char* reason : {"OPS-1", "disk full (OPS-12)", "OPS-12: disk full", "see OPS-12."}) {
    c.ask().reason = reason;
    EXPECT_EQ(c.answer(), "granted ticket [deploy] 1h") << reason;
  }
  for (const char* reason : {"disk full", "OPS-", "XOPS-1", "OPS-1x"}) {
    c.ask().reason = reason;
    EXPECT_EQ(c.answer(), "no: its reason must have OPS-#, as in --reason \"OPS-# …\"") << reason;
  }
}

constexpr char kDenials[] = R"(
grants:
  - name: g
    for: {realm: people}
    user_certificate: {hosts: any, logins: [deploy], lifetime: {default: 1h, max: 1h}}
denials:
  - name: d
    message: no
    when: )";

// Whether a denial with `when` refuses what the grant would give.
bool Refuses(const std::string& when, const Case& c) {
  return std::holds_alternative<model::Denied>(c.Decide(*PolicyOf(kDenials + when + "\n")));
}

TEST(Language, UnknownAlwaysMeetsADenial) {
  Case c(Alice());
  c.identity.groups = model::Fact<Groups>::Unknown();
  c.identity.hardware = model::Fact<bool>::Unknown();
  c.request.peer = model::Fact<IpAddress>::Unknown();
  for (const char* when :
       {"{groups: [x]}", "{all_groups: [x]}", "{no_groups: [x]}", "{claims: {c: [x]}}",
        "{claim_patterns: {c: [\"x*\"]}}", "{hardware_proof: true}", "{hardware_proof: false}",
        "{networks: [10.0.0.0/8]}"}) {
    EXPECT_TRUE(Refuses(when, c)) << when;
  }
  EXPECT_EQ(Summary(c.Decide(*PolicyOf(std::string(kDenials) + "{claims: {c: [x]}}\n"))),
            "denied denial d: no (the claim c of alice is unknown)");
}

TEST(Language, DenialsHaveTheSameConditions) {
  Case c(Alice());
  c.identity.hardware = model::Fact<bool>::Known(false);
  c.identity.claims["c"] = model::Fact<std::string>::Known("x");
  EXPECT_TRUE(Refuses("{no_groups: [sre]}", c));
  EXPECT_FALSE(Refuses("{no_groups: [engineering]}", c));
  EXPECT_TRUE(Refuses("{hardware_proof: false}", c));
  EXPECT_FALSE(Refuses("{hardware_proof: true}", c));
  EXPECT_TRUE(Refuses("{claims: {c: [x]}}", c));
  EXPECT_FALSE(Refuses("{claims: {c: [y]}}", c));
  EXPECT_TRUE(Refuses("{key_types: [ed25519, rsa]}", c));
  EXPECT_FALSE(Refuses("{key_types: [rsa]}", c));
  EXPECT_TRUE(Refuses("{until: \"2100-01-01T00:00:00Z\"}", c));
  EXPECT_FALSE(Refuses("{since: \"2100-01-01T00:00:00Z\"}", c));
  EXPECT_TRUE(Refuses("{hours: {days: mon-sun, between: \"00:00-24:00\", zone: UTC}}", c));
}

TEST(Language, EveryConditionShowsInTheTrace) {
  Asking c("deploy");
  c.identity.authenticator = "ci";
  const model::Decision decision = c.Decide(Policy());
  const model::TraceStep& step = std::get<model::Denied>(decision).trace.back();
  EXPECT_EQ(step.rule, "grant deploy");
  Groups conditions;
  for (const model::TraceCondition& one : step.conditions) conditions.push_back(one.condition);
  EXPECT_THAT(conditions, ::testing::IsSupersetOf({"authenticators: any of [ci]",
                                                   "claim repository: any of [acme/web, acme/api]",
                                                   "claim ref: like [refs/heads/release-*]"}));
}

TEST(Language, ARelevantTraceHasTheSameDecision) {
  Asking c("accounts");
  c.ask().grant.reset();
  for (const bool denied : {false, true}) {
    if (denied) c.ask().logins = {"nobody-has-this"};
    const auto decide = [&](TraceDetail detail) {
      return policy::Decide(Policy(), c.identity, c.request, c.facts, c.now, detail);
    };
    const model::Decision all = decide(TraceDetail::kAll);
    const model::Decision relevant = decide(TraceDetail::kRelevant);
    EXPECT_EQ(Summary(all), Summary(relevant));
    const auto steps = [](const model::Decision& decision) {
      const auto* granted = std::get_if<model::Granted>(&decision);
      return granted != nullptr ? granted->trace : std::get<model::Denied>(decision).trace;
    };
    EXPECT_LT(steps(relevant).size(), steps(all).size());
  }
}

std::string ErrorOf(const std::string& text) {
  std::vector<PolicyText> files(1);
  files[0].path = "p.yaml";
  files[0].text = text;
  const absl::StatusOr<std::shared_ptr<const PolicySet>> policy = LoadPolicyText(std::move(files));
  return policy.ok() ? "loaded" : Message(policy.status());
}

TEST(LanguageMistakes, PointAtSets) {
  EXPECT_EQ(ErrorOf("groups:\n  a: [x, set:b]\n  b: [set:a]\n"),
            "p.yaml:3:7: the set \"a\" would hold itself through \"b\"\n"
            "    b: [set:a]\n"
            "        ^");
  EXPECT_EQ(ErrorOf("groups: {oncall: [x]}\ndenials: [{name: d, when: {groups: [set:oncal]}}]\n"),
            "p.yaml:2:37: there is no set \"oncal\" of groups; did you mean \"set:oncall\"?\n"
            "  denials: [{name: d, when: {groups: [set:oncal]}}]\n"
            "                                      ^");
  EXPECT_THAT(ErrorOf("networks: {a: [10.0.0.1/8]}\n"), ::testing::HasSubstr("p.yaml:1:16: "));
  EXPECT_THAT(ErrorOf("groups: {A: [x]}\n"), ::testing::HasSubstr("\"A\" is not a name for a set"));
  EXPECT_THAT(ErrorOf("groups: {a: []}\n"), ::testing::HasSubstr("p.yaml:1:13: "));
}

std::string InFor(const std::string& condition) {
  return ErrorOf("grants:\n- name: g\n  for: {realm: people, " + condition +
                 "}\n  user_certificate: {hosts: any, logins: [a], lifetime: {default: 1h, max: "
                 "1h}}\n");
}

TEST(LanguageMistakes, PointAtConditions) {
  EXPECT_EQ(InFor("hours: {days: mon-fri, between: \"07:00-20:00\", zone: Europe/Berln}"),
            "p.yaml:3:77: 'Europe/Berln' is no time zone of the IANA database; did you mean "
            "Europe/Berlin?\n"
            "    for: {realm: people, hours: {days: mon-fri, between: \"07:00-20:00\", zone: "
            "Europe/Berln}}\n"
            "                                                                              ^");
  EXPECT_THAT(InFor("hours: {days: mon}"), ::testing::HasSubstr("all three of days, between and"));
  EXPECT_THAT(InFor("hours: {days: mon, between: \"07:00-07:00\", zone: UTC}"),
              ::testing::HasSubstr("never holds or always does"));
  EXPECT_THAT(InFor("hours: {days: someday, between: \"07:00-08:00\", zone: UTC}"),
              ::testing::HasSubstr("'someday' is no day"));
  EXPECT_THAT(InFor("claims: {repository: [\"acme/*\"]}"),
              ::testing::HasSubstr("patterns go under claim_patterns"));
  EXPECT_THAT(InFor("claims: {c: [x]}, claim_patterns: {c: [\"y*\"]}"),
              ::testing::HasSubstr("stands under \"claims\" too"));
  EXPECT_THAT(InFor("claim_patterns: {c: [\"**\"]}"),
              ::testing::HasSubstr("would hold for anything"));
  EXPECT_THAT(InFor("claims: {}"), ::testing::HasSubstr("expected at least one claim"));
  EXPECT_THAT(InFor("all_groups: []"), ::testing::HasSubstr("an empty list would match nobody"));
  EXPECT_THAT(InFor("since: 2026-03-02T00:00:00Z, until: 2026-03-01T00:00:00Z"),
              ::testing::HasSubstr("this is not after \"since\""));
}

std::string InCertificate(const std::string& more) {
  return ErrorOf(
      "grants:\n- name: g\n  for: {realm: people}\n  user_certificate:\n    hosts: any\n"
      "    lifetime: {default: 1h, max: 1h}\n    " +
      more + "\n");
}

TEST(LanguageMistakes, PointAtCertificates) {
  EXPECT_EQ(InCertificate("logins: [a]\n    custom_extensions: {login@github.com: \"${groups}\"}"),
            "p.yaml:8:43: ${groups} is a list, and an extension has one value; expected a text, "
            "${username} or ${claims.NAME}\n"
            "      custom_extensions: {login@github.com: \"${groups}\"}\n"
            "                                            ^");
  EXPECT_EQ(
      InCertificate("logins: [a]\n    custom_extensions: {permit-pty: x}"),
      "p.yaml:8:25: 'permit-pty' is not the name of a custom extension; expected name@domain, "
      "as login@github.com\n"
      "      custom_extensions: {permit-pty: x}\n"
      "                          ^");
  EXPECT_THAT(InCertificate("logins: [\"${claims.}\"]"), ::testing::HasSubstr("is no placeholder"));
  EXPECT_THAT(InCertificate("logins: [\"x${claims.unix}\"]"),
              ::testing::HasSubstr("puts text around a placeholder"));
  EXPECT_THAT(InCertificate("logins: [a]\n    allow_reserved: [games]"),
              ::testing::HasSubstr("allow_reserved means nothing here"));
  EXPECT_THAT(InCertificate("logins: [a]\n    critical_options: {force_command: x, "
                            "force_command_one_of: [x]}"),
              ::testing::HasSubstr("force_command leaves no choice"));
  EXPECT_THAT(InCertificate("logins: [a]\n    critical_options: {force_command_one_of: [\"* x\"]}"),
              ::testing::HasSubstr("the program must be named"));
  EXPECT_THAT(
      ErrorOf("grants:\n- name: g\n  for: {realm: people}\n  user_certificate: {hosts: any, "
              "logins: [a], lifetime: {default: 1h, max: 1h, end_with_hours: true}}\n"),
      ::testing::HasSubstr("there are no hours to end with"));
}

}  // namespace
}  // namespace mayfly::policy
