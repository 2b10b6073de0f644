#include "ca/keys/key_ring.h"

#include <string>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ca/keys/keys_world.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::keys {
namespace {

using ssh::KeyType;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

class KeyRingFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(TemporaryDirectory folder, TemporaryDirectory::Create("ring"));
    folder_ = std::make_unique<TemporaryDirectory>(std::move(folder));
    WriteKeyFile(Path("trust.key"), trust_, "trust");
    WriteKeyFile(Path("user-ca.key"), user_ca_, "user-ca");
    WriteKeyFile(Path("host-ca.key"), host_ca_, "host-ca");
  }
  std::string Path(std::string_view name) { return JoinPath(folder_->path(), name); }
  absl::StatusOr<KeyRing> Open() { return KeyRing::Open(folder_->path(), Secret(kPassphrase)); }

  const ssh::PrivateKey trust_ = KeyOf(KeyType::kEd25519, 1);
  const ssh::PrivateKey user_ca_ = KeyOf(KeyType::kEd25519, 2);
  const ssh::PrivateKey host_ca_ = KeyOf(KeyType::kEcdsaP256, 3);
  std::unique_ptr<TemporaryDirectory> folder_;
};

TEST_F(KeyRingFolder, OpensAllThreeKeys) {
  ASSERT_OK_AND_ASSIGN(const KeyRing ring, Open());
  EXPECT_EQ(ring.trust().signer->public_key(), trust_.public_key());
  EXPECT_EQ(ring.ca(ssh::CertificateKind::kUser).signer->public_key(), user_ca_.public_key());
  EXPECT_EQ(ring.ca(ssh::CertificateKind::kHost).signer->public_key(), host_ca_.public_key());
  EXPECT_EQ(ring.ca_id(), trust_.public_key().Fingerprint().text);
}

TEST_F(KeyRingFolder, KnowsItsOwnKeys) {
  ASSERT_OK_AND_ASSIGN(const KeyRing ring, Open());
  for (const ssh::PrivateKey* ours : {&trust_, &user_ca_, &host_ca_}) {
    EXPECT_TRUE(ring.IsOurs(ours->public_key()));
  }
  EXPECT_FALSE(ring.IsOurs(KeyOf(KeyType::kEd25519, 4).public_key()));
}

TEST_F(KeyRingFolder, RefusesOneKeyForUsersAndHosts) {
  WriteKeyFile(Path("host-ca.key"), user_ca_, "host-ca");
  EXPECT_THAT(Open(), StatusIs(kRefused, AllOf(HasSubstr("same key"), HasSubstr("user-ca"),
                                               HasSubstr("host-ca"))));
}

TEST_F(KeyRingFolder, RefusesTheTrustKeyAsACaKey) {
  WriteKeyFile(Path("user-ca.key"), trust_, "user-ca");
  EXPECT_THAT(Open(), StatusIs(kRefused, HasSubstr("same key")));
  WriteKeyFile(Path("user-ca.key"), user_ca_, "user-ca");
  WriteKeyFile(Path("host-ca.key"), trust_, "host-ca");
  EXPECT_THAT(Open(), StatusIs(kRefused, HasSubstr("same key")));
}

TEST_F(KeyRingFolder, RefusesAFileUnderAnotherName) {
  WriteKeyFile(Path("user-ca.key"), host_ca_, "host-ca");
  EXPECT_THAT(Open(), StatusIs(kRefused, AllOf(HasSubstr(Path("user-ca.key")),
                                               HasSubstr("'host-ca'"), HasSubstr("'user-ca'"))));
}

TEST_F(KeyRingFolder, RefusesAnRsaKeyBelow3072Bits) {
  WriteKeyFile(Path("user-ca.key"), WeakRsaKey(), "user-ca");
  EXPECT_THAT(Open(), StatusIs(kRefused, AllOf(HasSubstr("user-ca"), HasSubstr("2048"))));
  WriteKeyFile(Path("user-ca.key"), KeyOf(KeyType::kRsa), "user-ca");
  EXPECT_OK(Open());
}

TEST_F(KeyRingFolder, NamesTheFileThatIsMissing) {
  for (const char* name : {"trust.key", "user-ca.key", "host-ca.key"}) {
    SetUp();
    ASSERT_OK(RemoveFile(Path(name)));
    EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kNotFound, HasSubstr(Path(name))));
  }
}

TEST_F(KeyRingFolder, RefusesAnotherPassphrase) {
  EXPECT_THAT(KeyRing::Open(folder_->path(), Secret("incorrect horse")),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("trust.key")));
}

TEST_F(KeyRingFolder, RefusesASignerOfAnotherKey) {
  const auto ring_key = [](const ssh::PrivateKey& key, std::string_view role,
                           ssh::PrivateKey held) {
    return RingKey{HeaderOf(key, role), MakeMemorySigner(std::move(held))};
  };
  EXPECT_THAT(KeyRing::Create(ring_key(trust_, "trust", KeyOf(KeyType::kEd25519, 1)),
                              ring_key(user_ca_, "user-ca", KeyOf(KeyType::kEd25519, 4)),
                              ring_key(host_ca_, "host-ca", KeyOf(KeyType::kEcdsaP256, 3))),
              StatusIs(kRefused, HasSubstr("holds another key")));
}

}  // namespace
}  // namespace mayfly::keys
