#include "ca/config/config.h"

#include <string>
#include <variant>
#include <vector>

#include "base/file.h"
#include "fmt/format.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kSmallest[] =
    "listen: [\"0.0.0.0:7443\"]\n"
    "addresses: [\"ca.example.com:7443\"]\n"
    "authenticators:\n"
    "  - name: ssh-key\n"
    "    realm: people\n"
    "    ssh_key: {users: users.yaml}\n";

std::string ErrorOf(const std::string& text) {
  return Message(LoadConfig(text, "/etc/mayfly/mayflyd.yaml").status());
}

TEST(Config, FillsInEveryDefault) {
  ASSERT_OK_AND_ASSIGN(const Config config, LoadConfig(kSmallest, "/etc/mayfly/mayflyd.yaml"));
  EXPECT_THAT(config.listen, ElementsAre("0.0.0.0:7443"));
  EXPECT_THAT(config.addresses, ElementsAre("ca.example.com:7443"));
  EXPECT_EQ(config.state_directory, "/etc/mayfly/state");
  EXPECT_EQ(config.keys_directory, "/etc/mayfly/keys");
  EXPECT_EQ(config.policies_path, "/etc/mayfly/policies");
  EXPECT_EQ(config.local_socket, "/etc/mayfly/state/mayflyd.sock");
  EXPECT_EQ(config.tls_path, "/etc/mayfly/tls.pem");
  EXPECT_EQ(config.passphrase, "prompt");
  EXPECT_EQ(config.session_lifetime, absl::Hours(12));
  EXPECT_EQ(config.backdate, absl::Minutes(1));
  EXPECT_EQ(config.min_rsa_bits, 3072);
  EXPECT_EQ(config.bundle_valid_for, absl::Hours(24 * 7));
  EXPECT_EQ(config.log_format, LogFormat::kText);
  EXPECT_EQ(config.log_level, LogLevel::kInfo);
  EXPECT_EQ(config.limits.max_connections, 1024);
  EXPECT_EQ(config.limits.max_connections_per_source, 128);
  EXPECT_FALSE(config.reflection);
  ASSERT_EQ(config.authenticators.size(), 1u);
  EXPECT_EQ(std::get<SshKeyAuthenticator>(config.authenticators[0].method).users_path,
            "/etc/mayfly/users.yaml");
}

TEST(Config, TakesEveryField) {
  ASSERT_OK_AND_ASSIGN(const Config config, LoadConfig(R"(
name: "no"
listen: ["[::]:0", "127.0.0.1:7443"]
addresses: ["ca.example.com:7443", "[2001:db8::1]:8443", "192.0.2.7:7443"]
state_directory: /var/lib/mayfly
keys_directory: k
policies: current
local_socket: /run/mayfly/s
tls: certificate.pem
passphrase: file:secret/passphrase
authenticators:
  - {name: key, realm: people, ssh_key: {users: /srv/users.yaml}}
  - {name: join, realm: hosts, join_token: {max_lifetime: 1h30m}}
  - {name: join-2, realm: hosts, join_token: {}}
sessions: {lifetime: 24h}
issuance: {backdate: 5m, min_rsa_bits: 2048}
bundle: {valid_for: 1h}
log: {format: json, level: warning}
limits: {max_connections: 7, max_connections_per_source: 3}
reflection: true
)",
                                                       "etc/mayflyd.yaml"));
  EXPECT_EQ(config.name, "no");
  EXPECT_EQ(config.listen.size(), 2u);
  EXPECT_EQ(config.state_directory, "/var/lib/mayfly");
  EXPECT_EQ(config.keys_directory, "etc/k");
  EXPECT_EQ(config.policies_path, "etc/current");
  EXPECT_EQ(config.local_socket, "/run/mayfly/s");
  EXPECT_EQ(config.tls_path, "etc/certificate.pem");
  EXPECT_EQ(config.passphrase, "file:etc/secret/passphrase");
  EXPECT_EQ(std::get<SshKeyAuthenticator>(config.authenticators[0].method).users_path,
            "/srv/users.yaml");
  EXPECT_EQ(std::get<JoinTokenAuthenticator>(config.authenticators[1].method).max_lifetime,
            absl::Minutes(90));
  EXPECT_EQ(std::get<JoinTokenAuthenticator>(config.authenticators[2].method).max_lifetime,
            absl::Hours(24 * 7));
  EXPECT_EQ(config.session_lifetime, absl::Hours(24));
  EXPECT_EQ(config.backdate, absl::Minutes(5));
  EXPECT_EQ(config.min_rsa_bits, 2048);
  EXPECT_EQ(config.bundle_valid_for, absl::Hours(1));
  EXPECT_EQ(config.log_format, LogFormat::kJson);
  EXPECT_EQ(config.log_level, LogLevel::kWarning);
  EXPECT_EQ(config.limits.max_connections, 7);
  EXPECT_EQ(config.limits.max_connections_per_source, 3);
  EXPECT_EQ(config.limits.max_silent_connections, 7) << "lowered with its whole";
  EXPECT_TRUE(config.reflection);
}

