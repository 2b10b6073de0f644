// Vectors: key files that ssh-keygen writes in the test, and RFC 8032 section 7.1.
#include "ssh/private_key.h"

#include <string>
#include <vector>

#include "base/file.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/bcrypt_pbkdf.h"
#include "ssh/wire.h"
#include "tests/ssh/case_name.h"
#include "tests/ssh/hex.h"
#include "tests/ssh/keygen_world.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::testing::HasSubstr;
using ::testing::TestWithParam;
using ::testing::ValuesIn;

SecretBytes Secret(std::string_view text) { return SecretBytes::CopyOf(AsBytes(text)); }
std::string Exposed(const SecretBytes& secret) {
  return secret.Expose([](BytesView bytes) { return ToText(bytes); });
}

PrivateKey FixedKey() {
  auto key = PrivateKey::Ed25519FromSeed(SecretBytes::CopyOf(Bytes(32, 7)));
  MAYFLY_CHECK(key.ok());
  return *std::move(key);
}

class SoftwareKeyFile : public TestWithParam<KeyType> {
 protected:
  // A file of ours, and the path it was written to.
  std::string WriteFile(const PrivateKey& key, const std::string& name) {
    const std::string path = TestPath(name + std::string(KeyTypeShortName(GetParam())));
    FakeRandom random;
    EXPECT_OK(WriteFileAtomically(path, Exposed(key.SerializeFile("made here", random)), 0600));
    return path;
  }
  PrivateKey Generated() {
    FakeRandom random(3);
    auto key = PrivateKey::Generate(GetParam(), random, 2048);
    MAYFLY_CHECK(key.ok());
    return *std::move(key);
  }
};
INSTANTIATE_TEST_SUITE_P(PrivateKey, SoftwareKeyFile, ValuesIn(SoftwareKeyTypes()),
                         KeyTypeCaseName);

TEST_P(SoftwareKeyFile, OfSshKeygenIsRead) {
  ASSERT_OK_AND_ASSIGN(const SecretBytes text, ReadSecretFile(KeygenKey(GetParam(), "subject")));
  std::string comment;
  ASSERT_OK_AND_ASSIGN(const PrivateKey key,
                       PrivateKey::ParseFile(text, nullptr, nullptr, &comment));
  EXPECT_EQ(key.public_key(), KeygenPublicKey(GetParam(), "subject"));
  EXPECT_EQ(comment, "test");
}

TEST_P(SoftwareKeyFile, IsReadBySshKeygenAndByUs) {
  const PrivateKey key = Generated();
  EXPECT_EQ(key.public_key().type(), GetParam());
  const std::string path = WriteFile(key, "ours-");
  EXPECT_EQ(Keygen({"-y", "-f", path}), key.public_key().Line("made here") + "\n");
  ASSERT_OK_AND_ASSIGN(const SecretBytes text, ReadSecretFile(path));
  std::string comment;
  ASSERT_OK_AND_ASSIGN(const PrivateKey again,
                       PrivateKey::ParseFile(text, nullptr, nullptr, &comment));
  EXPECT_EQ(comment, "made here");
  EXPECT_TRUE(again.private_section() == key.private_section());
}

TEST_P(SoftwareKeyFile, IsReadUnderEachCipherOfSshKeygen) {
  const PrivateKey key = Generated();
  const BcryptPbkdf kdf = MakeBcryptPbkdf();
  for (const std::string& cipher :
       {std::string("aes256-ctr"), std::string("aes256-cbc"), std::string("aes256-gcm@openssh.com"),
        std::string("chacha20-poly1305@openssh.com")}) {
    SCOPED_TRACE(cipher);
    const std::string path = WriteFile(key, "encrypted-");
    Keygen({"-q", "-p", "-P", "", "-N", "open sesame", "-a", "2", "-Z", cipher, "-f", path});
    ASSERT_OK_AND_ASSIGN(const SecretBytes text, ReadSecretFile(path));
    const SecretBytes right = Secret("open sesame"), wrong = Secret("open barley");
    ASSERT_OK_AND_ASSIGN(const PrivateKey again, PrivateKey::ParseFile(text, &right, kdf));
    EXPECT_TRUE(again.private_section() == key.private_section());
    EXPECT_THAT(PrivateKey::ParseFile(text, &wrong, kdf),
                StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("passphrase")));
    EXPECT_THAT(PrivateKey::ParseFile(text, nullptr, kdf),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("passphrase")));
    EXPECT_THAT(PrivateKey::ParseFile(text, &right),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("ssh-agent")));
  }
}

