// Certificates to and from the real ssh-keygen, for every type of subject and of CA.
#include <algorithm>

#include "base/file.h"
#include "fmt/format.h"
#include "ssh/certificate.h"
#include "ssh/wire.h"
#include "tests/ssh/keygen_world.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string TestName(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

std::string WithoutNewline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

CertificateBody BodyFor(const PublicKey& key, const PublicKey& ca) {
  CertificateBody body{.key = key, .nonce = FakeRandom().Take(32), .signature_key = ca};
  body.serial = Serial{4242};
  body.key_id = "user:alice@people/3";
  body.principals = {"alice", "env=production/root"};
  body.valid_after_unix_s = 1772442000;
  body.valid_before_unix_s = 1772445600;
  EXPECT_OK(body.critical_options.AddText(kSourceAddress, "10.0.0.0/8,2001:db8::/48"));
  EXPECT_OK(body.critical_options.AddText(kForceCommand, "uptime --pretty"));
  EXPECT_OK(body.extensions.AddFlag("permit-pty"));
  EXPECT_OK(body.extensions.AddFlag("permit-X11-forwarding"));
  return body;
}

// `ssh-keygen -L` verifies the CA's signature as it loads the certificate.
std::string Show(const Certificate& certificate) {
  const std::string path = TestPath("shown-cert.pub");
  EXPECT_OK(WriteFileAtomically(path, certificate.Line("ours") + "\n", 0644));
  return Keygen({"-L", "-f", path});
}

struct Pair {
  KeyType ca;
  KeyType subject;
};
std::vector<Pair> EveryPair() {
  std::vector<Pair> pairs;
  for (const KeyType ca : SoftwareKeyTypes()) {
    for (const KeyType subject : KeygenTypes()) pairs.push_back({ca, subject});
  }
  return pairs;
}
class WithKeygen : public testing::TestWithParam<Pair> {
 protected:
  PublicKey ca() const { return KeygenPublicKey(GetParam().ca, "ca"); }
  PublicKey subject() const { return KeygenPublicKey(GetParam().subject, "subject"); }
};
INSTANTIATE_TEST_SUITE_P(EveryCaAndSubject, WithKeygen, testing::ValuesIn(EveryPair()),
                         [](const auto& row) {
                           return TestName(fmt::format("{}_signs_{}",
                                                       KeyTypeShortName(row.param.ca),
                                                       KeyTypeShortName(row.param.subject)));
                         });

TEST_P(WithKeygen, AUserCertificateOfTheirsVerifiesAndReencodesByteForByte) {
  const std::string line = KeygenCertificate(
      GetParam().ca, GetParam().subject,
      {"-I", "alice", "-n", "alice,deploy", "-z", "77", "-V", "20260302090000Z:20260302100000Z",
       "-O", "force-command=ls -l", "-O", "source-address=10.0.0.0/8", "-O", "no-x11-forwarding"});
  std::string comment;
  ASSERT_OK_AND_ASSIGN(const Certificate certificate, Certificate::ParseLine(line, &comment));
  EXPECT_EQ(certificate.Line(comment), WithoutNewline(line));
  EXPECT_OK(certificate.VerifySignature());
  const CertificateBody& body = certificate.body;
  EXPECT_EQ(body.key, subject());
  EXPECT_EQ(body.signature_key, ca());
  EXPECT_EQ(body.nonce.size(), 32u);
  EXPECT_EQ(body.serial, Serial{77});
  EXPECT_EQ(body.kind, CertificateKind::kUser);
  EXPECT_EQ(body.key_id, "alice");
  EXPECT_THAT(body.principals, ElementsAre("alice", "deploy"));
  EXPECT_EQ(body.valid_after(), absl::FromUnixSeconds(1772442000));
  EXPECT_EQ(body.valid_before(), absl::FromUnixSeconds(1772445600));
  EXPECT_THAT(body.critical_options.Text(kForceCommand), IsOkAndHolds("ls -l"));
  EXPECT_THAT(body.critical_options.Text(kSourceAddress), IsOkAndHolds("10.0.0.0/8"));
  EXPECT_THAT(body.extensions.names(),
              ElementsAre("permit-agent-forwarding", "permit-port-forwarding", "permit-pty",
                          "permit-user-rc"));
}

TEST_P(WithKeygen, AHostCertificateOfTheirsForEverVerifies) {
  const std::string line = KeygenCertificate(GetParam().ca, GetParam().subject,
                                             {"-h", "-I", "web1", "-n", "web1.example.com"});
  ASSERT_OK_AND_ASSIGN(const Certificate certificate, Certificate::ParseLine(line));
  EXPECT_OK(certificate.VerifySignature());
  EXPECT_EQ(certificate.body.kind, CertificateKind::kHost);
  EXPECT_EQ(certificate.body.valid_before_unix_s, kForeverUnixSeconds);
  EXPECT_TRUE(certificate.body.extensions.empty());
}

TEST_P(WithKeygen, ShowsOurs) {
  const PrivateKey ca_key = KeygenPrivateKey(GetParam().ca, "ca");
  ASSERT_OK_AND_ASSIGN(const Certificate certificate,
                       SignCertificate(BodyFor(subject(), ca()), ca_key.signer()));
  const std::string shown = Show(certificate);
  for (const std::string& part :
       {fmt::format("Type: {} user certificate", CertificateTypeName(GetParam().subject)),
        subject().Fingerprint().text, ca().Fingerprint().text, std::string("Serial: 4242\n"),
        std::string("Key ID: \"user:alice@people/3\""),
        std::string("                alice\n                env=production/root\n"),
        std::string("force-command uptime --pretty\n"),
        std::string("source-address 10.0.0.0/8,2001:db8::/48\n"),
        std::string("permit-X11-forwarding\n                permit-pty\n")}) {
    EXPECT_THAT(shown, HasSubstr(part));
  }
  if (GetParam().ca == KeyType::kRsa) {
    EXPECT_THAT(shown, HasSubstr("using rsa-sha2-512"));
  }
}

