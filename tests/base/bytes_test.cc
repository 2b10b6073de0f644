#include "base/bytes.h"

#include <cctype>
#include <string>

#include "tests/testing/status_matchers.h"

namespace mayfly {
namespace {

struct EncodingCase {
  std::string bytes;
  std::string base64;
  std::string hex;
};

// RFC 4648, section 10.
const EncodingCase kRfc4648[] = {
    {"", "", ""},
    {"f", "Zg==", "66"},
    {"fo", "Zm8=", "666f"},
    {"foo", "Zm9v", "666f6f"},
    {"foob", "Zm9vYg==", "666f6f62"},
    {"fooba", "Zm9vYmE=", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "666f6f626172"},
};

TEST(Base64, FollowsRfc4648) {
  for (const EncodingCase& row : kRfc4648) {
    EXPECT_EQ(Base64Encode(AsBytes(row.bytes)), row.base64);
    EXPECT_THAT(Base64Decode(row.base64), IsOkAndHolds(ToBytes(row.bytes)));
    const std::string unpadded = row.base64.substr(0, row.base64.find('='));
    EXPECT_EQ(Base64EncodeUnpadded(AsBytes(row.bytes)), unpadded);
    EXPECT_EQ(Base64UrlEncode(AsBytes(row.bytes)), unpadded);
    EXPECT_THAT(Base64UrlDecode(unpadded), IsOkAndHolds(ToBytes(row.bytes)));
  }
}

TEST(Base64, UrlAlphabetIsItsOwn) {
  const Bytes bytes = {0xfb, 0xff, 0xbf};
  EXPECT_EQ(Base64Encode(bytes), "+/+/");
  EXPECT_EQ(Base64EncodeUnpadded(bytes), "+/+/");
  EXPECT_EQ(Base64UrlEncode(bytes), "-_-_");
  EXPECT_THAT(Base64UrlDecode("+/+/"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Base64Decode("-_-_"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Hex, TakesItsOwnAlphabetAlone) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = {'A', static_cast<char>(byte)};
    EXPECT_EQ(HexDecode(text).ok(), byte < 0x80 && std::isxdigit(byte) != 0) << byte;
  }
}

// libsodium 1.0.18 takes every byte from 0x80 for a slash (or an underscore).
TEST(Base64, TakesItsOwnAlphabetAlone) {
  constexpr std::string_view kCommon =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (int byte = 0; byte < 256; ++byte) {
    const char letter = static_cast<char>(byte);
    const std::string text = {'A', 'A', letter, 'A'};
    const bool common = kCommon.find(letter) != std::string_view::npos;
    EXPECT_EQ(Base64Decode(text).ok(), common || letter == '+' || letter == '/') << byte;
    EXPECT_EQ(Base64UrlDecode(text).ok(), common || letter == '-' || letter == '_') << byte;
  }
}

// One byte string has one spelling, or two tokens could name one thing.
TEST(Base64, RefusesEveryOtherSpelling) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=", "====", "Z",
                           " Zg==", "Zg== ", "Zg==\n", "Zm\n9v", "Zg==Zg==", "Zm9v!", "Zm9v\xff"}) {
    EXPECT_THAT(Base64Decode(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
  EXPECT_THAT(Base64Decode(std::string_view("Zg==\0", 5)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  for (const char* text : {"Zg==", "Zh", "Zm9", "Z", "Zm 9", "Zm9v\n", "Zm9vZ"}) {
    EXPECT_THAT(Base64UrlDecode(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(Hex, FollowsRfc4648InLowerCase) {
  for (const EncodingCase& row : kRfc4648) {
    EXPECT_EQ(HexEncode(AsBytes(row.bytes)), row.hex);
    EXPECT_THAT(HexDecode(row.hex), IsOkAndHolds(ToBytes(row.bytes)));
  }
  EXPECT_EQ(HexEncode(Bytes{0xab, 0x00}), "ab00");
  EXPECT_THAT(HexDecode("AbCD"), IsOkAndHolds(Bytes{0xab, 0xcd}));
}

TEST(Hex, RefusesEverythingElse) {
  for (const char* text : {"0", "0g", "0x", "00 11", " 00", "00\n", "0:", "000"}) {
    EXPECT_THAT(HexDecode(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
  EXPECT_THAT(HexDecode(std::string_view("0\0", 2)), StatusIs(absl::StatusCode::kInvalidArgument));
}

// FIPS 180-4's example, and RFC 4231's cases 1, 2 and 6.
TEST(Sha256, MatchesTheStandards) {
  EXPECT_EQ(HexEncode(Sha256(AsBytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexEncode(Sha256({})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexEncode(HmacSha256(Bytes(20, 0x0b), AsBytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HexEncode(HmacSha256(AsBytes("Jefe"), AsBytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      HexEncode(HmacSha256(Bytes(131, 0xaa),
                           AsBytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// OpenSSL reads a null key as "keep the previous one", and fails.
TEST(Sha256, TakesAnEmptyKeyAndMessage) {
  EXPECT_EQ(HexEncode(HmacSha256({}, {})),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Bytes, CompareAsWholes) {
  EXPECT_TRUE(Equal({}, {}));
  EXPECT_TRUE(Equal(AsBytes("ab"), ToBytes("ab")));
  EXPECT_FALSE(Equal(AsBytes("ab"), AsBytes("abc")));
  EXPECT_FALSE(Equal(AsBytes("ab"), AsBytes("ac")));
}

}  // namespace
}  // namespace mayfly
