#include "base/network.h"

#include <string>

#include "tests/testing/status_matchers.h"

namespace mayfly {
namespace {

using ::testing::HasSubstr;

TEST(IpAddress, HasOneSpelling) {
  const std::pair<const char*, const char*> rows[] = {
      {"10.0.0.1", "10.0.0.1"},
      {"::1", "::1"},
      {"2001:DB8:0:0::1", "2001:db8::1"},
      {"::ffff:10.0.0.1", "10.0.0.1"},
      {"::FFFF:a00:1", "10.0.0.1"},
      {"0.0.0.0", "0.0.0.0"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  for (const auto& row : rows) {
    ASSERT_OK_AND_ASSIGN(const IpAddress address, IpAddress::Parse(row.first));
    EXPECT_EQ(address.ToString(), row.second);
    EXPECT_THAT(IpAddress::Parse(row.second), IsOkAndHolds(address));
  }
}

TEST(IpAddress, RefusesWhatIsNoneExactly) {
  for (const char* text :
       {"", " ", "10.0.0", "10.0.0.1 ", " 10.0.0.1", "10.0.0.256", "010.0.0.1", "0x0a.0.0.1",
        "167772161", "10.0.0.1/32", "10.0.0.1:22", "[::1]", "fe80::1%eth0", ":::", "1::2::3",
        "g::", "localhost", "1:2:3:4:5:6:7:8:9", "::ffff:10.0.0.256"}) {
    EXPECT_THAT(IpAddress::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
  EXPECT_THAT(IpAddress::Parse(std::string_view("::1\0x", 5)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(IpNetwork, IsWrittenWithItsPrefix) {
  const std::pair<const char*, const char*> rows[] = {
      {"10.0.0.0/8", "10.0.0.0/8"},       {"10.1.2.3", "10.1.2.3/32"},
      {"0.0.0.0/0", "0.0.0.0/0"},         {"::/0", "::/0"},
      {"2001:db8::/33", "2001:db8::/33"}, {"::1", "::1/128"},
      {"10.0.0.128/25", "10.0.0.128/25"},
  };
  for (const auto& row : rows) {
    ASSERT_OK_AND_ASSIGN(const IpNetwork network, IpNetwork::Parse(row.first));
    EXPECT_EQ(network.ToString(), row.second);
  }
}

TEST(IpNetwork, RefusesWhatIsNone) {
  for (const char* text : {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08",
                           "10.0.0.0/8/8", "10.0.0.0/ 8", "10.0.0.0/8 ", "10.0.0.0/+8", "::/129",
                           "10.0.0.0/99999999999", "10.0.0.0/255.0.0.0", "10/8"}) {
    EXPECT_THAT(IpNetwork::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

// An IPv4-mapped network becomes IPv4, whose prefix is shorter: /104 of the one is /8 of the other.
TEST(IpNetwork, RefusesAPrefixThatItsAddressFormCannotHave) {
  EXPECT_THAT(IpNetwork::Parse("::ffff:10.0.0.0/104"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(IpNetwork, RefusesBitsBeyondThePrefixAndNamesTheRightForm) {
  EXPECT_THAT(IpNetwork::Parse("10.0.0.1/8"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected 10.0.0.0/8")));
  EXPECT_THAT(IpNetwork::Parse("10.0.0.129/25"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected 10.0.0.128/25")));
  EXPECT_THAT(IpNetwork::Parse("2001:db8::1/64"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected 2001:db8::/64")));
  EXPECT_THAT(IpNetwork::Parse("1.0.0.0/0"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected 0.0.0.0/0")));
}

TEST(IpNetwork, ContainsWhatSharesItsPrefix) {
  struct Row {
    const char* network;
    const char* address;
    bool contained;
  };
  const Row rows[] = {
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.128/25", "10.0.0.127", false},
      {"10.0.0.128/25", "10.0.0.128", true},
      {"10.0.0.0/31", "10.0.0.1", true},
      {"10.0.0.0/31", "10.0.0.2", false},
      {"0.0.0.0/0", "255.1.2.3", true},
      {"0.0.0.0/0", "::1", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "10.0.0.1", false},
      {"::/0", "::ffff:10.0.0.1", false},
      {"10.0.0.0/8", "::ffff:10.0.0.1", true},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
      {"10.1.2.3", "10.1.2.3", true},
      {"10.1.2.3", "10.1.2.2", false},
  };
  for (const Row& row : rows) {
    ASSERT_OK_AND_ASSIGN(const IpNetwork network, IpNetwork::Parse(row.network));
    ASSERT_OK_AND_ASSIGN(const IpAddress address, IpAddress::Parse(row.address));
    EXPECT_EQ(network.Contains(address), row.contained) << row.network << " " << row.address;
  }
}

TEST(IpNetwork, ContainsNarrowerNetworksOfItsFamily) {
  const auto contains = [](const char* outer, const char* inner) {
    return IpNetwork::Parse(outer)->Contains(*IpNetwork::Parse(inner));
  };
  EXPECT_TRUE(contains("10.0.0.0/8", "10.1.0.0/16"));
  EXPECT_TRUE(contains("10.0.0.0/8", "10.0.0.0/8"));
  EXPECT_FALSE(contains("10.0.0.0/16", "10.0.0.0/8"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0/16"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::/0"));
  EXPECT_FALSE(contains("::/0", "10.0.0.0/8"));
}

}  // namespace
}  // namespace mayfly