TEST_P(SoftwareKeyFile, InAnOlderFormatIsReadToo) {
  for (const std::string& format : {std::string("PEM"), std::string("PKCS8")}) {
    if (GetParam() == KeyType::kEd25519) continue;  // ssh-keygen writes no other format for it.
    for (const std::string& phrase : {std::string(), std::string("open sesame")}) {
      SCOPED_TRACE(format + phrase);
      const PrivateKey key = Generated();
      const std::string path = WriteFile(key, "older-");
      Keygen({"-q", "-p", "-P", "", "-N", phrase, "-m", format, "-f", path});
      ASSERT_OK_AND_ASSIGN(const SecretBytes text, ReadSecretFile(path));
      const SecretBytes right = Secret("open sesame"), wrong = Secret("open barley");
      std::string comment = "x";
      ASSERT_OK_AND_ASSIGN(
          const PrivateKey again,
          PrivateKey::ParseFile(text, phrase.empty() ? nullptr : &right, nullptr, &comment));
      EXPECT_TRUE(again.private_section() == key.private_section());
      EXPECT_EQ(comment, "");
      if (phrase.empty()) continue;
      EXPECT_THAT(PrivateKey::ParseFile(text), StatusIs(absl::StatusCode::kFailedPrecondition));
      EXPECT_THAT(PrivateKey::ParseFile(text, &wrong),
                  StatusIs(absl::StatusCode::kUnauthenticated));
    }
  }
}

