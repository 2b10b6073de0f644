#include "ca/authn/name_template.h"

#include <tuple>

#include "tests/testing/status_matchers.h"

namespace mayfly::authn {
namespace {

using ::testing::HasSubstr;

struct TemplateCase {
  std::string name;
  std::string pattern;
  bool dots;
  std::string value;
  std::optional<Placeholders> expected;
};
class TemplateMatch : public ::testing::TestWithParam<TemplateCase> {};

TEST_P(TemplateMatch, ReadsOneShape) {
  const TemplateCase& tested = GetParam();
  ASSERT_OK_AND_ASSIGN(const NameTemplate pattern, NameTemplate::Parse(tested.pattern));
  EXPECT_OK(pattern.CheckMatchable(tested.dots));
  EXPECT_EQ(pattern.Match(tested.value, tested.dots), tested.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Names, TemplateMatch,
    ::testing::ValuesIn<TemplateCase>({
        {"Plain", "fleet", false, "fleet", Placeholders{}},
        {"PlainOther", "fleet", false, "fleets", std::nullopt},
        {"AtTheEnd", "spiffe://x/host/${n}", true, "spiffe://x/host/web1",
         Placeholders{{"n", "web1"}}},
        {"NeverASlash", "spiffe://x/host/${n}", true, "spiffe://x/host/a/b", std::nullopt},
        {"Empty", "spiffe://x/host/${n}", true, "spiffe://x/host/", std::nullopt},
        {"TwoParts", "spiffe://x/${ns}/${sa}", true, "spiffe://x/prod/api",
         Placeholders{{"ns", "prod"}, {"sa", "api"}}},
        {"DotsWhereAllowed", "spiffe://x/${n}", true, "spiffe://x/a.b", Placeholders{{"n", "a.b"}}},
        {"NoDotInADnsName", "${n}.example.com", false, "a.b.example.com", std::nullopt},
        {"DnsName", "${n}.example.com", false, "web-1.example.com", Placeholders{{"n", "web-1"}}},
        {"OtherZone", "${n}.example.com", false, "web.example.com.evil.org", std::nullopt},
        {"TwoDnsParts", "${n}.${zone}.example.com", false, "web.eu.example.com",
         Placeholders{{"n", "web"}, {"zone", "eu"}}},
        {"TextThatComesTwice", "${n}-x/y", true, "a-x-x/y", Placeholders{{"n", "a-x"}}},
        {"OddCharacters", "host/${n}", true, "host/a b", std::nullopt},
        {"NotAscii", "host/${n}", true, "host/\xd0\xb0lice", std::nullopt},
        {"TrailingSlash", "spiffe://x/${n}", true, "spiffe://x/a/", std::nullopt},
    }),
    [](const auto& tested) { return tested.param.name; });

TEST(NameTemplate, FillsInWhatWasMatched) {
  ASSERT_OK_AND_ASSIGN(const NameTemplate name, NameTemplate::Parse("${n}.${region}.example.com"));
  EXPECT_EQ(name.Fill({{"n", "web1"}, {"region", "eu"}}), "web1.eu.example.com");
  EXPECT_EQ(name.Fill({{"n", "web1"}}), std::nullopt);
}

TEST(NameTemplate, RefusesWhatCannotBeRead) {
  for (const auto& [text, why] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "expected 1 to"},
           {"${", "written ${name}"},
           {"$n", "written ${name}"},
           {"${N}", "lower-case letters"},
           {"${}", "lower-case letters"},
           {"${n}/${n}", "twice"},
           {"a b", "printable ASCII"},
           {"\xd0\xb0", "printable ASCII"}}) {
    EXPECT_THAT(NameTemplate::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why)))
        << text;
  }
}

TEST(NameTemplate, WantsASeparatorBetweenPlaceholders) {
  for (const auto& [text, dots] : std::initializer_list<std::pair<const char*, bool>>{
           {"${a}${b}", true}, {"${a}-${b}", true}, {"${a}.${b}", true}, {"${a}x${b}", false}}) {
    EXPECT_THAT(NameTemplate::Parse(text).value().CheckMatchable(dots),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
  EXPECT_OK(NameTemplate::Parse("${a}.${b}").value().CheckMatchable(/*dots=*/false));
}

}  // namespace
}  // namespace mayfly::authn
