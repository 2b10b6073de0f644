#include "client/host/metadata_service.h"

#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

using ::testing::HasSubstr;

TEST(HttpAnswer, HasStatusHeadersAndBody) {
  ASSERT_OK_AND_ASSIGN(const HttpAnswer answer,
                       ParseHttpAnswer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A:  b \r\n\r\n"
                                       "token and what came behind"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("x-a"), "b");
  EXPECT_EQ(answer.body, "token");
}

TEST(HttpAnswer, EndsWithTheConnectionWithoutALength) {
  ASSERT_OK_AND_ASSIGN(const HttpAnswer answer, ParseHttpAnswer("HTTP/1.0 404 Not\r\n\r\nall"));
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "all");
}

struct BadCase {
  std::string name;
  std::string text;
  std::string why;
};
class BadAnswer : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadAnswer, IsRefused) {
  EXPECT_THAT(ParseHttpAnswer(GetParam().text),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().why)));
}

INSTANTIATE_TEST_SUITE_P(
    Answers, BadAnswer,
    ::testing::ValuesIn<BadCase>({
        {"Empty", "", "not HTTP"},
        {"NoEndOfHeaders", "HTTP/1.1 200 OK\r\nA: b\r\n", "not HTTP"},
        {"AnotherProtocol", "SSH-2.0-OpenSSH\r\n\r\n", "not HTTP"},
        {"Http2", "HTTP/2 200\r\n\r\n", "not HTTP"},
        {"NoStatus", "HTTP/1.1 OK\r\n\r\n", "not HTTP"},
        {"LongStatus", "HTTP/1.1 2000 OK\r\n\r\n", "not HTTP"},
        {"HeaderWithoutColon", "HTTP/1.1 200 OK\r\nabc\r\n\r\n", "not HTTP"},
        {"Chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "in chunks"},
        {"Short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "shorter"},
        {"NegativeLength", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc", "shorter"},
    }),
    [](const auto& tested) { return tested.param.name; });

TEST(MetadataService, IsAskedByAddressAlone) {
  for (const char* address :
       {"metadata.google.internal:80", "127.0.0.1", "127.0.0.1:0", "", ":80"}) {
    const MetadataService service(address, absl::Seconds(1));
    EXPECT_THAT(service.Get("/", {}), StatusIs(absl::StatusCode::kInvalidArgument)) << address;
  }
}

}  // namespace
}  // namespace mayfly::client
