#include "ssh/options.h"

#include <algorithm>

#include "ssh/wire.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

OptionList ListOf(const std::vector<std::string>& flags) {
  OptionList list;
  for (const std::string& flag : flags) EXPECT_OK(list.AddFlag(flag));
  return list;
}

Writer Tuple(std::string_view name, BytesView data = {}) {
  Writer writer;
  writer.String(name).String(data);
  return writer;
}

absl::StatusOr<std::vector<IpNetwork>> Networks(const std::vector<std::string>& texts) {
  std::vector<IpNetwork> networks;
  for (const std::string& text : texts) {
    MAYFLY_ASSIGN_OR_RETURN(const IpNetwork network, IpNetwork::Parse(text));
    networks.push_back(network);
  }
  return networks;
}

TEST(OptionList, SortsWhateverTheOrderOfAdding) {
  EXPECT_THAT(ListOf({"permit-pty", "permit-X11-forwarding", "no-touch-required"}).names(),
              ElementsAre("no-touch-required", "permit-X11-forwarding", "permit-pty"));
}

TEST(OptionList, NestsTextAsAStringInsideTheDataString) {
  OptionList list;
  ASSERT_OK(list.AddText(kForceCommand, "ls"));
  // PROTOCOL.certkeys: name, then a string that holds a string.
  EXPECT_EQ(HexEncode(list.Encode()), "0000000d666f7263652d636f6d6d616e6400000006000000026c73");
  EXPECT_THAT(list.Text(kForceCommand), IsOkAndHolds("ls"));
}

TEST(OptionList, WritesAFlagWithEmptyData) {
  EXPECT_EQ(HexEncode(ListOf({"permit-pty"}).Encode()), "0000000a7065726d69742d70747900000000");
}

TEST(OptionList, ParsesBackWhatItEncodes) {
  OptionList list = ListOf({"permit-pty", "a"});
  ASSERT_OK(list.AddText("b@example.com", ""));
  EXPECT_THAT(OptionList::Parse(list.Encode()), IsOkAndHolds(list));
  EXPECT_THAT(OptionList::Parse({}), IsOkAndHolds(OptionList()));
}

TEST(OptionList, KeepsUnknownDataAsItWas) {
  const Bytes odd = Tuple("odd@example.com", Bytes{1, 2, 3}).Take();
  ASSERT_OK_AND_ASSIGN(const OptionList list, OptionList::Parse(odd));
  EXPECT_EQ(list.Encode(), odd);
}

