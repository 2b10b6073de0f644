// What people read when a document is wrong, word by word.
#include <string>

#include "document/load.h"
#include "tests/document/document_test.pb.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::document {
namespace {

using ::testing::HasSubstr;
using ::testing::TestParamInfo;
using ::testing::ValuesIn;

struct ErrorCase {
  std::string name;
  std::string text;
  std::string message;
};

class LoadExplains : public ::testing::TestWithParam<ErrorCase> {};

TEST_P(LoadExplains, TheMistake) {
  document_test::Policy policy;
  EXPECT_THAT(Load(GetParam().text, "p.yaml", &policy, nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, GetParam().message));
}

std::string CaseName(const TestParamInfo<ErrorCase>& row) { return row.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Fields, LoadExplains,
    ValuesIn<ErrorCase>({
        {"Mistyped", "grants:\n  - name: a\n    lifetme: {max: 8h}\n",
         "p.yaml:3:5: unknown field \"lifetme\"; did you mean \"lifetime\"?\n"
         "      lifetme: {max: 8h}\n"
         "      ^"},
        {"Unknown", "ceilings:\n  forever: true\n",
         "p.yaml:2:3: unknown field \"forever\"; expected user_lifetime, host_lifetime\n"
         "    forever: true\n"
         "    ^"},
        {"WrongCase", "Grants: []\n",
         "p.yaml:1:1: unknown field \"Grants\"; did you mean \"grants\"?\n  Grants: []\n  ^"},
        {"JsonName", "scopedOnly: {}\n",
         "p.yaml:1:1: unknown field \"scopedOnly\"; did you mean \"scoped_only\"?\n"
         "  scopedOnly: {}\n"
         "  ^"},
        {"NotANumberOfAField", "1: []\n",
         "p.yaml:1:1: unknown field \"1\"; expected grants, ceilings, contacts, ports, numbers, "
         "credential, scoped_only, until\n  1: []\n  ^"},
        {"Hostile", "\"\\e[2J\\u202e\": 1\n",
         "p.yaml:1:1: unknown field \"\\x1b[2J\\u{202e}\"; expected grants, ceilings, contacts, "
         "ports, "
         "numbers, credential, scoped_only, until\n  \"\\e[2J\\u202e\": 1\n  ^"},
        {"Duplicate", "ceilings: {}\nuntil: 2026-11-23T09:18:00Z\nceilings: {}\n",
         "p.yaml:3:1: duplicate field \"ceilings\"; first given on line 1\n  ceilings: {}\n  ^"},
        {"OneofConflict", "credential:\n  key_file: k\n  realm: r\n  agent: {socket: s}\n",
         "p.yaml:4:3: \"agent\" cannot be given beside \"key_file\" on line 2\n"
         "    agent: {socket: s}\n"
         "    ^"},
        {"WrappedName", "scoped_only: {entries: {env: production}}\n",
         "p.yaml:1:24: expected text, found a mapping\n"
         "  scoped_only: {entries: {env: production}}\n"
         "                         ^"},
    }),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Shapes, LoadExplains,
    ValuesIn<ErrorCase>({
        {"EmptyDocument", "", "p.yaml:1:1: the document is empty"},
        {"NullDocument", "~",
         "p.yaml:1:1: expected a mapping of grants, ceilings, contacts, ports, "
         "numbers, credential, scoped_only, until, found nothing\n  ~\n  ^"},
        {"ListDocument", "- a\n",
         "p.yaml:1:1: expected a mapping of grants, ceilings, contacts, ports, "
         "numbers, credential, scoped_only, until, found a list\n  - a\n  ^"},
        {"Empty", "grants:\nuntil: 2026-11-23T09:18:00Z\n",
         "p.yaml:1:1: \"grants\" has no value; give it one, or leave it out\n  grants:\n  ^"},
        {"Null", "grants: [{name: null}]\n",
         "p.yaml:1:11: \"name\" has no value; give it one, or leave it out\n"
         "  grants: [{name: null}]\n"
         "            ^"},
        {"EmptyMapValue", "scoped_only: {env}\n",
         "p.yaml:1:15: \"env\" has no value; give it one, or leave it out\n"
         "  scoped_only: {env}\n"
         "                ^"},
        {"EmptyElement", "grants:\n  -\n  - name: a\n",
         "p.yaml:2:3: this element of the list is empty; give it a value or remove it\n    -\n    "
         "^"},
        {"ScalarForList", "grants: [{logins: root}]\n",
         "p.yaml:1:19: expected a list, found \"root\"; put [ ] around it\n"
         "  grants: [{logins: root}]\n"
         "                    ^"},
        {"MappingForList", "grants: {name: a}\n",
         "p.yaml:1:9: expected a list, found a mapping; start each element with \"- \"\n"
         "  grants: {name: a}\n"
         "          ^"},
        {"ScalarForMessage", "ceilings: 8h\n",
         "p.yaml:1:11: expected a mapping of user_lifetime, host_lifetime, found \"8h\"\n"
         "  ceilings: 8h\n"
         "            ^"},
        {"ListForMessage", "ceilings: [8h]\n",
         "p.yaml:1:11: expected a mapping of user_lifetime, host_lifetime, found a list\n"
         "  ceilings: [8h]\n"
         "            ^"},
        {"ListForMap", "contacts: [a]\n",
         "p.yaml:1:11: expected a mapping, found a list\n  contacts: [a]\n            ^"},
        {"ListForText", "grants: [{name: [a]}]\n",
         "p.yaml:1:17: expected text, found a list\n"
         "  grants: [{name: [a]}]\n"
         "                  ^"},
        {"MappingForNumber", "numbers: {u32: {}}\n",
         "p.yaml:1:16: expected a single value, found a mapping\n"
         "  numbers: {u32: {}}\n"
         "                 ^"},
        {"ListInList", "grants: [{logins: [[a]]}]\n",
         "p.yaml:1:20: expected text, found a list\n"
         "  grants: [{logins: [[a]]}]\n"
         "                     ^"},
    }),
    CaseName);

// The value under `field` in line 2, and the message with the caret at column 8 + length of field.
ErrorCase Value(const std::string& name, const std::string& field, const std::string& value,
                const std::string& message) {
  const std::string line = "  " + field + ": " + value;
  return {name, "numbers:\n" + line + "\n",
          "p.yaml:2:" + std::to_string(field.size() + 5) + ": " + message + "\n  " + line + "\n" +
              std::string(field.size() + 6, ' ') + "^"};
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, LoadExplains,
    ValuesIn<ErrorCase>({
        Value("TooLarge", "u32", "4294967296",
              "expected a whole number from 0 to 4294967295, found \"4294967296\""),
        Value("Negative", "u32", "-1",
              "expected a whole number from 0 to 4294967295, found \"-1\""),
        Value("TooLarge64", "i64", "9223372036854775808",
              "expected a whole number from -9223372036854775808 to 9223372036854775807, found "
              "\"9223372036854775808\""),
        Value("Plus", "i32", "+1",
              "expected a whole number from -2147483648 to 2147483647, found \"+1\""),
        Value("MinusZero", "i32", "-0",
              "expected a whole number from -2147483648 to 2147483647, found \"-0\""),
        Value("Octal", "u32", "010", "expected a whole number from 0 to 4294967295, found \"010\""),
        Value("Hexadecimal", "u32", "0x1F",
              "expected a whole number from 0 to 4294967295, found \"0x1F\""),
        Value("Underscores", "u32", "1_000",
              "expected a whole number from 0 to 4294967295, found \"1_000\""),
        Value("Fraction", "u32", "1.0",
              "expected a whole number from 0 to 4294967295, found \"1.0\""),
        Value("Exponent", "u32", "1e3",
              "expected a whole number from 0 to 4294967295, found \"1e3\""),
        Value("Unit", "u64", "5m",
              "expected a whole number from 0 to 18446744073709551615, found \"5m\""),
        Value("Quoted", "u32", "\"5\"",
              "expected a whole number, found quoted text; remove the quotes around \"5\""),
        Value("EmptyQuoted", "u32", "''",
              "expected a whole number from 0 to 4294967295, found \"\""),
        Value("NotANumber", "real", ".nan", "expected a decimal number, found \".nan\""),
        Value("Infinite", "real", "inf", "expected a decimal number, found \"inf\""),
        Value("RealExponent", "real", "1e3", "expected a decimal number, found \"1e3\""),
        Value("NoLeadingDigit", "real", ".5", "expected a decimal number, found \".5\""),
        Value("NoTrailingDigit", "real", "5.", "expected a decimal number, found \"5.\""),
        Value("TwoPoints", "real", "1.2.3", "expected a decimal number, found \"1.2.3\""),
        Value("SmallOverflow", "small", "9" + std::string(50, '0'),
              "expected a decimal number, found \"9" + std::string(50, '0') + "\""),
        Value("QuotedReal", "real", "'1.5'",
              "expected a decimal number, found quoted text; remove the quotes around \"1.5\""),
        Value("NotBase64", "blob", "a", "expected padded base64, found \"a\""),
        Value("UnpaddedBase64", "blob", "aGVsbG8", "expected padded base64, found \"aGVsbG8\""),
    }),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Words, LoadExplains,
    ValuesIn<ErrorCase>({
        {"BoolNo", "grants: [{default: no}]",
         "p.yaml:1:20: expected true or false, found \"no\"; did you mean \"false\"?\n"
         "  grants: [{default: no}]\n"
         "                     ^"},
        {"BoolUpperCase", "grants: [{default: True}]",
         "p.yaml:1:20: expected true or false, found \"True\"; did you mean \"true\"?\n"
         "  grants: [{default: True}]\n"
         "                     ^"},
        {"BoolQuoted", "grants: [{default: \"true\"}]",
         "p.yaml:1:20: expected true or false, found quoted text; remove the quotes around "
         "\"true\"\n"
         "  grants: [{default: \"true\"}]\n"
         "                     ^"},
        {"BoolElse", "grants: [{default: maybe}]",
         "p.yaml:1:20: expected true or false, found \"maybe\"\n"
         "  grants: [{default: maybe}]\n"
         "                     ^"},
        {"EnumUnderscore", "grants: [{preferred: sk_ed25519}]",
         "p.yaml:1:22: expected one of ed25519, sk-ed25519, ecdsa-p256, found \"sk_ed25519\"; did "
         "you "
         "mean \"sk-ed25519\"?\n"
         "  grants: [{preferred: sk_ed25519}]\n"
         "                       ^"},
        {"EnumUpperCase", "grants: [{keys: [ED25519]}]",
         "p.yaml:1:18: expected one of ed25519, sk-ed25519, ecdsa-p256, found \"ED25519\"; did you "
         "mean "
         "\"ed25519\"?\n"
         "  grants: [{keys: [ED25519]}]\n"
         "                   ^"},
        {"EnumProtoName", "grants: [{keys: [KEY_TYPE_ED25519]}]",
         "p.yaml:1:18: expected one of ed25519, sk-ed25519, ecdsa-p256, found "
         "\"KEY_TYPE_ED25519\"\n"
         "  grants: [{keys: [KEY_TYPE_ED25519]}]\n"
         "                   ^"},
        {"EnumUnspecified", "grants: [{keys: [unspecified]}]",
         "p.yaml:1:18: expected one of ed25519, sk-ed25519, ecdsa-p256, found \"unspecified\"\n"
         "  grants: [{keys: [unspecified]}]\n"
         "                   ^"},
        {"EnumNumber", "grants: [{keys: [1]}]",
         "p.yaml:1:18: expected one of ed25519, sk-ed25519, ecdsa-p256, found \"1\"\n"
         "  grants: [{keys: [1]}]\n"
         "                   ^"},
        {"DurationWithoutUnit", "ceilings: {user_lifetime: 8}",
         "p.yaml:1:27: '8' is not a duration; expected one such as 90s, 30m, 8h, 1h30m or 7d\n"
         "  ceilings: {user_lifetime: 8}\n"
         "                            ^"},
        {"DurationMapping", "ceilings: {user_lifetime: {seconds: 8}}",
         "p.yaml:1:27: expected a duration such as 8h or 1h30m, found a mapping\n"
         "  ceilings: {user_lifetime: {seconds: 8}}\n"
         "                            ^"},
        {"TimeWithoutZone", "until: 2026-11-23\n",
         "p.yaml:1:8: '2026-11-23' is not a time; expected one such as 2026-11-23T09:18:00Z\n"
         "  until: 2026-11-23\n"
         "         ^"},
        {"KeywordMistyped", "grants: [{hosts: anny}]",
         "p.yaml:1:18: expected any, only-enrolled or a mapping, found \"anny\"; did you mean "
         "\"any\"?\n"
         "  grants: [{hosts: anny}]\n"
         "                   ^"},
        {"KeywordQuoted", "grants: [{hosts: \"any\"}]",
         "p.yaml:1:18: expected any, only-enrolled or a mapping, found quoted text; remove the "
         "quotes "
         "around \"any\"\n"
         "  grants: [{hosts: \"any\"}]\n"
         "                   ^"},
        {"KeywordUnderscore", "grants: [{hosts: only_enrolled}]",
         "p.yaml:1:18: expected any, only-enrolled or a mapping, found \"only_enrolled\"; did you "
         "mean "
         "\"only-enrolled\"?\n"
         "  grants: [{hosts: only_enrolled}]\n"
         "                   ^"},
        {"KeywordOrDuration", "grants: [{expiry: nevr}]",
         "p.yaml:1:19: expected never or a value: 'nevr' is not a duration; expected one such as "
         "90s, "
         "30m, 8h, 1h30m or 7d; did you mean \"never\"?\n"
         "  grants: [{expiry: nevr}]\n"
         "                    ^"},
        {"KeywordOrList", "grants: [{reviewers: {a: b}}]",
         "p.yaml:1:22: expected a list, found a mapping; start each element with \"- \"\n"
         "  grants: [{reviewers: {a: b}}]\n"
         "                       ^"},
        {"KeywordOrListScalar", "grants: [{reviewers: sre}]",
         "p.yaml:1:22: expected everyone or a list, found \"sre\"\n"
         "  grants: [{reviewers: sre}]\n"
         "                       ^"},
        {"KeywordOrMappingList", "grants: [{hosts: [any]}]",
         "p.yaml:1:18: expected a mapping, found a list\n"
         "  grants: [{hosts: [any]}]\n"
         "                   ^"},
        {"KeyOfMap", "ports: {ssh: 22}",
         "p.yaml:1:9: expected a whole number from 0 to 4294967295, found \"ssh\"\n"
         "  ports: {ssh: 22}\n"
         "          ^"},
    }),
    CaseName);

TEST(LoadErrors, AreAllReportedInOneRun) {
  document_test::Policy policy;
  constexpr std::string_view kText = R"(grants:
  - nmae: a
    default: yes
    lifetime: {default: 8, max: 1h}
    name: b
    name: c
ceilings: 1
credential: {key_file: a, agent: {}}
)";
  EXPECT_THAT(Load(kText, "p.yaml", &policy, nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       R"(p.yaml:2:5: unknown field "nmae"; did you mean "name"?
    - nmae: a
      ^
p.yaml:3:14: expected true or false, found "yes"; did you mean "true"?
      default: yes
               ^
p.yaml:4:25: '8' is not a duration; expected one such as 90s, 30m, 8h, 1h30m or 7d
      lifetime: {default: 8, max: 1h}
                          ^
p.yaml:6:5: duplicate field "name"; first given on line 5
      name: c
      ^
p.yaml:7:11: expected a mapping of user_lifetime, host_lifetime, found "1"
  ceilings: 1
            ^
p.yaml:8:27: "agent" cannot be given beside "key_file" on line 8
  credential: {key_file: a, agent: {}}
                            ^)"));
}

TEST(LoadErrors, StopAtTwentyAndSaySo) {
  std::string text = "numbers:\n";
  for (int i = 0; i < 100; ++i) text += "  x" + std::to_string(i) + "yzzy: 1\n";
  document_test::Policy policy;
  const std::string message = Message(Load(text, "p.yaml", &policy, nullptr));
  EXPECT_THAT(message, HasSubstr("p.yaml:21:3: unknown field"));
  EXPECT_THAT(message, Not(HasSubstr("p.yaml:22:3")));
  EXPECT_THAT(message, ::testing::EndsWith("\n… and 80 more errors"));
}

TEST(LoadErrors, NameTheFileAsItWasGiven) {
  document_test::Policy policy;
  EXPECT_THAT(Message(Load("x", "policies/web.yaml", &policy, nullptr)),
              ::testing::StartsWith("policies/web.yaml:1:1: expected a mapping"));
}

}  // namespace
}  // namespace mayfly::document
