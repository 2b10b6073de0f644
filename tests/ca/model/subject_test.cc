#include "ca/model/subject.h"

#include "gmock/gmock.h"
#include "tests/testing/format_page.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::model {
namespace {

TEST(Subject, ReadsBackWhatItPrints) {
  for (const char* text :
       {"user:alice@people", "user:a.b+c@x.example@people", "host:web1.example.com@hosts",
        "host:10.0.0.1@hosts", "host:2001:db8::1@hosts"}) {
    ASSERT_OK_AND_ASSIGN(const Subject subject, Subject::Parse(text));
    EXPECT_EQ(subject.ToString(), text);
  }
}

TEST(Subject, RefusesWhatCouldBeMistakenForAnother) {
  for (const char* text :
       {"alice@people", "user:alice", "user:@people", "user:alice@", "user:-rf@people",
        "user:.hidden@people", "user:al ice@people", "user:alice\n@people",
        "user:alice,root@people", "user:alice@People", "user:alice@-people", "host:WEB1@hosts",
        "host:*.example.com@hosts", "host:web1.@hosts", "host:1.2.3.04@hosts", "group:alice@people",
        "user:\xc3\xa4@people"}) {
    EXPECT_THAT(Subject::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
  EXPECT_FALSE(Subject::Create(SubjectKind::kUser, std::string(65, 'a'), "people").ok());
  EXPECT_FALSE(Subject::Create(SubjectKind::kUser, std::string("a\0b", 3), "people").ok());
}

TEST(KeyId, EncodesWhatALogCannotCarry) {
  const Subject subject = Subject::Create(SubjectKind::kUser, "a@x.example", "people").value();
  const KeyId id{subject, 3};
  EXPECT_EQ(id.ToString(), "user:a%40x.example@people/3");
  EXPECT_THAT(KeyId::Parse(id.ToString()), IsOkAndHolds(id));
  const KeyId v6{Subject::Create(SubjectKind::kHost, "2001:db8::1", "hosts").value(), 1};
  EXPECT_EQ(v6.ToString(), "host:2001%3Adb8%3A%3A1@hosts/1");
  EXPECT_THAT(KeyId::Parse(v6.ToString()), IsOkAndHolds(v6));
}

TEST(KeyId, HasOneSpellingOnly) {
  for (const char* text : {"user:alice@people", "user:alice@people/", "user:alice@people/0",
                           "user:alice@people/01", "user:alice@people/-1", "user:%61lice@people/1",
                           "user:alice@people/18446744073709551616", "user:alice%4@people/1"}) {
    EXPECT_THAT(KeyId::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(KeyId, NeverExceedsItsLimit) {
  const std::string longest = std::string(63, 'a') + "." + std::string(63, 'b');
  ASSERT_OK_AND_ASSIGN(const Subject subject,
                       Subject::Create(SubjectKind::kHost, longest, std::string(32, 'r')));
  const KeyId id{subject, ~uint64_t{0}};
  EXPECT_LE(id.ToString().size(), kMaxKeyIdSize);
  EXPECT_THAT(Subject::Create(SubjectKind::kHost, longest + "." + std::string(60, 'c'), "hosts"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Labels, RefusesSeparators) {
  EXPECT_OK(CheckLabels({{"env", "prod"}, {"role", "web-1.a_b"}}));
  for (const Labels& labels :
       {Labels{{"e&v", "x"}}, Labels{{"env", "a/b"}}, Labels{{"env", "a=b"}}, Labels{{"", "x"}},
        Labels{{"env", ""}}, Labels{{"Env", "x"}}, Labels{{"env", std::string(64, 'x')}}}) {
    EXPECT_THAT(CheckLabels(labels), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

// The first indented block of the page, whose remarks stand behind blanks.
TEST(KeyIdPage, ShowsKeyIdsThatPrintAsTheyWereRead) {
  const testing::FormatPage page("key-id");
  ASSERT_FALSE(page.blocks().empty());
  EXPECT_EQ(page.blocks().front().size(), 4u);
  for (const std::string& line : page.blocks().front()) {
    const std::string text = line.substr(0, line.find(' '));
    ASSERT_OK_AND_ASSIGN(const KeyId key_id, KeyId::Parse(text));
    EXPECT_EQ(key_id.ToString(), text);
  }
}

}  // namespace
}  // namespace mayfly::model