TEST(Config, PointsAtAnUnknownField) {
  EXPECT_EQ(ErrorOf(std::string(kSmallest) + "sesions: {lifetime: 12h}\n"),
            "/etc/mayfly/mayflyd.yaml:7:1: unknown field \"sesions\"; did you mean \"sessions\"?\n"
            "  sesions: {lifetime: 12h}\n"
            "  ^");
}

TEST(Config, PointsAtAnAddressWithoutPort) {
  EXPECT_EQ(ErrorOf("listen: [\"0.0.0.0:7443\", localhost]\n"
                    "addresses: [\"ca.example.com:7443\"]\n"
                    "authenticators: [{name: a, realm: people, ssh_key: {}}]\n"),
            "/etc/mayfly/mayflyd.yaml:1:26: \"localhost\" is not an address; expected one such as "
            "0.0.0.0:7443\n"
            "  listen: [\"0.0.0.0:7443\", localhost]\n"
            "                           ^");
}

TEST(Config, PointsAtAnAuthenticatorNamedTwice) {
  EXPECT_EQ(ErrorOf(std::string(kSmallest) + "  - name: ssh-key\n"
                                             "    realm: hosts\n"
                                             "    join_token: {}\n"),
            "/etc/mayfly/mayflyd.yaml:7:11: another authenticator has this name\n"
            "    - name: ssh-key\n"
            "            ^");
}

TEST(Config, ReportsEveryMistakeAtOnce) {
  const std::string error = ErrorOf(
      "listen: [here]\n"
      "authenticators:\n"
      "  - {name: local, realm: local}\n"
      "sessions: {lifetime: 25h}\n"
      "issuance: {backdate: 6m, min_rsa_bits: 1024}\n"
      "limits: {max_connections: 0}\n");
  EXPECT_THAT(error, HasSubstr("\"addresses\" is missing"));
  EXPECT_THAT(error, HasSubstr(":1:10: \"here\" is not an address"));
  EXPECT_THAT(error, HasSubstr(":3:12: this authenticator is built in"));
  EXPECT_THAT(error, HasSubstr(":3:26: expected a realm"));
  EXPECT_THAT(
      error,
      HasSubstr(":3:5: expected exactly one of \"ssh_key\", \"join_token\", \"oidc\", \"jwt\", "));
  EXPECT_THAT(error, HasSubstr(":4:22: expected between 1m and 24h"));
  EXPECT_THAT(error, HasSubstr(":5:22: expected between 1s and 5m"));
  EXPECT_THAT(error, HasSubstr(":5:40: expected 2048 to 8192"));
  EXPECT_THAT(error, HasSubstr(":6:27: expected 1 to 100000"));
}

// One line put in place of another; the mistake is in that line.
struct MistakeCase {
  std::string name, line, error;
};
class ConfigRefuses : public ::testing::TestWithParam<MistakeCase> {};

TEST_P(ConfigRefuses, AndSaysWhatWasExpected) {
  EXPECT_THAT(LoadConfig(kSmallest + GetParam().line, "c.yaml"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().error)));
}