// As `openssl genpkey` writes it.
TEST(PrivateKeyPem, OfEd25519IsRead) {
  const std::string pem =
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3\n"
      "-----END PRIVATE KEY-----\n";
  ASSERT_OK_AND_ASSIGN(const PrivateKey key, PrivateKey::ParseFile(Secret(pem)));
  EXPECT_EQ(HexEncode(key.public_key().point()),
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
}

TEST(PrivateKeyPem, OfAnotherAlgorithmOrCurveOrDamagedIsRefused) {
  const std::string path = TestPath("other.pem");
  for (const char* arguments : {"-algorithm X25519", "-algorithm Ed448",
                                "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1"}) {
    ASSERT_EQ(mayfly::Run({"sh", "-c",
                           fmt::format("umask 077; openssl genpkey {} -out {}", arguments, path)})
                  .exit_code,
              0);
    ASSERT_OK_AND_ASSIGN(const SecretBytes text, ReadSecretFile(path));
    EXPECT_THAT(PrivateKey::ParseFile(text), StatusIs(kInvalid)) << arguments;
    const std::string whole = Exposed(text);
    EXPECT_THAT(PrivateKey::ParseFile(Secret(whole.substr(0, whole.size() / 2))),
                StatusIs(kInvalid));
  }
  EXPECT_THAT(PrivateKey::ParseFile(Secret("-----BEGIN PRIVATE KEY-----")), StatusIs(kInvalid));
}

TEST_P(SoftwareKeyFile, TruncatedOrDamagedIsNeverAnotherKey) {
  const PrivateKey key = KeygenPrivateKey(GetParam(), "subject");
  const std::string section = Exposed(key.private_section());
  for (size_t i = 0; i < section.size(); ++i) {
    EXPECT_THAT(PrivateKey::ParsePrivateSection(Secret(section.substr(0, i))), StatusIs(kInvalid));
    std::string damaged = section;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_THAT(PrivateKey::ParsePrivateSection(Secret(damaged)), StatusIs(kInvalid)) << i;
  }
  EXPECT_THAT(PrivateKey::ParsePrivateSection(Secret(section + '\0')), StatusIs(kInvalid));
}

TEST(PrivateKey, MadeFromASeedSignsAsRfc8032) {
  ASSERT_OK_AND_ASSIGN(const PrivateKey key,
                       PrivateKey::Ed25519FromSeed(SecretBytes::CopyOf(FromHex(
                           "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"))));
  EXPECT_EQ(HexEncode(key.public_key().point()),
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  ASSERT_OK_AND_ASSIGN(const Signature signature, key.Sign(FromHex("af82")));
  EXPECT_EQ(HexEncode(signature.bytes),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
  EXPECT_THAT(PrivateKey::Ed25519FromSeed(SecretBytes(31)), StatusIs(kInvalid, HasSubstr("31")));
}

TEST(PrivateKey, ComesFromTheRandomBytesGiven) {
  for (const KeyType type : {KeyType::kEd25519, KeyType::kEcdsaP256, KeyType::kEcdsaP521}) {
    FakeRandom one(1), same(1), other(2);
    const auto key = PrivateKey::Generate(type, one);
    EXPECT_EQ(key->public_key(), PrivateKey::Generate(type, same)->public_key());
    EXPECT_NE(key->public_key(), PrivateKey::Generate(type, other)->public_key());
  }
}

TEST(PrivateKey, OfASecurityKeyStaysInItsToken) {
  FakeRandom random;
  for (const KeyType type : {KeyType::kSkEd25519, KeyType::kSkEcdsaP256}) {
    EXPECT_THAT(PrivateKey::Generate(type, random), StatusIs(kInvalid, HasSubstr("ssh-agent")));
    EXPECT_THAT(PrivateKey::ParsePrivateSection(
                    SecretBytes::CopyOf(Writer().String(KeyTypeName(type)).bytes())),
                StatusIs(kInvalid, HasSubstr("ssh-agent")));
  }
}

TEST(PrivateKey, RsaSizeIsBounded) {
  FakeRandom random;
  for (const int bits : {-1, 0, 1024, 2047, 8193, 1 << 20}) {
    EXPECT_THAT(PrivateKey::Generate(KeyType::kRsa, random, bits),
                StatusIs(kInvalid, HasSubstr("2048 to 8192")));
  }
}

// A key file in parts, so that a test can break exactly one of them.
struct RawKeyFile {
  std::string magic = std::string("openssh-key-v1\0", 15);
  std::string cipher = "none", kdf = "none";
  Bytes kdf_options;
  uint32_t keys = 1;
  Bytes public_blob = ToBytes(FixedKey().public_key().blob());
  uint32_t check = 5, check_again = 5;
  Bytes section = ToBytes(Exposed(FixedKey().private_section()));
  std::string comment = "test";
  Bytes padding = {1};
  Bytes trailing;

  Bytes Plain() const {
    return Writer()
        .Uint32(check)
        .Uint32(check_again)
        .Raw(section)
        .String(comment)
        .Raw(padding)
        .Take();
  }
  Bytes Encode() const {
    return Writer()
        .Raw(AsBytes(magic))
        .String(cipher)
        .String(kdf)
        .String(kdf_options)
        .Uint32(keys)
        .String(public_blob)
        .String(Plain())
        .Raw(trailing)
        .Take();
  }
  static SecretBytes Armored(const Bytes& file) {
    return Secret("-----BEGIN OPENSSH PRIVATE KEY-----\n" + Base64Encode(file) +
                  "\n-----END OPENSSH PRIVATE KEY-----\n");
  }
  absl::Status Parse() const {
    const SecretBytes passphrase = Secret("passphrase");
    const BcryptPbkdf kdf_of_zeroes = [](const SecretBytes&, BytesView, uint32_t, size_t size) {
      return absl::StatusOr<SecretBytes>(SecretBytes(size));
    };
    return PrivateKey::ParseFile(Armored(Encode()), &passphrase, kdf_of_zeroes).status();
  }
};

TEST(KeyFile, InPartsIsGood) { EXPECT_OK(RawKeyFile().Parse()); }

TEST(KeyFile, IsRefusedForEachBrokenPart) {
  const auto refused = [](auto&& break_it, const std::string& why) {
    RawKeyFile file;
    break_it(file);
    EXPECT_THAT(file.Parse(), StatusIs(kInvalid, HasSubstr(why)));
  };
  refused([](RawKeyFile& f) { f.magic[14] = '1'; }, "openssh-key-v1");
  refused([](RawKeyFile& f) { f.cipher = "aes128-ctr"; }, "ssh-keygen -p -Z aes256-ctr");
  refused([](RawKeyFile& f) { f.cipher = "3des-cbc"; }, "ssh-keygen -p -Z aes256-ctr");
  refused([](RawKeyFile& f) { f.cipher = "aes256-ctr"; }, "kdf must be bcrypt");
  refused([](RawKeyFile& f) { f.kdf = "bcrypt"; }, "must not name a kdf");
  refused([](RawKeyFile& f) { f.kdf_options = {0}; }, "must not name a kdf");
  refused([](RawKeyFile& f) { f.keys = 0; }, "1 key, not 0");
  refused([](RawKeyFile& f) { f.keys = 2; }, "1 key, not 2");
  refused([](RawKeyFile& f) { f.public_blob.back() ^= 1; }, "public key is not that");
  refused([](RawKeyFile& f) { f.check = 6; }, "damaged");
  refused([](RawKeyFile& f) { f.section.back() ^= 1; }, "does not belong");
  refused([](RawKeyFile& f) { f.comment = std::string("a\0b", 3); }, "NUL");
  refused([](RawKeyFile& f) { f.padding = {2}; }, "padding");
  refused([](RawKeyFile& f) { f.padding = {1, 2, 3, 4, 5, 6, 7, 8}; }, "padding");
  refused([](RawKeyFile& f) { f.trailing = {0}; }, "1 bytes too many");
}

TEST(KeyFile, EncryptionIsBoundedBeforeItIsTried) {
  const auto with_options = [](const Bytes& options) {
    RawKeyFile file;
    file.cipher = "aes256-ctr";
    file.kdf = "bcrypt";
    file.kdf_options = options;
    file.padding = Bytes(9);  // Whole blocks.
    return file;
  };
  const Bytes salt(16, 1);
  EXPECT_THAT(with_options(Writer().String(salt).Uint32(16).Take()).Parse(),
              StatusIs(absl::StatusCode::kUnauthenticated));
  for (const Bytes& options :
       {Bytes(), Writer().String(salt).Take(), Writer().String(salt).Uint32(0).Take(),
        Writer().String(salt).Uint32(1025).Take(), Writer().String(salt).Uint32(0xffffffff).Take(),
        Writer().String("").Uint32(16).Take(), Writer().String(Bytes(65)).Uint32(16).Take(),
        Writer().String(salt).Uint32(16).Byte(0).Take()}) {
    EXPECT_THAT(with_options(options).Parse(), StatusIs(kInvalid));
  }
}

TEST(KeyFile, EncryptedInABrokenShapeIsRefused) {
  RawKeyFile file;
  file.cipher = "aes256-ctr";
  file.kdf = "bcrypt";
  file.kdf_options = Writer().String(Bytes(16)).Uint32(1).Take();
  file.padding = Bytes(10);
  EXPECT_THAT(file.Parse(), StatusIs(kInvalid, HasSubstr("whole blocks")));
  file.padding = Bytes(9);
  file.trailing = Bytes(16);
  EXPECT_THAT(file.Parse(), StatusIs(kInvalid, HasSubstr("0 bytes must follow")));
  file.cipher = "aes256-gcm@openssh.com";
  EXPECT_THAT(file.Parse(), StatusIs(absl::StatusCode::kUnauthenticated));
  file.trailing = Bytes(15);
  EXPECT_THAT(file.Parse(), StatusIs(kInvalid, HasSubstr("16 bytes must follow")));
}

TEST(KeyFile, IsRefusedTruncatedAnywhere) {
  const Bytes file = RawKeyFile().Encode();
  for (size_t size = 0; size < file.size(); ++size) {
    const Bytes cut(file.begin(), file.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_THAT(PrivateKey::ParseFile(RawKeyFile::Armored(cut)), StatusIs(kInvalid)) << size;
  }
  const std::string text = Exposed(RawKeyFile::Armored(file));
  for (size_t size = 0; size + 1 < text.size(); ++size) {
    EXPECT_THAT(PrivateKey::ParseFile(Secret(text.substr(0, size))), StatusIs(kInvalid)) << size;
  }
}

TEST(KeyFile, WhatIsNoKeyFileIsNamed) {
  const auto refused = [](std::string_view text, const std::string& why) {
    EXPECT_THAT(PrivateKey::ParseFile(Secret(text)), StatusIs(kInvalid, HasSubstr(why)));
  };
  refused("", "must start with");
  refused("hello", "must start with");
  refused("ssh-ed25519 AAAA", "public key");
  refused("PuTTY-User-Key-File-3: ssh-ed25519", "puttygen");
  refused("-----BEGIN RSA PRIVATE KEY-----", "ssh-keygen -p");
  refused("-----BEGIN OPENSSH PRIVATE KEY-----", "cut off");
  refused("-----BEGIN OPENSSH PRIVATE KEY----------END OPENSSH PRIVATE KEY-----", "openssh-key-v1");
  refused("-----BEGIN OPENSSH PRIVATE KEY-----\n!\n-----END OPENSSH PRIVATE KEY-----", "base64");
  refused("-----BEGIN OPENSSH PRIVATE KEY-----\nAAA\x80\n-----END OPENSSH PRIVATE KEY-----",
          "base64");
  refused(std::string(70000, 'a'), "at most 65536 bytes");
}

TEST(KeyFile, WithWindowsLineEndsIsRead) {
  std::string text = Exposed(RawKeyFile::Armored(RawKeyFile().Encode()));
  for (size_t i = 0; (i = text.find('\n', i)) != std::string::npos; i += 2) text.insert(i, "\r");
  EXPECT_OK(PrivateKey::ParseFile(Secret(text)));
}

TEST(PrivateKey, MovesAndSignsThroughItsSigner) {
  PrivateKey key = FixedKey();
  const PrivateKey moved = std::move(key);
  ASSERT_OK_AND_ASSIGN(const Signature signature, moved.signer()(AsBytes("message")));
  EXPECT_OK(Verify(moved.public_key(), AsBytes("message"), signature));
}

}  // namespace
}  // namespace mayfly::ssh
