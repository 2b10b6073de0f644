#include "ca/model/asked_digest.h"

#include "base/text.h"
#include "gtest/gtest.h"
#include "tests/testing/format_page.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::model {
namespace {

struct Wish {
  Subject subject = Subject::Parse("user:alice@people").value();
  ssh::CertificateKind kind = ssh::CertificateKind::kUser;
  Ask ask;
  std::string Digest() const { return AskedDigest(subject, kind, ask); }
};

// The page's, whose digest another program computed from its table.
Wish Example() {
  Wish wish;
  wish.ask.grant = "production-root";
  wish.ask.target_host = "db1";
  wish.ask.logins = {"root"};
  wish.ask.lifetime = absl::Minutes(30);
  wish.ask.source_addresses = {IpNetwork::Parse("10.0.0.0/8").value()};
  wish.ask.reason = "OPS-42: disk full";
  return wish;
}

TEST(AskedDigest, IsThatOfTheDocumentation) {
  const mayfly::testing::FormatPage page("approvals");
  ASSERT_EQ(page.examples().size(), 1u);
  EXPECT_EQ(Example().Digest(), HexEncode(page.examples()[0]));
}

TEST(AskedDigest, IsAnotherForAnotherWish) {
  const std::string digest = Example().Digest();
  Wish other = Example();
  other.subject = Subject::Parse("user:bob@people").value();
  EXPECT_NE(other.Digest(), digest);
  other = Example();
  other.ask.target_host.reset();
  EXPECT_NE(other.Digest(), digest);
  other = Example();
  other.ask.logins = {"root", "deploy"};
  EXPECT_NE(other.Digest(), digest);
  other = Example();
  other.ask.extensions = std::vector<std::string>();  // None, which is not the grant's own.
  EXPECT_NE(other.Digest(), digest);
  other = Example();
  other.ask.reason = "OPS-42: disk full!";
  EXPECT_NE(other.Digest(), digest);
}

TEST(AskedDigest, TakesListsInAnyOrder) {
  Wish one = Example();
  one.ask.logins = {"root", "deploy"};
  Wish other = Example();
  other.ask.logins = {"deploy", "root", "deploy"};
  EXPECT_EQ(one.Digest(), other.Digest());
}

}  // namespace
}  // namespace mayfly::model