INSTANTIATE_TEST_SUITE_P(
    Lines, ConfigRefuses,
    ::testing::ValuesIn<MistakeCase>({
        {"PassphraseItself", "passphrase: hunter2\n", "expected prompt, file:PATH, fd:N"},
        {"ShortSession", "sessions: {lifetime: 59s}\n", "c.yaml:7:22: expected between 1m and 24h"},
        {"NumberForDuration", "sessions: {lifetime: 3600}\n", "c.yaml:7:22: "},
        {"NoBackdate", "issuance: {backdate: 0s}\n", "expected between 1s and 5m"},
        {"HugeRsa", "issuance: {min_rsa_bits: 8193}\n", "expected 2048 to 8192"},
        {"NegativeRsa", "issuance: {min_rsa_bits: -1}\n", "c.yaml:7:26: "},
        {"LongBundle", "bundle: {valid_for: 31d}\n", "expected between 1h and 30d"},
        {"UnknownLevel", "log: {level: verbose}\n", "c.yaml:7:14: "},
        {"BooleanWord", "reflection: yes\n", "c.yaml:7:13: "},
        {"NoConnectionOfASource", "limits: {max_connections_per_source: 0}\n",
         "expected 1 to 100000"},
        {"FieldTwice", "listen: []\n", "c.yaml:7:1: "},
        {"SmallMessage", "limits: {max_message_size: 81919}\n", "expected 81920 to 4194304"},
        {"LongSilence", "limits: {first_call_within: 61s}\n", "expected between 1s and 60s"},
        {"NoTime", "limits: {request_timeout: 0s}\n", "expected between 1s and 60s"},
        {"PartAboveItsWhole", "limits: {max_in_flight: 10, max_in_flight_per_source: 11}\n",
         "more than max_in_flight, 10"},
        {"UnknownSandbox", "sandbox: maybe\n", "c.yaml:7:10: "},
        {"EmptyValue", "tls:\n", "c.yaml:7:"},
        {"LongToken", "  - {name: join, realm: hosts, join_token: {max_lifetime: 367d}}\n",
         "c.yaml:7:59: expected between 1m and 366d"},
        {"TwoKinds", "  - {name: a, realm: people, ssh_key: {}, join_token: {}}\n",
         "expected exactly one of"},
        {"UpperCaseName", "  - {name: SSO, realm: people, ssh_key: {}}\n", "expected a name of 1"},
        {"NoName", "  - {realm: people, ssh_key: {}}\n", "expected a name of 1"},
        {"NoRealm", "  - {name: a, ssh_key: {}}\n", "expected a realm of 1"},
        {"OneNameInSeveralZones", "  - {name: g, realm: hosts, gcp: {projects: [a]}}\n",
         "c.yaml:7:34: \"names\" is missing: in several zones instances may have one name; say "
         "what "
         "they are called, as names: [\"${name}.${zone}.c.${project}.internal\"], or names: "
         "[\"${name}\"] if yours are unique"},
        {"OneNameInAPatternOfZones",
         "  - {name: g, realm: hosts, gcp: {projects: [a], zones: [\"europe-west1-*\"]}}\n",
         "c.yaml:7:34: \"names\" is missing: in several zones"},
        {"OneNameInSeveralProjects",
         "  - {name: g, realm: hosts, gcp: {projects: [a, b], zones: [europe-west1-b], names: "
         "[\"${name}\"]}}\n",
         "c.yaml:7:86: instances of several projects may have this name; put ${project} into it, "
         "as "
         "in ${name}.${zone}.c.${project}.internal"},
        {"ANameWhosePartsRunTogether",
         "  - {name: g, realm: hosts, gcp: {projects: [a, b], zones: [europe-west1-b], names: "
         "[\"${name}-${project}\"]}}\n",
         "c.yaml:7:86: where one value ends and the next begins would be the instance's to choose; "
         "put a dot between them, as in ${name}.${zone}.c.${project}.internal"},
        {"OneNameForAll",
         "  - {name: g, realm: hosts, gcp: {projects: [a], names: [\"${zone}\"]}}\n",
         "c.yaml:7:58: every instance would have this name; expected ${name} in it"},
        {"OneNameForAllOfAws",
         "  - {name: a, realm: hosts, aws: {certificates: x, accounts: [\"123456789012\"], "
         "regions: "
         "[r], names: [web]}}\n",
         "every instance would have this name; expected ${ip} in it"},
        {"OneAddressInSeveralAccounts",
         "  - {name: a, realm: hosts, aws: {certificates: x, accounts: [\"123456789012\", "
         "\"123456789013\"], regions: [r], names: [\"ip-${ip}\"]}}\n",
         "instances of several accounts may have this name; put ${account} into it"},
        {"OneNameInSeveralResourceGroups",
         "  - {name: a, realm: hosts, azure_identity: {tenant: t, audience: a, subscriptions: "
         "[s]}}\n",
         "\"names\" is missing: in several resource groups instances may have one name; say what "
         "they are called, as names: [\"${name}.${resource_group}\"], or"},
        {"OneNameInSeveralSubscriptions",
         "  - {name: a, realm: hosts, azure_identity: {tenant: t, audience: a, subscriptions: [s, "
         "t], names: [\"${name}\"]}}\n",
         "put ${subscription} into it, as in ${name}.${resource_group}.${subscription}"},
        {"OneNameForAllOfAzure",
         "  - {name: a, realm: hosts, azure: {roots: x, subscriptions: [s], names: "
         "[\"${subscription}\"]}}\n",
         "every instance would have this name; expected ${vm} in it"},
        {"BuiltInName", "  - {name: session, realm: people, ssh_key: {}}\n", "is built in"},
    }),
    [](const auto& tested) { return tested.param.name; });