TEST(OptionList, RefusesToAddAName) {
  OptionList list = ListOf({"permit-pty"});
  EXPECT_THAT(list.AddFlag("permit-pty"), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_THAT(list.AddText("permit-pty", "x"), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_THAT(list.AddFlag(""), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(list.AddFlag(std::string_view("a\0b", 3)), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(list.AddText("a", std::string_view("x\0y", 3)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("NUL")));
  EXPECT_THAT(list.names(), ElementsAre("permit-pty"));
}

struct BadListCase {
  std::string name;
  Bytes encoded;
  std::string error;
};
class BadList : public testing::TestWithParam<BadListCase> {};
TEST_P(BadList, IsRefused) {
  EXPECT_THAT(OptionList::Parse(GetParam().encoded),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr(GetParam().error)));
}
INSTANTIATE_TEST_SUITE_P(
    All, BadList,
    testing::ValuesIn<BadListCase>({
        {"Unsorted", Tuple("b").Raw(Tuple("a").bytes()).Take(), "'a' is out of order"},
        {"Repeated", Tuple("a").Raw(Tuple("a").bytes()).Take(), "'a' appears twice"},
        {"RepeatedWithOtherData", Tuple("a").Raw(Tuple("a", Bytes{1}).bytes()).Take(), "twice"},
        {"SortedIgnoringCase", Tuple("permit-pty").Raw(Tuple("permit-X").bytes()).Take(), "order"},
        {"EmptyName", Tuple("").Take(), "empty name"},
        {"NulInName", Tuple(std::string_view("a\0", 2)).Take(), "NUL"},
        {"NameOnly", Writer().String("a").Take(), "truncated"},
        {"HugeNameLength", {0xff, 0xff, 0xff, 0xff}, "truncated"},
        {"HugeDataLength", {0, 0, 0, 1, 'a', 0x7f, 0xff, 0xff, 0xff}, "truncated"},
        {"TrailingByte", Tuple("a").Byte(0).Take(), "truncated"},
        {"ControlCharacterIsEscaped", Tuple("b").Raw(Tuple("a\x1b[2J").bytes()).Take(), "\\x1b"},
        {"Oversized", Tuple("a", Bytes(kMaxOptionsSize)).Take(), "at most 65536"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(OptionText, RefusesWhatIsNotExactlyOneNestedString) {
  const std::vector<Bytes> flat_or_odd = {
      ToBytes("ls"),                               // Flat, as some tools wrote it.
      {},                                          // A flag.
      Writer().String("ls").Byte(0).Take(),        // Trailing byte.
      Writer().String("ls").String("rm").Take(),   // Two.
      Writer().String(Bytes{'l', 0, 's'}).Take(),  // NUL.
  };
  for (const Bytes& data : flat_or_odd) {
    ASSERT_OK_AND_ASSIGN(const OptionList list,
                         OptionList::Parse(Tuple(kForceCommand, data).bytes()));
    EXPECT_THAT(list.Text(kForceCommand),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr("not one string")))
        << HexEncode(data);
  }
}

TEST(OptionText, IsNotFoundWithoutTheOption) {
  EXPECT_THAT(ListOf({"a", "c"}).Text("b"), StatusIs(StatusCode::kNotFound));
  EXPECT_FALSE(ListOf({"a", "c"}).Has("b"));
  EXPECT_TRUE(ListOf({"a", "c"}).Has("c"));
}

TEST(KnownOptions, AreSortedAndInOneListOnly) {
  const std::vector<std::string>& extensions = KnownExtensions();
  const std::vector<std::string>& critical = KnownCriticalOptions();
  EXPECT_TRUE(std::is_sorted(extensions.begin(), extensions.end()));
  EXPECT_TRUE(std::is_sorted(critical.begin(), critical.end()));
  for (const std::string& name : critical)
    EXPECT_THAT(extensions, testing::Not(testing::Contains(name)));
}

TEST(SourceAddress, IsCanonicalAndCommaSeparated) {
  ASSERT_OK_AND_ASSIGN(const std::vector<IpNetwork> networks,
                       Networks({"10.0.0.0/8", "192.0.2.7", "2001:DB8:0::/48", "::1"}));
  EXPECT_THAT(FormatSourceAddress(networks),
              IsOkAndHolds("10.0.0.0/8,192.0.2.7/32,2001:db8::/48,::1/128"));
  EXPECT_THAT(ParseSourceAddress("10.0.0.0/8,192.0.2.7/32,2001:db8::/48,::1/128"),
              IsOkAndHolds(networks));
}

TEST(SourceAddress, RefusesWhatRestrictsNothing) {
  EXPECT_THAT(FormatSourceAddress({}), StatusIs(StatusCode::kInvalidArgument));
  for (const char* all : {"0.0.0.0/0", "::/0"}) {
    ASSERT_OK_AND_ASSIGN(const std::vector<IpNetwork> networks, Networks({"10.0.0.0/8", all}));
    EXPECT_THAT(FormatSourceAddress(networks),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr("restricts nothing")));
    EXPECT_THAT(ParseSourceAddress(all),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr("restricts nothing")));
  }
}

TEST(SourceAddress, RefusesWhatSshdWouldRefuseAtLogin) {
  for (const char* bad :
       {"", ",", "10.0.0.0/8,", ",10.0.0.0/8", "10.0.0.0/8, 192.0.2.1", "10.0.0.1/8", "!10.0.0.0/8",
        "10.0.0.0/8;192.0.2.1", "example.com", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "*"}) {
    EXPECT_THAT(ParseSourceAddress(bad), StatusIs(StatusCode::kInvalidArgument)) << bad;
  }
}

}  // namespace
}  // namespace mayfly::ssh