TEST_P(WithKeygen, RefusesOursWithABrokenSignature) {
  const PrivateKey ca_key = KeygenPrivateKey(GetParam().ca, "ca");
  ASSERT_OK_AND_ASSIGN(Certificate certificate,
                       SignCertificate(BodyFor(subject(), ca()), ca_key.signer()));
  certificate.body.principals = {"root"};
  EXPECT_THAT(certificate.VerifySignature(), StatusIs(StatusCode::kUnauthenticated));
  const std::string path = TestPath("broken-cert.pub");
  ASSERT_OK(WriteFileAtomically(path, certificate.Line() + "\n", 0644));
  EXPECT_NE(mayfly::Run({"ssh-keygen", "-L", "-f", path}).exit_code, 0);
}

// A CA key in a token signs SHA256(application), flags, counter, SHA256(message) (PROTOCOL.u2f);
// here its software kin does, and ssh-keygen judges the result.
class SecurityKeyCa : public testing::TestWithParam<uint8_t> {};
TEST_P(SecurityKeyCa, IsAcceptedByUsAsByKeygenWhateverItsFlags) {
  const uint8_t flags = GetParam();
  for (const auto& [ca_type, kin] : {std::pair(KeyType::kSkEd25519, KeyType::kEd25519),
                                     std::pair(KeyType::kSkEcdsaP256, KeyType::kEcdsaP256)}) {
    const PublicKey ca = KeygenPublicKey(ca_type, "ca");
    const PrivateKey token = KeygenPrivateKey(kin, "ca");
    const SignFunction sign = [&](BytesView message) -> absl::StatusOr<Signature> {
      const Bytes blob = Writer()
                             .Raw(Sha256(AsBytes(ca.application())))
                             .Byte(flags)
                             .Uint32(9)
                             .Raw(Sha256(message))
                             .Take();
      MAYFLY_ASSIGN_OR_RETURN(Signature signature, token.Sign(blob));
      signature.algorithm = std::string(KeyTypeName(ca.type()));
      signature.sk_flags = flags;
      signature.sk_counter = 9;
      return signature;
    };
    ASSERT_OK_AND_ASSIGN(
        const Certificate certificate,
        SignCertificate(BodyFor(KeygenPublicKey(KeyType::kEd25519, "subject"), ca), sign));
    EXPECT_THAT(Show(certificate), HasSubstr(ca.Fingerprint().text));
  }
}
INSTANTIATE_TEST_SUITE_P(Flags, SecurityKeyCa,
                         testing::Values(uint8_t{0}, kSkUserPresent,
                                         uint8_t{kSkUserPresent | kSkUserVerified}));

TEST(RsaCa, ASha1SignatureIsRefused) {
  // ssh-keygen -t ssh-rsa still makes them; sshd refuses them at login.
  const absl::StatusOr<Certificate> certificate = Certificate::ParseLine(KeygenCertificate(
      KeyType::kRsa, KeyType::kEd25519, {"-t", "ssh-rsa", "-I", "x", "-n", "alice"}));
  const absl::Status status =
      certificate.ok() ? certificate->VerifySignature() : certificate.status();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(Message(status), HasSubstr("SHA-1"));
}

TEST(RsaCa, ASha256SignatureVerifies) {
  ASSERT_OK_AND_ASSIGN(
      const Certificate certificate,
      Certificate::ParseLine(KeygenCertificate(KeyType::kRsa, KeyType::kEd25519,
                                               {"-t", "rsa-sha2-256", "-I", "x", "-n", "alice"})));
  EXPECT_EQ(certificate.signature.algorithm, "rsa-sha2-256");
  EXPECT_OK(certificate.VerifySignature());
}

TEST(KeygenCertificates, WithoutPrincipalsParse) {
  // They exist in the wild; whoever inspects them must be able to see them.
  ASSERT_OK_AND_ASSIGN(const Certificate certificate,
                       Certificate::ParseLine(KeygenCertificate(
                           KeyType::kEd25519, KeyType::kEd25519, {"-I", "anybody"})));
  EXPECT_TRUE(certificate.body.principals.empty());
}

TEST(KeygenCertificates, OfEveryTypeSurviveEveryTruncationAndEveryByteChanged) {
  for (const KeyType subject : KeygenTypes()) {
    ASSERT_OK_AND_ASSIGN(const Certificate certificate,
                         Certificate::ParseLine(KeygenCertificate(KeyType::kEcdsaP256, subject,
                                                                  {"-I", "x", "-n", "alice"})));
    const Bytes whole = certificate.Encode();
    for (size_t i = 0; i < whole.size(); ++i) {
      EXPECT_FALSE(Certificate::Parse(BytesView(whole).first(i)).ok());
      Bytes changed = whole;
      changed[i] ^= 0xff;
      const absl::StatusOr<Certificate> parsed = Certificate::Parse(changed);
      if (parsed.ok()) {
        EXPECT_EQ(parsed->Encode(), changed);
      }
    }
  }
}

}  // namespace
}  // namespace mayfly::ssh
