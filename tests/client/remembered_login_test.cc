// What is remembered of a sign-in, in the kernel's own keyring. In most containers there is none:
// that must then be said, and nothing be kept.
#include "client/login/remembered_login.h"

#include "base/text.h"
#include "client/login/keyring.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

using Code = absl::StatusCode;

class RememberedLogins : public ::testing::Test {
 protected:
  // A CA that no other run has.
  RememberedLogins() : ca_id_("SHA256:" + HexEncode(random_.Take(16))) {}
  ~RememberedLogins() override { Forget(ca_id_).IgnoreError(); }

  RememberedLogin Login() {
    return {"sso", "r3fresh", Bytes(32, 7),
            std::make_shared<const ssh::PrivateKey>(
                ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random_).value())};
  }

  // False where there is none; that has been checked then.
  bool HasKeyring() {
    if (!absl::IsUnavailable(Recall(ca_id_).status())) return true;
    EXPECT_THAT(Remember(ca_id_, Login(), random_), StatusIs(Code::kUnavailable));
    EXPECT_OK(Forget(ca_id_));
    return false;
  }

  SystemRandom random_;
  std::string ca_id_;
};

TEST_F(RememberedLogins, ComeBackAsTheyWereAndThenNoMore) {
  if (!HasKeyring()) return;
  EXPECT_THAT(Recall(ca_id_), StatusIs(Code::kNotFound));
  const RememberedLogin login = Login();
  ASSERT_OK(Remember(ca_id_, login, random_));
  ASSERT_OK_AND_ASSIGN(const RememberedLogin back, Recall(ca_id_));
  EXPECT_EQ(back.authenticator, "sso");
  EXPECT_EQ(back.refresh_token, "r3fresh");
  EXPECT_EQ(back.seed, login.seed);
  EXPECT_EQ(back.key->public_key(), login.key->public_key());
  ASSERT_OK(Forget(ca_id_));
  EXPECT_THAT(Recall(ca_id_), StatusIs(Code::kNotFound));
  EXPECT_OK(Forget(ca_id_));
}

TEST_F(RememberedLogins, ALaterOneTakesThePlace) {
  if (!HasKeyring()) return;
  RememberedLogin login = Login();
  ASSERT_OK(Remember(ca_id_, login, random_));
  login.refresh_token = "rotated";
  ASSERT_OK(Remember(ca_id_, login, random_));
  EXPECT_EQ(Recall(ca_id_).value().refresh_token, "rotated");
}

TEST_F(RememberedLogins, TheKernelForgetsByItself) {
  if (!HasKeyring()) return;
  ASSERT_OK(KeepInKeyring(ca_id_, SecretBytes::CopyOf(AsBytes("x")), absl::Seconds(1)));
  EXPECT_OK(ReadFromKeyring(ca_id_));
  absl::SleepFor(absl::Milliseconds(1300));
  EXPECT_THAT(ReadFromKeyring(ca_id_), StatusIs(Code::kNotFound));
}

TEST_F(RememberedLogins, WhatIsNoLoginIsNone) {
  RememberedLogin login = Login();
  login.refresh_token = "two\nlines";
  EXPECT_THAT(Remember(ca_id_, login, random_), StatusIs(Code::kInvalidArgument));
  EXPECT_THAT(KeepInKeyring(ca_id_, SecretBytes(40000), absl::Seconds(5)),
              StatusIs(Code::kInvalidArgument));
}

}  // namespace
}  // namespace mayfly::client
