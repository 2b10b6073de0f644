#include "http/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/status.h"
#include "http/client.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;
using ::testing::Pair;

TEST(Url, EncodesWhatIsNotUnreserved) {
  EXPECT_EQ(PercentEncode("a-Z0.9_~ /&=%\xff"), "a-Z0.9_~%20%2F%26%3D%25%FF");
  EXPECT_EQ(EncodeForm({{"a b", "1"}, {"c", "&"}}), "a%20b=1&c=%26");
  EXPECT_EQ(AddQuery("https://x/y", {{"a", "1"}}), "https://x/y?a=1");
  EXPECT_EQ(AddQuery("https://x/y?z=0", {{"a", "1"}}), "https://x/y?z=0&a=1");
}

TEST(Url, DecodesFormsAsBrowsersWriteThem) {
  EXPECT_THAT(DecodeForm("code=a%2Fb&state=x+y&empty=&bare"),
              Optional(ElementsAre(Pair("code", "a/b"), Pair("state", "x y"), Pair("empty", ""),
                                   Pair("bare", ""))));
  EXPECT_THAT(DecodeForm(""), Optional(ElementsAre()));
  EXPECT_EQ(DecodeForm("a=%2"), std::nullopt);
  EXPECT_EQ(DecodeForm("a=%zz"), std::nullopt);
}

TEST(Url, TakesHttpsAlone) {
  EXPECT_TRUE(CheckHttpsUrl("https://id.example.com").ok());
  EXPECT_TRUE(CheckHttpsUrl("https://127.0.0.1:8443/realms/x").ok());
  EXPECT_TRUE(CheckHttpsUrl("https://id.example.com/a?b=c", /*allow_query=*/true).ok());
  for (const char* url :
       {"", "http://id.example.com", "https://", "https:///x", "https://u:p@id.example.com",
        "https://id.example.com/a b", "https://id.example.com/#x", "https://id.example.com/?x=1",
        "file:///etc/passwd", "HTTPS://id.example.com", "https://id.example.com\\@evil",
        "https://id.example.com/\n"}) {
    EXPECT_FALSE(CheckHttpsUrl(url).ok()) << url;
  }
}

// An access token comes from whoever logs in; a line break in it must not become a header.
TEST(HttpClient, SendsNoBearerThatIsNone) {
  const std::unique_ptr<Client> client = MakeClient({});
  for (const char* bearer : {"a\r\nX-Other: 1", "a\nb", "a b", "\xc3\xa9"}) {
    Request request;
    request.url = "https://127.0.0.1:1/me?secret=1";
    request.bearer = bearer;
    const absl::Status status = client->Fetch(request).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(Message(status),
              "https://127.0.0.1:1/me: the access token holds what no token holds");
  }
}

TEST(HttpClient, AsksOverTlsAlone) {
  Request request;
  request.url = "http://127.0.0.1:1/";
  // Refused before a connection is tried: nobody listens there.
  EXPECT_THAT(MakeClient({})->Fetch(request).status(),
              StatusIs(absl::StatusCode::kUnavailable, ::testing::HasSubstr("Protocol \"http\"")));
}

}  // namespace
}  // namespace mayfly::http
