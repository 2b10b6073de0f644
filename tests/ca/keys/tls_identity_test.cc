// Judged by the openssl command.
#include "ca/keys/tls_identity.h"

#include <string>

#include "base/file.h"
#include "base/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::keys {
namespace {

using ::testing::HasSubstr;

class TlsIdentity : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(TemporaryDirectory folder, TemporaryDirectory::Create("tls"));
    folder_ = std::make_unique<TemporaryDirectory>(std::move(folder));
    path_ = JoinPath(folder_->path(), "tls.pem");
    ASSERT_OK_AND_ASSIGN(
        const SecretBytes pem,
        MakeTlsIdentity({"ca.example.com", "10.0.0.1", "2001:db8::1"}, absl::Now()));
    pem_ = pem.Expose([](BytesView bytes) { return ToText(bytes); });
    ASSERT_OK(WriteFileAtomically(path_, pem_, 0600));
  }
  std::string Shell(const std::string& command) {
    const ProcessResult result = mayfly::Run({"sh", "-c", command}, {.directory = folder_->path()});
    EXPECT_EQ(result.exit_code, 0) << command << "\n" << result.err;
    return result.out;
  }
  bool Verifies(const std::string& option, const std::string& value) {
    return mayfly::Run({"openssl", "verify", "-CAfile", path_, option, value, path_}).exit_code ==
           0;
  }

  std::unique_ptr<TemporaryDirectory> folder_;
  std::string path_, pem_;
};

TEST_F(TlsIdentity, IsForItsAddressesOnly) {
  EXPECT_TRUE(Verifies("-verify_hostname", "ca.example.com"));
  EXPECT_FALSE(Verifies("-verify_hostname", "other.example.com"));
  EXPECT_TRUE(Verifies("-verify_ip", "10.0.0.1"));
  EXPECT_TRUE(Verifies("-verify_ip", "2001:db8::1"));
  EXPECT_FALSE(Verifies("-verify_ip", "10.0.0.2"));
}

TEST_F(TlsIdentity, IsForServersAndNoAuthority) {
  EXPECT_TRUE(Verifies("-purpose", "sslserver"));
  EXPECT_FALSE(Verifies("-purpose", "sslclient"));
  const std::string text = Shell("openssl x509 -in tls.pem -noout -text");
  EXPECT_THAT(text, HasSubstr("CA:FALSE"));
  EXPECT_THAT(text, HasSubstr("prime256v1"));
}

TEST_F(TlsIdentity, LastsTenYearsFromADayAgo) {
  const auto at = [&](absl::Duration from_now) {
    return Verifies("-attime", std::to_string(absl::ToUnixSeconds(absl::Now() + from_now)));
  };
  EXPECT_TRUE(at(-absl::Hours(23)));
  EXPECT_FALSE(at(-absl::Hours(25)));
  EXPECT_TRUE(at(absl::Hours(24 * 3649)));
  EXPECT_FALSE(at(absl::Hours(24 * 3651)));
}

TEST_F(TlsIdentity, HoldsTheKeyOfItsCertificate) {
  EXPECT_EQ(Shell("openssl pkey -in tls.pem -pubout"),
            Shell("openssl x509 -in tls.pem -pubkey -noout"));
}

TEST_F(TlsIdentity, IsAnotherEachTime) {
  ASSERT_OK_AND_ASSIGN(const SecretBytes other, MakeTlsIdentity({"localhost"}, absl::Now()));
  const std::string text = other.Expose([](BytesView bytes) { return ToText(bytes); });
  EXPECT_NE(*SpkiPin(text), *SpkiPin(pem_));
}

TEST_F(TlsIdentity, PinIsThatOfOpenssl) {
  const std::string expected = Shell(
      "openssl x509 -in tls.pem -pubkey -noout | openssl pkey -pubin -outform DER | "
      "openssl dgst -sha256 -binary | base64");
  EXPECT_THAT(SpkiPin(pem_), IsOkAndHolds("sha256:" + std::string(TrimBlanks(expected))));
}

TEST_F(TlsIdentity, PinStaysWhenTheCertificateIsRenewed) {
  const std::string renewed =
      Shell("openssl req -x509 -key tls.pem -subj /CN=renewed -days 30 -sha512");
  EXPECT_EQ(*SpkiPin(renewed), *SpkiPin(pem_));
}

TEST(SpkiPin, NeedsACertificate) {
  for (const char* pem : {"", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n",
                          "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
    EXPECT_THAT(SpkiPin(pem), StatusIs(kInvalid, HasSubstr("certificate"))) << pem;
  }
}

TEST(MakeTlsIdentity, RefusesWhatIsNoAddress) {
  EXPECT_THAT(MakeTlsIdentity({}, absl::Now()), StatusIs(kInvalid, HasSubstr("at least one")));
  for (const char* address :
       {"", "*.example.com", "ca.example.com:8443", "a,DNS:b", "ca\nx", "1.2.3", "email:a"}) {
    EXPECT_THAT(MakeTlsIdentity({"good.example.com", address}, absl::Now()), StatusIs(kInvalid))
        << address;
  }
}

}  // namespace
}  // namespace mayfly::keys
