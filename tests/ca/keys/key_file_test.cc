#include "ca/keys/key_file.h"

#include <sodium.h>
#include <sys/stat.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "ca/keys/sealed_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ca/keys/keys_world.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::keys {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::TestWithParam;
using ::testing::ValuesIn;

constexpr auto kUnauthenticated = absl::StatusCode::kUnauthenticated;

absl::StatusOr<ssh::PrivateKey> OpenText(std::string_view text, std::string_view passphrase) {
  MAYFLY_ASSIGN_OR_RETURN(const SealedKey sealed, SealedKey::Parse(text));
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes key, DeriveWrappingKey(sealed, Secret(passphrase)));
  return Open(sealed, key);
}

class KeyFileOfType : public TestWithParam<ssh::KeyType> {};
INSTANTIATE_TEST_SUITE_P(KeyFile, KeyFileOfType, ValuesIn(CaKeyTypes()), [](const auto& tested) {
  std::string name(ssh::KeyTypeShortName(tested.param));
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
});

TEST_P(KeyFileOfType, OpensToTheKeyThatWasSealed) {
  const ssh::PrivateKey key = KeyOf(GetParam());
  const std::string text = SealCheaply(key, "user-ca").Encode();
  ASSERT_OK_AND_ASSIGN(const ssh::PrivateKey opened, OpenText(text, kPassphrase));
  EXPECT_TRUE(opened.private_section() == key.private_section());
}

class KeyFile : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(TemporaryDirectory folder, TemporaryDirectory::Create("key-file"));
    folder_ = std::make_unique<TemporaryDirectory>(std::move(folder));
    path_ = JoinPath(folder_->path(), "user-ca.key");
    WriteKeyFile(path_, key_, "user-ca");
  }
  // Every byte flipped in all eight bits.
  void FlipEachBit(const std::function<void(const std::string& altered)>& check) {
    for (size_t i = 0; i < text_.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string altered = text_;
        altered[i] = static_cast<char>(altered[i] ^ (1 << bit));
        SCOPED_TRACE(::testing::Message() << "byte " << i << ", bit " << bit);
        check(altered);
      }
    }
  }

  const ssh::PrivateKey key_ = KeyOf(ssh::KeyType::kEd25519);
  const SealedKey sealed_ = SealCheaply(key_, "user-ca");
  const std::string text_ = sealed_.Encode();
  std::unique_ptr<TemporaryDirectory> folder_;
  std::string path_;
};

TEST_F(KeyFile, KeepsItsHeader) {
  KeyFileHeader header = HeaderOf(key_, "host-ca");
  header.origin = KeyOrigin::kAdopted;
  FakeRandom random;
  ASSERT_OK_AND_ASSIGN(const std::string text, SealKeyFile(header, key_, Secret(kPassphrase),
                                                           KeyFileCost::kInteractive, random));
  ASSERT_OK(WriteFileAtomically(path_, text, 0600));
  ASSERT_OK_AND_ASSIGN(const OpenedKey opened, OpenKeyFile(path_, Secret(kPassphrase)));
  ASSERT_OK_AND_ASSIGN(const KeyFileHeader listed, ReadKeyFileHeader(path_));
  for (const KeyFileHeader& read : {opened.header, listed}) {
    EXPECT_EQ(read.role, "host-ca");
    EXPECT_EQ(read.origin, KeyOrigin::kAdopted);
    EXPECT_EQ(read.since_unix_s, header.since_unix_s);
    EXPECT_EQ(read.public_key, key_.public_key());
  }
}

// The example of the format's page, so that neither the page nor the reader drifts.
TEST_F(KeyFile, OfTheDocumentationOpens) {
  ASSERT_OK_AND_ASSIGN(const std::string page,
                       ReadFile(testing::SourcePath("docs/formats/key-file.md")));
  std::string text;
  for (const std::string& line : SplitLines(page)) {
    if (line.starts_with("    ")) text += line.substr(4) + "\n";
  }
  ASSERT_OK_AND_ASSIGN(const SealedKey sealed, SealedKey::Parse(text));
  EXPECT_EQ(sealed.header.role, "user-ca");
  EXPECT_EQ(sealed.header.origin, KeyOrigin::kAdopted);
  EXPECT_THAT(page, HasSubstr(std::to_string(sealed.header.since_unix_s)));
  ASSERT_OK_AND_ASSIGN(const ssh::PrivateKey key, OpenText(text, kPassphrase));
  EXPECT_THAT(page, HasSubstr(key.public_key().Fingerprint().text));
}

TEST_F(KeyFile, RefusesAnotherPassphrase) {
  for (const char* wrong : {"Correct horse battery", "correct horse batter", "x"}) {
    EXPECT_THAT(OpenKeyFile(path_, Secret(wrong)),
                StatusIs(kUnauthenticated, AllOf(HasSubstr(path_), HasSubstr("wrong passphrase"),
                                                 Not(HasSubstr("horse")))));
  }
}

