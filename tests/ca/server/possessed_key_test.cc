// Which key of a call may be certified: one that signed the document.
#include <string>

#include "base/file.h"
#include "ca/server/server_core.h"
#include "ssh/mldsa.h"
#include "ssh/private_key.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::server {
namespace {

using ::testing::HasSubstr;

constexpr auto kInvalidParameter = absl::StatusCode::kInvalidArgument;

class PossessedKeyTest : public ::testing::Test {
 protected:
  ssh::PublicKey NewKey() {
    return ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random_).value().public_key();
  }
  static std::string Blob(const ssh::PublicKey& key) { return std::string(AsText(key.blob())); }

  FakeRandom random_;
  AuthenticatedCall call_;
};

TEST_F(PossessedKeyTest, IsOneThatSignedTheDocument) {
  const ssh::PublicKey key = NewKey();
  call_.proven.possessed = {NewKey(), key};
  EXPECT_THAT(ServerCore::PossessedKey(call_, Blob(key)), IsOkAndHolds(key));
}

TEST_F(PossessedKeyTest, IsNoOther) {
  call_.proven.possessed = {NewKey()};
  EXPECT_THAT(ServerCore::PossessedKey(call_, Blob(NewKey())),
              StatusIs(kInvalidParameter, HasSubstr("not signed by it")));
  EXPECT_THAT(ServerCore::PossessedKey(call_, "no key"),
              StatusIs(kInvalidParameter, HasSubstr("public_key")));
}

TEST_F(PossessedKeyTest, IsRefusedWithTheReasonWhereNoSignatureOfItCanBeVerified) {
  const absl::StatusOr<std::string> line =
      ReadFile(mayfly::testing::SourcePath("tests/vectors/mldsa/key.pub"));
  ASSERT_OK(line);
  const ssh::PublicKey composite = ssh::PublicKey::ParseLine(*line).value();
  EXPECT_THAT(ServerCore::PossessedKey(call_, Blob(composite)),
              StatusIs(kInvalidParameter,
                       HasSubstr(ssh::CanVerifyMldsa() ? "not signed by it" : "no ML-DSA (3.5")));
}

}  // namespace
}  // namespace mayfly::server
