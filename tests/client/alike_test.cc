#include "client/policy/alike.h"

#include "gmock/gmock.h"

namespace mayfly::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(GroupAlike, JoinsWhatDiffersByOneName) {
  const std::vector<Alike> groups = GroupAlike({
      "+ svc-mail-api on team=mail-api for group mail-api",
      "+ root on team=mail-api",
      "+ svc-mail-web on team=mail-web for group mail-web",
      "+ svc-search-api on team=search-api for group search-api",
      "+ root on team=mail-web",
  });
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].index, 0u);
  EXPECT_EQ(groups[0].name, "mail-api");
  EXPECT_THAT(groups[0].others, ElementsAre("mail-web", "search-api"));
  // Two are read as quickly as one and a name.
  EXPECT_EQ(groups[1].index, 1u);
  EXPECT_THAT(groups[1].others, IsEmpty());
  EXPECT_EQ(groups[2].index, 4u);
}

// Whoever reads the first may write down the others: nothing else differs.
TEST(GroupAlike, HidesNoOtherDifference) {
  for (const auto& [one, other] : std::vector<std::pair<std::string, std::string>>{
           {"root on team=mail-api for group mail-api", "root on team=mail-web for group interns"},
           {"root on team=mail-api for group mail-api", "root on team=mail-web for group mail-api"},
           {"root on team=a for group a, up to 1h", "root on team=b for group b, up to 8h"},
           {"root on team=a for group a", "root on team=b for group b, group c"},
           {"root on team=a", "root on team=a, anything"},
           {"", "root"},
           // Not within a word: "mail" is no part of "email".
           {"email for mail", "ebill for bill"},
       }) {
    const std::vector<Alike> groups = GroupAlike({one, other, other, other});
    ASSERT_EQ(groups.size(), 4u) << one << " / " << other;
    EXPECT_THAT(groups[0].others, IsEmpty());
  }
}

TEST(GroupAlike, ExchangesTheSameNameInAllOfAGroup) {
  const std::vector<Alike> groups = GroupAlike({"a with b", "c with b", "a with c", "d with b"});
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].name, "a");
  EXPECT_THAT(groups[0].others, ElementsAre("c", "d"));
  EXPECT_EQ(groups[1].index, 2u);
}

TEST(GroupAlike, TakesTextsThatAreTheSameAndMany) {
  EXPECT_EQ(GroupAlike({"same", "same"}).size(), 2u);
  std::vector<std::string> many;
  for (int i = 0; i < 2'000; ++i) {
    many.push_back("a" + std::to_string(i) + " b" + std::to_string(7 * i));
  }
  EXPECT_EQ(GroupAlike(many).size(), many.size());
}

TEST(OthersText, FillsLines) {
  EXPECT_EQ(OthersText({0, "", {}}, "  "), "");
  EXPECT_EQ(OthersText({0, "api", {"web", "db"}}, "  "),
            "  likewise 2 times, with these for api: web, db\n");
  const std::string text = OthersText({0, "api", std::vector<std::string>(20, "batch-job")}, "  ");
  EXPECT_TRUE(text.starts_with("  likewise 20 times, with these for api: batch-job, "));
  EXPECT_TRUE(text.ends_with("batch-job\n"));
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    EXPECT_LE(end - begin, 100u);
  }
}

}  // namespace
}  // namespace mayfly::client