TEST_F(KeyFile, TakesAPassphraseWithAnyByte) {
  const std::string odd("nul\0 and \xff\n", 12);
  FakeRandom random;
  ASSERT_OK_AND_ASSIGN(const SealedKey sealed,
                       Seal(HeaderOf(key_, "trust"), key_, Secret(odd), kCheap, random));
  EXPECT_OK(OpenText(sealed.Encode(), odd));
  EXPECT_THAT(OpenText(sealed.Encode(), odd.substr(0, 3)), StatusIs(kUnauthenticated));
}

TEST_F(KeyFile, OpensWithNoBitFlipped) {
  FlipEachBit([](const std::string& altered) {
    EXPECT_THAT(OpenText(altered, kPassphrase),
                AnyOf(StatusIs(kInvalid), StatusIs(kUnauthenticated)));
  });
}

// The derived key is that of the unaltered file, so that no field is safe only by its effect on it.
TEST_F(KeyFile, AuthenticatesItsWholeHeader) {
  ASSERT_OK_AND_ASSIGN(const SecretBytes wrapping_key,
                       DeriveWrappingKey(sealed_, Secret(kPassphrase)));
  ASSERT_OK(Open(sealed_, wrapping_key));
  const auto refused = [&](const std::function<void(SealedKey&)>& alter) {
    ASSERT_OK_AND_ASSIGN(SealedKey altered, SealedKey::Parse(text_));
    alter(altered);
    EXPECT_THAT(Open(altered, wrapping_key), StatusIs(kUnauthenticated));
  };
  refused([](SealedKey& s) { s.header.role = "host-ca"; });
  refused([](SealedKey& s) { s.header.origin = KeyOrigin::kAdopted; });
  refused([](SealedKey& s) { s.header.since_unix_s += 1; });
  refused(
      [](SealedKey& s) { s.header.public_key = KeyOf(ssh::KeyType::kEd25519, 2).public_key(); });
  refused([](SealedKey& s) { s.cost.passes = 2; });
  refused([](SealedKey& s) { s.cost.memory_kib = 16; });
  refused([](SealedKey& s) { s.salt[0] ^= 1; });
  refused([](SealedKey& s) { s.nonce[0] ^= 1; });
  refused([](SealedKey& s) { s.ciphertext.back() ^= 1; });
}

TEST_F(KeyFile, IsDamagedWhereverItIsCut) {
  for (size_t size = 0; size < text_.size(); ++size) {
    EXPECT_THAT(SealedKey::Parse(text_.substr(0, size)), StatusIs(kInvalid)) << size;
  }
}

TEST_F(KeyFile, HasOneSpelling) {
  std::string windows = text_;
  for (size_t at = 0; (at = windows.find('\n', at)) != std::string::npos; at += 2) {
    windows.insert(at, 1, '\r');
  }
  for (const std::string& other : {text_ + "\n", " " + text_, windows, text_ + text_}) {
    EXPECT_THAT(SealedKey::Parse(other), StatusIs(kInvalid));
  }
}

struct CostCase {
  const char* name;
  Argon2Cost cost;
};
class KeyFileCostOutOfBounds : public TestWithParam<CostCase> {};
INSTANTIATE_TEST_SUITE_P(KeyFile, KeyFileCostOutOfBounds,
                         ValuesIn(std::vector<CostCase>{
                             {"NoPass", {0, 8}},
                             {"ManyPasses", {kMaxArgon2Passes + 1, 8}},
                             {"MostPasses", {0xffffffff, 8}},
                             {"NoMemory", {1, 0}},
                             {"BelowLibsodium", {1, 7}},
                             {"MuchMemory", {1, kMaxArgon2MemoryKib + 1}},
                             {"MostMemory", {1, 0xffffffff}},
                         }),
                         [](const auto& tested) { return tested.param.name; });
TEST_P(KeyFileCostOutOfBounds, IsRefusedBeforeItIsPaid) {
  SealedKey sealed = SealCheaply(KeyOf(ssh::KeyType::kEd25519), "trust");
  sealed.cost = GetParam().cost;
  EXPECT_THAT(SealedKey::Parse(sealed.Encode()), StatusIs(kInvalid, HasSubstr("out of bounds")));
}

TEST_F(KeyFile, OfALaterVersionSaysSo) {
  const auto with_version = [](uint8_t version) {
    Bytes bytes = ToBytes("MAYFLYKEY");
    bytes.insert(bytes.end(), {0, 0, 0, version});
    return "-----BEGIN MAYFLY KEY-----\n" + Base64Encode(bytes) + "\n-----END MAYFLY KEY-----\n";
  };
  EXPECT_THAT(SealedKey::Parse(with_version(2)),
              StatusIs(kInvalid, AllOf(HasSubstr("version 2"), HasSubstr("reads version 1"))));
  EXPECT_THAT(SealedKey::Parse(with_version(1)), StatusIs(kInvalid, HasSubstr("damaged")));
}

