// Vectors: `ssh-keygen -Y sign` and `-Y verify`, run in the test.
#include "ssh/sshsig.h"

#include <string>
#include <vector>

#include "base/file.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/private_key.h"
#include "ssh/wire.h"
#include "tests/ssh/case_name.h"
#include "tests/ssh/hex.h"
#include "tests/ssh/keygen_world.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::testing::HasSubstr;
using ::testing::TestWithParam;
using ::testing::ValuesIn;

constexpr auto kRefused = absl::StatusCode::kUnauthenticated;
constexpr std::string_view kNamespace = "test.v1@mayfly";
constexpr std::string_view kMessage = "a message\n";

std::string KeygenSignature(KeyType type, const std::vector<std::string>& options = {}) {
  std::vector<std::string> argv = {
      "ssh-keygen", "-Y", "sign", "-n", std::string(kNamespace), "-f", KeygenKey(type, "subject")};
  argv.insert(argv.end(), options.begin(), options.end());
  ProcessOptions process;
  process.input = kMessage;
  const ProcessResult result = Run(argv, process);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return result.out;
}

int KeygenVerifies(const PublicKey& key, const std::string& armored, std::string_view message) {
  const std::string signers = TestPath("signers"), signature = TestPath("signature");
  EXPECT_OK(WriteFileAtomically(signers, "alice " + key.Line() + "\n", 0644));
  EXPECT_OK(WriteFileAtomically(signature, armored, 0644));
  ProcessOptions process;
  process.input = message;
  return Run({"ssh-keygen", "-Y", "verify", "-f", signers, "-I", "alice", "-n",
              std::string(kNamespace), "-s", signature},
             process)
      .exit_code;
}

class SoftwareKeySshsig : public TestWithParam<KeyType> {};
INSTANTIATE_TEST_SUITE_P(Sshsig, SoftwareKeySshsig, ValuesIn(SoftwareKeyTypes()), KeyTypeCaseName);

TEST_P(SoftwareKeySshsig, OfSshKeygenVerifiesAndIsArmoredTheSame) {
  for (const char* hash : {"sha512", "sha256"}) {
    const std::string armored =
        KeygenSignature(GetParam(), {"-O", fmt::format("hashalg={}", hash)});
    ASSERT_OK_AND_ASSIGN(const Sshsig sshsig, Sshsig::ParseArmored(armored));
    EXPECT_EQ(sshsig.hash_algorithm, hash);
    EXPECT_EQ(sshsig.Armor(), armored);
    EXPECT_THAT(VerifySshsig(sshsig.Encode(), kNamespace, AsBytes(kMessage)),
                IsOkAndHolds(KeygenPublicKey(GetParam(), "subject")));
  }
}

TEST_P(SoftwareKeySshsig, OfOursVerifiesInSshKeygen) {
  const PrivateKey key = KeygenPrivateKey(GetParam(), "subject");
  ASSERT_OK_AND_ASSIGN(const Bytes blob,
                       SignSshsig(key.public_key(), key.signer(), kNamespace, AsBytes(kMessage)));
  ASSERT_OK_AND_ASSIGN(const Sshsig sshsig, Sshsig::Parse(blob));
  EXPECT_EQ(KeygenVerifies(key.public_key(), sshsig.Armor(), kMessage), 0);
  EXPECT_NE(KeygenVerifies(key.public_key(), sshsig.Armor(), "another message\n"), 0);
}

TEST(Sshsig, OfADeterministicKeyEqualsSshKeygens) {
  const PrivateKey key = KeygenPrivateKey(KeyType::kEd25519, "subject");
  ASSERT_OK_AND_ASSIGN(const Bytes blob,
                       SignSshsig(key.public_key(), key.signer(), kNamespace, AsBytes(kMessage)));
  ASSERT_OK_AND_ASSIGN(const Sshsig sshsig, Sshsig::Parse(blob));
  EXPECT_EQ(sshsig.Armor(), KeygenSignature(KeyType::kEd25519));
}