struct NamesCase {
  std::string name, method;
  std::vector<std::string> names;
};
class CloudNames : public ::testing::TestWithParam<NamesCase> {};

std::vector<std::string> NamesIn(const Authenticator& authenticator) {
  if (const auto* gcp = std::get_if<GcpAuthenticator>(&authenticator.method)) return gcp->names;
  if (const auto* aws = std::get_if<AwsAuthenticator>(&authenticator.method)) return aws->names;
  if (const auto* azure = std::get_if<AzureAuthenticator>(&authenticator.method)) {
    return azure->names;
  }
  return std::get<AzureIdentityAuthenticator>(authenticator.method).names;
}

TEST_P(CloudNames, AreOneInstancesOrWhatTheOperatorSays) {
  ASSERT_OK_AND_ASSIGN(const Config config,
                       LoadConfig(std::string(kSmallest) + "  - {name: c, realm: hosts, " +
                                      GetParam().method + "}\n",
                                  "c.yaml"));
  EXPECT_EQ(NamesIn(config.authenticators.back()), GetParam().names);
}

INSTANTIATE_TEST_SUITE_P(
    All, CloudNames,
    ::testing::ValuesIn<NamesCase>({
        {"OneZone", "gcp: {projects: [a], zones: [europe-west1-b]}", {"${name}"}},
        {"UniqueByTheOperatorsWord", "gcp: {projects: [a], names: [\"${name}\"]}", {"${name}"}},
        {"Whole",
         "gcp: {projects: [a, b], names: [\"${name}.${project}\"]}",
         {"${name}.${project}"}},
        {"Number", "gcp: {projects: [a, b], names: [\"i${instance}\"]}", {"i${instance}"}},
        {"AwsIds",
         "aws: {certificates: x, accounts: [\"123456789012\", \"123456789013\"], regions: [a, b]}",
         {"${instance}"}},
        {"AzureIds", "azure: {roots: x, subscriptions: [a, b]}", {"${vm}"}},
        {"OneGroup",
         "azure_identity: {tenant: t, audience: a, subscriptions: [s], resource_groups: [Web]}",
         {"${name}"}},
    }),
    [](const auto& tested) { return tested.param.name; });

TEST(Config, ReadsAzuresIdsInOneSpelling) {
  ASSERT_OK_AND_ASSIGN(
      const Config config,
      LoadConfig(std::string(kSmallest) +
                     "  - {name: a, realm: hosts, azure: {roots: x, subscriptions: [8D10-ab]}}\n"
                     "  - {name: b, realm: hosts, azure_identity: {tenant: 72F9-ab, audience: "
                     "api://Mayfly, subscriptions: [8D10-ab], resource_groups: [Web]}}\n",
                 "c.yaml"));
  const auto& azure = std::get<AzureAuthenticator>(config.authenticators[1].method);
  EXPECT_EQ(azure.subscriptions, std::vector<std::string>{"8d10-ab"});
  const auto& identity = std::get<AzureIdentityAuthenticator>(config.authenticators[2].method);
  EXPECT_EQ(identity.tenant, "72f9-ab");
  EXPECT_EQ(identity.token.issuer, "https://sts.windows.net/72f9-ab/");
  EXPECT_EQ(identity.token.audiences, std::vector<std::string>{"api://Mayfly"});
  EXPECT_EQ(identity.subscriptions, std::vector<std::string>{"8d10-ab"});
  EXPECT_EQ(identity.resource_groups, std::vector<std::string>{"web"});
}