TEST_F(KeyFile, IsToldFromOtherFiles) {
  for (const char* other : {"", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "ssh-ed25519 AAAA\n"}) {
    ASSERT_OK(WriteFileAtomically(path_, other, 0600));
    EXPECT_THAT(OpenKeyFile(path_, Secret(kPassphrase)),
                StatusIs(kInvalid, AllOf(HasSubstr(path_), HasSubstr("not a key file"))));
  }
  ASSERT_OK(WriteFileAtomically(path_, std::string(kMaxKeyFileSize + 1, '-'), 0600));
  EXPECT_THAT(ReadKeyFileHeader(path_), StatusIs(kInvalid, HasSubstr("not a key file")));
}

TEST_F(KeyFile, ThatOthersCanReadIsNotOpened) {
  for (const mode_t mode : {0640, 0604, 0666, 0620}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    EXPECT_THAT(OpenKeyFile(path_, Secret(kPassphrase)),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("chmod 600 " + path_)));
  }
}

TEST_F(KeyFile, ThatIsMissingIsNotFound) {
  EXPECT_THAT(OpenKeyFile(path_ + "2", Secret(kPassphrase)),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(path_ + "2")));
}

TEST_F(KeyFile, IsNotSealedForAnotherPublicKey) {
  FakeRandom random;
  const KeyFileHeader other = HeaderOf(KeyOf(ssh::KeyType::kEd25519, 2), "trust");
  EXPECT_THAT(SealKeyFile(other, key_, Secret(kPassphrase), KeyFileCost::kInteractive, random),
              StatusIs(kInvalid, HasSubstr("another public key")));
}

TEST_F(KeyFile, IsNotSealedWithoutPassphraseOrRole) {
  FakeRandom random;
  EXPECT_THAT(Seal(HeaderOf(key_, "trust"), key_, SecretBytes(), kCheap, random),
              StatusIs(kInvalid, HasSubstr("passphrase")));
  for (const char* role : {"", "Trust", "trust\n", "a/b"}) {
    EXPECT_THAT(Seal(HeaderOf(key_, role), key_, Secret(kPassphrase), kCheap, random),
                StatusIs(kInvalid, HasSubstr("role")))
        << role;
  }
}

// A valid seal around the wrong key: only who knows the passphrase can make one.
TEST_F(KeyFile, ThatHoldsAnotherKeyThanItNamesIsRefused) {
  ASSERT_OK_AND_ASSIGN(SealedKey sealed, SealedKey::Parse(text_));
  ASSERT_OK_AND_ASSIGN(const SecretBytes wrapping_key,
                       DeriveWrappingKey(sealed, Secret(kPassphrase)));
  const Bytes associated = sealed.AssociatedData();
  const ssh::PrivateKey other = KeyOf(ssh::KeyType::kEd25519, 2);
  other.private_section().Expose([&](BytesView section) {
    wrapping_key.Expose([&](BytesView key) {
      sealed.ciphertext.resize(section.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES);
      crypto_aead_xchacha20poly1305_ietf_encrypt(
          sealed.ciphertext.data(), nullptr, section.data(), section.size(), associated.data(),
          associated.size(), nullptr, sealed.nonce.data(), key.data());
    });
  });
  EXPECT_THAT(Open(sealed, wrapping_key), StatusIs(kInvalid, HasSubstr("another key")));
}

TEST_F(KeyFile, HoldsNothingOfThePrivateKeyInClear) {
  ASSERT_OK_AND_ASSIGN(const SealedKey sealed, SealedKey::Parse(text_));
  const Bytes associated = sealed.AssociatedData();
  key_.private_section().Expose([&](BytesView section) {
    const std::string_view secret = AsText(section).substr(section.size() - 64, 32);  // The seed.
    EXPECT_THAT(ToText(associated), Not(HasSubstr(secret)));
    EXPECT_THAT(ToText(sealed.ciphertext), Not(HasSubstr(secret)));
  });
}

TEST_F(KeyFile, IsSealedAnewEachTime) {
  FakeRandom random;
  ASSERT_OK_AND_ASSIGN(const SealedKey a,
                       Seal(sealed_.header, key_, Secret(kPassphrase), kCheap, random));
  ASSERT_OK_AND_ASSIGN(const SealedKey b,
                       Seal(sealed_.header, key_, Secret(kPassphrase), kCheap, random));
  EXPECT_NE(a.salt, b.salt);
  EXPECT_NE(a.nonce, b.nonce);
}

}  // namespace
}  // namespace mayfly::keys