// A blob in parts that were signed as they are, so that what is refused is refused for one of them.
struct RawSshsig {
  std::string magic = "SSHSIG";
  uint32_t version = 1;
  Bytes key = ToBytes(KeygenPublicKey(KeyType::kEd25519, "subject").blob());
  std::string name_space = std::string(kNamespace);
  std::string reserved;
  std::string hash = "sha256";
  Bytes trailing;

  Bytes Encode() const {
    const Sha256Digest digest = Sha256(AsBytes(kMessage));
    const Bytes data = Writer()
                           .Raw(AsBytes("SSHSIG"))
                           .String(name_space)
                           .String(reserved)
                           .String(hash)
                           .String(BytesView(digest))
                           .Take();
    const auto signature = KeygenPrivateKey(KeyType::kEd25519, "subject").Sign(data);
    MAYFLY_CHECK(signature.ok());
    return Writer()
        .Raw(AsBytes(magic))
        .Uint32(version)
        .String(key)
        .String(name_space)
        .String(reserved)
        .String(hash)
        .String(signature->Encode())
        .Raw(trailing)
        .Take();
  }
  absl::Status Check() const {
    return VerifySshsig(Encode(), kNamespace, AsBytes(kMessage)).status();
  }
};

TEST(Sshsig, InPartsIsGood) { EXPECT_OK(RawSshsig().Check()); }

TEST(Sshsig, IsRefusedForEachBrokenPart) {
  const auto refused = [](auto&& break_it, absl::StatusCode code, const std::string& why) {
    RawSshsig sshsig;
    break_it(sshsig);
    EXPECT_THAT(sshsig.Check(), StatusIs(code, HasSubstr(why)));
  };
  refused([](RawSshsig& s) { s.magic = "SSHSIH"; }, kInvalid, "SSHSIG");
  refused([](RawSshsig& s) { s.version = 0; }, kInvalid, "version must be 1, not 0");
  refused([](RawSshsig& s) { s.version = 2; }, kInvalid, "version must be 1, not 2");
  refused([](RawSshsig& s) { s.name_space = ""; }, kInvalid, "namespace is empty");
  refused([](RawSshsig& s) { s.name_space += '\0'; }, kInvalid, "NUL");
  refused([](RawSshsig& s) { s.name_space = "other"; }, kRefused, "namespace \"other\"");
  refused([](RawSshsig& s) { s.name_space = "Test.v1@mayfly"; }, kRefused, "namespace");
  refused([](RawSshsig& s) { s.name_space += ' '; }, kRefused, "namespace");
  refused([](RawSshsig& s) { s.reserved = "x"; }, kInvalid, "reserved");
  refused([](RawSshsig& s) { s.hash = "sha1"; }, kInvalid, "sha1");
  refused([](RawSshsig& s) { s.hash = "SHA256"; }, kInvalid, "SHA256");
  refused([](RawSshsig& s) { s.hash = "sha512"; }, kRefused, "does not verify");
  refused([](RawSshsig& s) { s.trailing = {0}; }, kInvalid, "1 bytes too many");
  refused([](RawSshsig& s) { s.trailing = Bytes(9000); }, kInvalid, "at most 8192");
  refused([](RawSshsig& s) { s.key = ToBytes(KeygenPublicKey(KeyType::kEd25519, "other").blob()); },
          kRefused, "does not verify");
  refused([](RawSshsig& s) { s.key = ToBytes(KeygenPublicKey(KeyType::kRsa, "subject").blob()); },
          kInvalid, "cannot come from");
}

