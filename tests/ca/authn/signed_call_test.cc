// Does what docs/formats/signed-call.md says, with the real ssh-keygen.
#include <cstdlib>
#include <string>

#include "base/file.h"
#include "mayfly/v1/call.pb.h"
#include "tests/ca/authn/authn_world.h"
#include "tests/testing/paths.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::authn {
namespace {

// The one shell example of the page.
std::string ShellExample() {
  const std::string page = ReadFile(testing::SourcePath("docs/formats/signed-call.md")).value();
  constexpr std::string_view kBegin = "```sh\n";
  const size_t begin = page.find(kBegin) + kBegin.size();
  return page.substr(begin, page.find("```", begin) - begin);
}

class SignedCallPage : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const std::string key = JoinPath(folder_.path(), "key");
    ASSERT_EQ(mayfly::Run({"ssh-keygen", "-q", "-t", GetParam(), "-N", "", "-f", key}).exit_code,
              0);
    const ssh::PublicKey enrolled =
        ssh::PublicKey::ParseLine(ReadFile(key + ".pub").value()).value();
    world_.SetUsers({User{"alice", {}, {enrolled}}});
    world_.clock.Set(absl::Now());
    const ProcessResult result = mayfly::Run(
        {"bash", "-c", ShellExample()},
        {.environment = {{"CA_ID", kCaId}, {"KEY", key}, {"PROTO", testing::SourcePath("proto")}},
         .directory = folder_.path()});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  // What a server reads from the request message.
  void Receive() {
    v1::SignedCall sent;
    ASSERT_TRUE(sent.ParseFromString(ReadFile(JoinPath(folder_.path(), "call")).value()));
    v1::CallDocument document;
    ASSERT_TRUE(document.ParseFromString(sent.document()));
    world_.header.method = document.method();
    world_.header.audience = document.audience();
    world_.header.issued_at = absl::FromUnixSeconds(document.issued_at().seconds());
    world_.header.nonce = ToBytes(document.nonce());
    ASSERT_EQ(document.credential(), v1::CREDENTIAL_KIND_SSH_KEY);
    world_.call.document = ToBytes(sent.document());
    world_.call.signatures.clear();
    for (const std::string& signature : sent.signatures()) {
      world_.call.signatures.push_back(ToBytes(signature));
    }
  }

  TemporaryDirectory folder_ = TemporaryDirectory::Create("signed-call").value();
  AuthnWorld world_;
};

TEST_P(SignedCallPage, ShowsACallThatIsAccepted) {
  Receive();
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify());
  EXPECT_EQ(proven.identity.subject.ToString(), "user:alice@people");
  EXPECT_EQ(world_.CauseNow(), cause::kReplayed);
}

TEST_P(SignedCallPage, ShowsACallThatCannotBeAltered) {
  Receive();
  for (size_t i = 0; i < world_.call.document.size(); ++i) {
    world_.call.document[i] ^= 0x20;
    EXPECT_EQ(world_.CauseNow(), cause::kBadSignature) << "byte " << i;
    world_.call.document[i] ^= 0x20;
  }
}

INSTANTIATE_TEST_SUITE_P(KeyTypes, SignedCallPage, ::testing::Values("ed25519", "ecdsa", "rsa"));

TEST(SignedCallPageText, ListsEveryNamespaceAndCause) {
  const std::string page = ReadFile(testing::SourcePath("docs/formats/signed-call.md")).value();
  for (const std::string_view name_space : kAllNamespaces) {
    EXPECT_THAT(page, ::testing::HasSubstr("`" + std::string(name_space) + "`"));
  }
  for (const std::string_view word : {cause::kMalformed,
                                      cause::kWrongMethod,
                                      cause::kWrongAudience,
                                      cause::kStale,
                                      cause::kReplayed,
                                      cause::kReplayCacheFull,
                                      cause::kWrongNamespace,
                                      cause::kBadSignature,
                                      cause::kNoCredential,
                                      cause::kTwoCredentials,
                                      cause::kUnknownAuthenticator,
                                      cause::kUnknownKey,
                                      cause::kCertifiedKey,
                                      cause::kTokenExpired,
                                      cause::kTokenElsewhere,
                                      cause::kWrongNetwork,
                                      cause::kWrongName,
                                      cause::kSessionEnded,
                                      cause::kSessionExpired,
                                      cause::kNotEnrolled,
                                      cause::kHostRetired,
                                      cause::kNotLocal,
                                      cause::kUnavailable}) {
    EXPECT_THAT(page, ::testing::HasSubstr("`" + std::string(word) + "`"));
  }
}

}  // namespace
}  // namespace mayfly::authn
