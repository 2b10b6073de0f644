// Vectors: the examples of RFC 4251 section 5.
#include "ssh/wire.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ssh/case_name.h"
#include "tests/ssh/hex.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::testing::HasSubstr;
using ::testing::TestWithParam;
using ::testing::ValuesIn;

struct MpintCase {
  std::string name;
  std::string wire;
  std::string magnitude;
};
class GoodMpint : public TestWithParam<MpintCase> {};

TEST_P(GoodMpint, IsReadAndWrittenBack) {
  const Bytes wire = FromHex(GetParam().wire);
  Reader reader(wire);
  ASSERT_OK_AND_ASSIGN(const BytesView magnitude, reader.ReadMpint());
  EXPECT_EQ(HexEncode(magnitude), GetParam().magnitude);
  EXPECT_OK(reader.ExpectEnd());
  EXPECT_EQ(HexEncode(Writer().Mpint(FromHex("0000" + GetParam().magnitude)).bytes()),
            GetParam().wire);
}

INSTANTIATE_TEST_SUITE_P(Rfc4251, GoodMpint,
                         ValuesIn(std::vector<MpintCase>{
                             {"Zero", "00000000", ""},
                             {"EightBytes", "0000000809a378f9b2e332a7", "09a378f9b2e332a7"},
                             {"SignByte", "000000020080", "80"},
                             {"One", "0000000101", "01"},
                         }),
                         CaseName<MpintCase>);

class BadMpint : public TestWithParam<MpintCase> {};

TEST_P(BadMpint, IsRefusedAndLeavesThePositionUnchanged) {
  const Bytes wire = FromHex(GetParam().wire);
  Reader reader(wire);
  EXPECT_THAT(reader.ReadMpint(4), StatusIs(kInvalid));
  EXPECT_EQ(reader.rest().size(), wire.size());
}

INSTANTIATE_TEST_SUITE_P(Wire, BadMpint,
                         ValuesIn(std::vector<MpintCase>{
                             {"Rfc4251NegativeShort", "00000002edcc", ""},
                             {"Rfc4251NegativeLong", "00000005ff21524111", ""},
                             {"ZeroAsAByte", "0000000100", ""},
                             {"NeedlessZero", "000000020001", ""},
                             {"NeedlessSignByte", "00000003000080", ""},
                             {"OverTheBound", "000000050102030405", ""},
                             {"OverTheBoundWithSignByte", "00000006008002030405", ""},
                             {"Truncated", "0000000201", ""},
                         }),
                         CaseName<MpintCase>);

TEST(Reader, ReadsTheExamplesOfRfc4251) {
  const Bytes bytes = FromHex(
      "0000000774657374696e67"
      "29b7f4aa"
      "01"
      "00"
      "0102030405060708"
      "ff");
  Reader reader(bytes);
  EXPECT_THAT(reader.ReadText(), IsOkAndHolds("testing"));
  EXPECT_THAT(reader.ReadUint32(), IsOkAndHolds(699921578u));
  EXPECT_THAT(reader.ReadBoolean(), IsOkAndHolds(true));
  EXPECT_THAT(reader.ReadBoolean(), IsOkAndHolds(false));
  EXPECT_THAT(reader.ReadUint64(), IsOkAndHolds(0x0102030405060708u));
  EXPECT_THAT(reader.ReadByte(), IsOkAndHolds(0xff));
  EXPECT_TRUE(reader.AtEnd());
}

TEST(Reader, TakesAWholeValueOrNothing) {
  // The length says 4 GiB: nothing of that size may be asked for.
  for (const char* hex : {"", "00", "000000", "00000001", "ffffffff61", "0000000561626364"}) {
    const Bytes bytes = FromHex(hex);
    Reader reader(bytes);
    EXPECT_THAT(reader.ReadString(), StatusIs(kInvalid, HasSubstr("truncated"))) << hex;
    EXPECT_THAT(reader.ReadText(), StatusIs(kInvalid)) << hex;
    EXPECT_EQ(reader.rest().size(), bytes.size()) << hex;
  }
  const Bytes three(3);
  Reader reader(three);
  EXPECT_THAT(reader.ReadUint32(), StatusIs(kInvalid));
  EXPECT_THAT(reader.ReadUint64(), StatusIs(kInvalid));
  EXPECT_THAT(reader.ReadRaw(4), StatusIs(kInvalid));
  EXPECT_EQ(reader.rest().size(), 3u);
}

TEST(Reader, RefusesNulInTextButNotInBytes) {
  const Bytes bytes = FromHex("00000003610062");
  Reader reader(bytes);
  EXPECT_THAT(reader.ReadText(), StatusIs(kInvalid, HasSubstr("NUL")));
  ASSERT_OK_AND_ASSIGN(const BytesView value, reader.ReadString());
  EXPECT_EQ(value.size(), 3u);
}

TEST(Reader, RefusesABooleanThatIsNeitherZeroNorOne) {
  const Bytes bytes = {2};
  Reader reader(bytes);
  EXPECT_THAT(reader.ReadBoolean(), StatusIs(kInvalid));
  EXPECT_EQ(reader.rest().size(), 1u);
}

TEST(Reader, CountsTheBytesLeftOver) {
  const Bytes bytes(3);
  EXPECT_THAT(Reader(bytes).ExpectEnd(), StatusIs(kInvalid, HasSubstr("3 bytes too many")));
}

TEST(Writer, NestedIsAStringOfWhatIsWrittenInIt) {
  Writer writer;
  writer.Byte(7).Nested(
      [](Writer& list) { list.String("ab").Nested([](Writer& inner) { inner.Uint32(9); }); });
  writer.Nested([](Writer&) {}).Byte(8);
  EXPECT_EQ(HexEncode(writer.bytes()),
            "070000000e0000000261620000000400000009"
            "00000000"
            "08");
  EXPECT_EQ(writer.bytes(),
            Writer()
                .Byte(7)
                .String(Writer().String("ab").String(Writer().Uint32(9).bytes()).bytes())
                .String("")
                .Byte(8)
                .bytes());
}

TEST(Writer, WritesBigEndianAndWithLengths) {
  EXPECT_EQ(HexEncode(Writer()
                          .Byte(0xff)
                          .Boolean(true)
                          .Uint32(699921578)
                          .Uint64(0x0102030405060708)
                          .String("testing")
                          .Raw(FromHex("0a0b"))
                          .Take()),
            "ff0129b7f4aa01020304050607080000000774657374696e670a0b");
}

}  // namespace
}  // namespace mayfly::ssh