TEST(Sshsig, ByACertificateIsRefused) {
  const std::string line =
      KeygenCertificate(KeyType::kEd25519, KeyType::kEd25519, {"-I", "id", "-n", "alice"});
  const std::string base64 = line.substr(line.find(' ') + 1);
  RawSshsig sshsig;
  ASSERT_OK_AND_ASSIGN(sshsig.key, Base64Decode(base64.substr(0, base64.find(' '))));
  EXPECT_THAT(sshsig.Check(), StatusIs(kInvalid, HasSubstr("is a certificate")));
}

TEST(Sshsig, OfAnotherMessageIsRefused) {
  EXPECT_THAT(VerifySshsig(RawSshsig().Encode(), kNamespace, AsBytes("other")), StatusIs(kRefused));
}

TEST(Sshsig, IsRefusedTruncatedOrDamagedAnywhere) {
  const Bytes blob = RawSshsig().Encode();
  for (size_t i = 0; i < blob.size(); ++i) {
    EXPECT_THAT(Sshsig::Parse(BytesView(blob).first(i)), StatusIs(kInvalid)) << i;
    Bytes damaged = blob;
    damaged[i] ^= 0x04;
    EXPECT_FALSE(VerifySshsig(damaged, kNamespace, AsBytes(kMessage)).ok()) << i;
  }
}

TEST(Sshsig, WantsTheUserPresentAsItsOptionsSay) {
  const PublicKey key = KeygenPublicKey(KeyType::kSkEd25519, "subject");
  const PrivateKey token = KeygenPrivateKey(KeyType::kEd25519, "subject");
  const SignFunction sign_untouched = [&](BytesView message) -> absl::StatusOr<Signature> {
    const Bytes data =
        Writer().Raw(Sha256(AsBytes("ssh:"))).Byte(0).Uint32(1).Raw(Sha256(message)).Take();
    MAYFLY_ASSIGN_OR_RETURN(Signature signature, token.Sign(data));
    return Signature{std::string(KeyTypeName(key.type())), signature.bytes, 0, 1};
  };
  ASSERT_OK_AND_ASSIGN(const Bytes blob,
                       SignSshsig(key, sign_untouched, kNamespace, AsBytes(kMessage)));
  EXPECT_THAT(VerifySshsig(blob, kNamespace, AsBytes(kMessage)),
              StatusIs(kRefused, HasSubstr("not touched")));
  EXPECT_OK(VerifySshsig(blob, kNamespace, AsBytes(kMessage), {.require_user_presence = false}));
}

TEST(Sshsig, ArmorIsStrict) {
  const std::string good = KeygenSignature(KeyType::kEd25519);
  EXPECT_OK(Sshsig::ParseArmored(good));
  std::string windows = good;
  for (size_t i = 0; (i = windows.find('\n', i)) != std::string::npos; i += 2) {
    windows.insert(i, "\r");
  }
  EXPECT_OK(Sshsig::ParseArmored(windows));
  for (const std::string& bad :
       {std::string(), std::string("-----BEGIN SSH SIGNATURE-----"),
        std::string("-----BEGIN SSH SIGNATURE----------END SSH SIGNATURE-----"), good + good,
        good + "x", "x" + good, good.substr(0, good.size() - 5), std::string(20000, 'a')}) {
    EXPECT_THAT(Sshsig::ParseArmored(bad), StatusIs(kInvalid)) << bad.substr(0, 100);
  }
}

TEST(SignSshsig, NeedsANamespaceAndPassesOnTheSignersError) {
  const PrivateKey key = KeygenPrivateKey(KeyType::kEd25519, "subject");
  EXPECT_THAT(SignSshsig(key.public_key(), key.signer(), "", AsBytes(kMessage)),
              StatusIs(kInvalid, HasSubstr("namespace")));
  const SignFunction absent = [](BytesView) -> absl::StatusOr<Signature> {
    return Unavailable("the token is absent");
  };
  EXPECT_THAT(SignSshsig(key.public_key(), absent, kNamespace, AsBytes(kMessage)),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("absent")));
}

}  // namespace
}  // namespace mayfly::ssh
