// The contract of Signer, for each backend and key type: what every test here says holds for any
// signer.
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "ca/keys/key_file.h"
#include "ca/keys/signer.h"
#include "ca/keys/verified_signature.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/sshsig.h"
#include "tests/ca/keys/keys_world.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::keys {
namespace {

using ::testing::HasSubstr;
using ::testing::TestWithParam;

struct SignerCase {
  std::string name;
  ssh::KeyType type;
  std::function<std::unique_ptr<Signer>()> make;
};

std::vector<SignerCase> MemorySigners() {
  std::vector<SignerCase> cases;
  for (const ssh::KeyType type : CaKeyTypes()) {
    std::string name = "memory_" + std::string(ssh::KeyTypeShortName(type));
    for (char& c : name) c = c == '-' ? '_' : c;
    cases.push_back({name, type, [type] { return MakeMemorySigner(KeyOf(type)); }});
  }
  return cases;
}

class SignerContract : public TestWithParam<SignerCase> {
 protected:
  std::unique_ptr<Signer> signer_ = GetParam().make();
};
INSTANTIATE_TEST_SUITE_P(Memory, SignerContract, ::testing::ValuesIn(MemorySigners()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(SignerContract, HasAPublicKeyOfItsType) {
  EXPECT_EQ(signer_->public_key().type(), GetParam().type);
}

TEST_P(SignerContract, SignsMessagesOfAnySize) {
  for (const size_t size : {0u, 1u, 64u, 1u << 20}) {
    const Bytes message(size, 'm');
    ASSERT_OK_AND_ASSIGN(const ssh::Signature signature, signer_->Sign(message));
    EXPECT_OK(ssh::Verify(signer_->public_key(), message, signature)) << size;
  }
}

TEST_P(SignerContract, CoversTheWholeMessage) {
  Bytes message(100000, 'm');
  ASSERT_OK_AND_ASSIGN(const ssh::Signature signature, signer_->Sign(message));
  message.back() ^= 1;
  EXPECT_THAT(ssh::Verify(signer_->public_key(), message, signature),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_P(SignerContract, SignsRsaWithSha512) {
  if (GetParam().type != ssh::KeyType::kRsa) return;
  ASSERT_OK_AND_ASSIGN(const ssh::Signature signature, signer_->Sign(AsBytes("m")));
  EXPECT_EQ(signature.algorithm, "rsa-sha2-512");
}

TEST_P(SignerContract, IsVerifiedBySshKeygen) {
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::Create("signer"));
  ASSERT_OK_AND_ASSIGN(
      const Bytes blob,
      ssh::SignSshsig(
          signer_->public_key(), [&](BytesView message) { return signer_->Sign(message); }, "test",
          AsBytes("message")));
  ASSERT_OK_AND_ASSIGN(const ssh::Sshsig sshsig, ssh::Sshsig::Parse(blob));
  const std::string signature = JoinPath(folder.path(), "sig");
  const std::string signers = JoinPath(folder.path(), "signers");
  ASSERT_OK(WriteFileAtomically(signature, sshsig.Armor(), 0644));
  ASSERT_OK(WriteFileAtomically(signers, "ca " + signer_->public_key().Line() + "\n", 0644));
  const std::vector<std::string> verify = {"ssh-keygen", "-Y", "verify", "-n", "test",   "-I",
                                           "ca",         "-f", signers,  "-s", signature};
  const ProcessResult good = mayfly::Run(verify, {.input = "message"});
  EXPECT_EQ(good.exit_code, 0) << good.out << good.err;
  EXPECT_NE(mayfly::Run(verify, {.input = "massage"}).exit_code, 0);
}

TEST_P(SignerContract, SignsFromManyThreads) {
  std::vector<std::thread> threads;
  std::vector<absl::Status> results(4);
  for (size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 8; ++n) {
        const Bytes message(i + 1, static_cast<uint8_t>(n));
        const auto signature = signer_->Sign(message);
        if (results[i].ok()) results[i] = signature.status();
        if (!results[i].ok()) return;
        results[i] = ssh::Verify(signer_->public_key(), message, *signature);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) EXPECT_OK(result);
}

TEST(SignAndVerify, HoldsBackASignatureOfAnotherKey) {
  const ssh::PrivateKey other = KeyOf(ssh::KeyType::kEd25519, 2);
  EXPECT_THAT(
      SignAndVerify(KeyOf(ssh::KeyType::kEd25519).public_key(), other.signer(), AsBytes("message")),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("does not verify")));
}

TEST(SignAndVerify, HoldsBackAFaultySignature) {
  const ssh::PrivateKey key = KeyOf(ssh::KeyType::kRsa);
  const auto faulty = [&](BytesView message) -> absl::StatusOr<ssh::Signature> {
    MAYFLY_ASSIGN_OR_RETURN(ssh::Signature signature, key.Sign(message));
    signature.bytes[100] ^= 0x10;
    return signature;
  };
  EXPECT_THAT(SignAndVerify(key.public_key(), faulty, AsBytes("message")),
              StatusIs(absl::StatusCode::kInternal));
}

TEST(SignAndVerify, PassesTheErrorsOfADeviceOn) {
  const auto absent = [](BytesView) -> absl::StatusOr<ssh::Signature> {
    return Unavailable("no token in the slot");
  };
  EXPECT_THAT(SignAndVerify(KeyOf(ssh::KeyType::kEd25519).public_key(), absent, AsBytes("m")),
              StatusIs(absl::StatusCode::kUnavailable, "no token in the slot"));
}

}  // namespace
}  // namespace mayfly::keys