struct AddressCase {
  std::string text;
  bool may_listen, may_be_told;
};
class Addresses : public ::testing::TestWithParam<AddressCase> {};

TEST_P(Addresses, AreAHostAndAPort) {
  const auto load = [](const std::string& listen, const std::string& told) {
    return LoadConfig(fmt::format("listen: ['{}']\naddresses: ['{}']\n"
                                  "authenticators: [{{name: a, realm: people, ssh_key: {{}}}}]\n",
                                  listen, told),
                      "c.yaml");
  };
  EXPECT_EQ(load(GetParam().text, "ca:1").ok(), GetParam().may_listen);
  EXPECT_EQ(load("0.0.0.0:1", GetParam().text).ok(), GetParam().may_be_told);
}

INSTANTIATE_TEST_SUITE_P(All, Addresses,
                         ::testing::ValuesIn<AddressCase>({
                             {"0.0.0.0:7443", true, true},
                             {"[::]:7443", true, true},
                             {"0.0.0.0:0", true, false},
                             {"ca.example.com:7443", false, true},
                             {"ca.example.com:65536", false, false},
                             {"0.0.0.0:-1", false, false},
                             {"0.0.0.0:", false, false},
                             {"0.0.0.0", false, false},
                             {":7443", false, false},
                             {"::1:7443", false, false},
                             {"[::1]", false, false},
                             {"CA.example.com:7443", false, false},
                             {"*:7443", false, false},
                             {"", false, false},
                             {"https://ca.example.com:7443", false, false},
                         }));

TEST(Config, DoesNotPassOnWhatFoolsATerminal) {
  const std::string error = ErrorOf("listen: [\"\\e[2J\"]\npassphrase: \"\\e[2J\"\n");
  EXPECT_NE(error, "");
  EXPECT_EQ(error.find('\x1b'), std::string::npos);
}

TEST(Config, NamesAFileThatIsMissing) {
  EXPECT_THAT(LoadConfigFile("/nonexistent/mayflyd.yaml"),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr("/nonexistent/mayflyd.yaml"), HasSubstr("mayflyd init"))));
}

// The page and the schema must say the same: every field of config.proto is in it.
TEST(Config, IsDescribedWhole) {
  ASSERT_OK_AND_ASSIGN(const std::string page,
                       ReadFile(testing::SourcePath("docs/configuration.md")));
  for (const char* field : {"name",
                            "listen",
                            "addresses",
                            "state_directory",
                            "keys_directory",
                            "policies",
                            "local_socket",
                            "tls",
                            "passphrase",
                            "authenticators",
                            "realm",
                            "ssh_key",
                            "users",
                            "join_token",
                            "max_lifetime",
                            "sessions",
                            "lifetime",
                            "issuance",
                            "backdate",
                            "min_rsa_bits",
                            "bundle",
                            "valid_for",
                            "log",
                            "format",
                            "level",
                            "limits",
                            "max_connections",
                            "max_connections_per_source",
                            "max_silent_connections",
                            "max_silent_connections_per_source",
                            "first_call_within",
                            "max_streams_per_connection",
                            "max_message_size",
                            "request_timeout",
                            "max_in_flight",
                            "max_in_flight_per_source",
                            "calls_per_second_per_source",
                            "calls_per_second_per_subject",
                            "refusals_per_minute_per_source",
                            "refusals_per_minute_per_subject",
                            "stranger_log_lines_per_minute",
                            "min_free_disk_mib",
                            "sandbox",
                            "reflection"}) {
    EXPECT_THAT(page, HasSubstr(fmt::format("{}", field))) << field;
  }
  // Its first example is a whole configuration.
  const size_t begin = page.find("```yaml\n") + 8;
  EXPECT_OK(LoadConfig(page.substr(begin, page.find("```", begin) - begin), "configuration.md"));
}

}  // namespace
}  // namespace mayfly::config
