#include "client/join_token.h"

#include "base/bytes.h"
#include "tests/testing/format_page.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Computed with Python's base64 and struct from docs/formats/join-token.md: seed 00 01 … 1f.
constexpr std::string_view kExample =
    "mayfly-join.v1."
    "AAAAMlNIQTI1NjpBQUVDQXdRRkJnY0lDUW9MREEwT0R4QVJFaE1VRlJZWEdCa2FHeHdkSGg4AAAAIAABAgMEBQYHCAkKCw"
    "wNDg8QERITFBUWFxgZGhscHR4fAAAAAQAAABNjYS5leGFtcGxlLmNvbTo3NDQz";

SecretBytes Secret(std::string_view text) { return SecretBytes::CopyOf(AsBytes(text)); }

std::string Exposed(const SecretBytes& secret) {
  return secret.Expose([](BytesView bytes) { return ToText(bytes); });
}

TEST(JoinToken, ReadsTheExampleOfTheFormatsPage) {
  ASSERT_OK_AND_ASSIGN(const JoinToken token, ParseJoinToken(Secret(kExample)));
  EXPECT_THAT(token.addresses, ::testing::ElementsAre("ca.example.com:7443"));
  EXPECT_EQ(token.ca_id.text, "SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  ASSERT_EQ(token.seed.size(), 32u);
  EXPECT_EQ(Exposed(FormatJoinToken(token)), kExample);
}

TEST(JoinToken, TheFormatsPageShowsThatExample) {
  const testing::FormatPage page("join-token");
  EXPECT_TRUE(page.Says(kExample));
}

TEST(JoinToken, BlanksAroundItAreIgnored) {
  EXPECT_OK(ParseJoinToken(Secret("\n  " + std::string(kExample) + " \r\n")).status());
}

class NotAToken : public ::testing::TestWithParam<std::string> {};
TEST_P(NotAToken, IsRefusedWithoutARepetition) {
  const auto token = ParseJoinToken(Secret(GetParam()));
  ASSERT_FALSE(token.ok());
  EXPECT_EQ(token.status().code(), absl::StatusCode::kInvalidArgument);
  if (GetParam().size() > 20) {
    EXPECT_THAT(Message(token.status()), Not(HasSubstr(GetParam().substr(16, 20))));
  }
}
INSTANTIATE_TEST_SUITE_P(Table, NotAToken,
                         ::testing::Values("", "mayfly-join.v1.",
                                           "mayfly-join.v2." + std::string(kExample.substr(15)),
                                           std::string(kExample.substr(0, kExample.size() - 1)),
                                           std::string(kExample) + "A", std::string(kExample) + "=",
                                           "MAYFLY-JOIN.V1." + std::string(kExample.substr(15)),
                                           std::string(kExample) + std::string(5000, 'A'),
                                           std::string(kExample.substr(0, 40)) + " " +
                                               std::string(kExample.substr(40))));

// They become part of messages and of a connection.
TEST(JoinToken, WhatIsNoAddressIsRefused) {
  for (const char* address : {"", "ca", "ca:0", "unix:/run/x", "\x1b[2Jca:7443", "ca:7443\n",
                              "https://ca:1", "ca:7443 "}) {
    JoinToken token = ParseJoinToken(Secret(kExample)).value();
    token.addresses = {"ok:1", address};
    EXPECT_FALSE(ParseJoinToken(FormatJoinToken(token)).ok()) << address;
  }
}

TEST(JoinToken, NoAddressAndTooManyAreRefused) {
  JoinToken token = ParseJoinToken(Secret(kExample)).value();
  token.addresses.clear();
  EXPECT_FALSE(ParseJoinToken(FormatJoinToken(token)).ok());
  token.addresses.assign(16, "ca:1");
  EXPECT_OK(ParseJoinToken(FormatJoinToken(token)).status());
  token.addresses.push_back("ca:1");
  EXPECT_FALSE(ParseJoinToken(FormatJoinToken(token)).ok());
}

// A token that was cut or mistyped anywhere must not enrol a host with another secret or CA.
TEST(JoinToken, EveryTruncationIsRefused) {
  for (size_t size = 0; size < kExample.size(); ++size) {
    EXPECT_FALSE(ParseJoinToken(Secret(kExample.substr(0, size))).ok()) << size;
  }
}

}  // namespace
}  // namespace mayfly::client
