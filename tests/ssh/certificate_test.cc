#include "ssh/certificate.h"

#include <limits>

#include "fmt/format.h"
#include "ssh/wire.h"
#include "tests/ssh/raw_certificate.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Certificate Good() {
  absl::StatusOr<Certificate> certificate = Certificate::Parse(RawCertificate().Encode());
  MAYFLY_CHECK(certificate.ok());
  return *std::move(certificate);
}

std::vector<std::string> ManyPrincipals(int count) {
  std::vector<std::string> principals;
  for (int i = 0; i < count; ++i) principals.push_back(fmt::format("p{}", i));
  return principals;
}

TEST(Certificate, ReadsEachFieldOfAnEd25519Certificate) {
  const CertificateBody body = Good().body;
  EXPECT_EQ(body.key, Ed25519Key("subject").public_key());
  EXPECT_EQ(body.nonce, Bytes(32, 7));
  EXPECT_EQ(body.serial, Serial{5});
  EXPECT_EQ(body.kind, CertificateKind::kUser);
  EXPECT_EQ(body.key_id, "user:alice@people/1");
  EXPECT_THAT(body.principals, ElementsAre("alice", "deploy"));
  EXPECT_EQ(body.valid_after(), absl::FromUnixSeconds(1772442000));
  EXPECT_EQ(body.valid_before(), absl::FromUnixSeconds(1772445600));
  EXPECT_THAT(body.critical_options.Text(kForceCommand), IsOkAndHolds("ls"));
  EXPECT_THAT(body.extensions.names(), ElementsAre("permit-port-forwarding", "permit-pty"));
  EXPECT_EQ(body.signature_key, Ed25519Key("ca").public_key());
  EXPECT_OK(Good().VerifySignature());
}

TEST(Certificate, EncodesToTheBytesItCameFrom) {
  EXPECT_EQ(Good().Encode(), RawCertificate().Encode());
  EXPECT_EQ(Good().body.Encode(), RawCertificate().Body());
}

TEST(Certificate, TakesExoticPartsAndKeepsThem) {
  const std::vector<RawCertificate> exotic = {
      {.nonce = {}},
      {.serial = std::numeric_limits<uint64_t>::max()},
      {.kind = 2},
      {.key_id = ""},
      {.key_id = "line\nfeed \x1b[2J \xff"},
      {.principals = {}},
      {.principals = Strings(ManyPrincipals(kMaxPrincipals))},
      {.principals = Strings({"a,b", "a,b", "*"})},
      {.valid_after = 9, .valid_before = 9},
      {.valid_after = 10, .valid_before = 9},
      {.critical = Strings({"force-command", "flat"})},
      {.critical = Strings({"unknown@example.com", "x"})},
      {.extensions = Strings({"force-command", "flat", "permit-pty", "data in a flag"})},
      {.reserved = "anything"},
  };
  for (const RawCertificate& raw : exotic) {
    const absl::StatusOr<Certificate> certificate = Certificate::Parse(raw.Encode());
    ASSERT_OK(certificate);
    EXPECT_EQ(certificate->Encode(), raw.Encode());
    EXPECT_OK(certificate->VerifySignature());
  }
}

TEST(Certificate, TimesBeyondTheClockAreTheInfiniteFuture) {
  CertificateBody body = Good().body;
  body.valid_before_unix_s = kForeverUnixSeconds;
  EXPECT_EQ(body.valid_before(), absl::InfiniteFuture());
  body.valid_before_unix_s = uint64_t{1} << 63;
  EXPECT_EQ(body.valid_before(), absl::InfiniteFuture());
  body.valid_after_unix_s = kForeverUnixSeconds;
  EXPECT_EQ(body.valid_after(), absl::InfiniteFuture());
  body.valid_after_unix_s = 0;
  EXPECT_EQ(body.valid_after(), absl::UnixEpoch());
}

struct BadCase {
  std::string name;
  RawCertificate raw;
  std::string error;
};
class BadCertificate : public testing::TestWithParam<BadCase> {};
TEST_P(BadCertificate, IsRefused) {
  EXPECT_THAT(Certificate::Parse(GetParam().raw.Encode()),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr(GetParam().error)));
}
std::vector<BadCase> BadCases() {
  const std::string nul("a\0b", 3);
  return {
      {"PlainKeyType", {.type = "ssh-ed25519"}, "plain ssh-ed25519 key"},
      {"UnknownType", {.type = "ssh-dss-cert-v01@openssh.com"}, "'ssh-dss-cert-v01@openssh.com'"},
      {"OldVersion", {.type = "ssh-ed25519-cert-v00@openssh.com"}, "not supported"},
      {"NegotiationName", {.type = "rsa-sha2-512-cert-v01@openssh.com"}, "not supported"},
      {"TypeOfAnotherKey", {.type = "ecdsa-sha2-nistp256-cert-v01@openssh.com"}, "subject key"},
      {"EscapesTheTypeName", {.type = "\x1b[2J"}, "'\\x1b[2J'"},
      {"ShortPoint", {.key_fields = Writer().String(Bytes(31)).Take()}, "subject key"},
      {"Kind0", {.kind = 0}, "kind 0"},
      {"Kind3", {.kind = 3}, "kind 3"},
      {"NulInKeyId", {.key_id = nul}, "a text holds a NUL"},
      {"NulInPrincipal", {.principals = Strings({nul})}, "principal: a text holds a NUL"},
      {"EmptyPrincipal", {.principals = Strings({"a", ""})}, "a principal is empty"},
      {"Principals257", {.principals = Strings(ManyPrincipals(257))}, "more than 256"},
      {"Principals10000", {.principals = Strings(ManyPrincipals(10000))}, ""},
      {"PrincipalsCut", {.principals = {0, 0, 0, 9, 'a'}}, "principal"},
      {"UnsortedOptions",
       {.critical = Strings({"b", "", "a", ""})},
       "critical options, at byte 182: option 'a'"},
      {"DuplicateOption", {.critical = Strings({"a", "", "a", ""})}, "critical options"},
      {"UnsortedExtensions", {.extensions = Strings({"b", "", "a", ""})}, "option 'a'"},
      {"DuplicateExtension", {.extensions = Strings({"a", "", "a", "x"})}, "appears twice"},
      {"ExtensionWithoutData", {.extensions = Strings({"a"})}, "extensions"},
      {"NoSignatureKey", {.signature_key = {}}, "signature key"},
      {"UnknownSignatureKey", {.signature_key = Strings({"ssh-foo", "x"})}, "signature key"},
      {"SignatureKeyTrailing",
       {.signature_key = Writer().Raw(RawCertificate().signature_key).Byte(0).Take()},
       "signature key"},
      {"CertificateAsSignatureKey",
       {.signature_key = RawCertificate().Encode()},
       "itself a certificate ('ssh-ed25519-cert-v01@openssh.com')"},
      {"CertificateNameOnlyAsSignatureKey",
       {.signature_key = Strings({"x509v3-ssh-rsa"})},
       "itself a certificate"},
      {"Oversized", {.key_id = std::string(kMaxCertificateSize, 'a')}, "too many"},
  };
}
INSTANTIATE_TEST_SUITE_P(All, BadCertificate, testing::ValuesIn(BadCases()),
                         [](const auto& row) { return row.param.name; });

// Where a field starts: type name, nonce and point of an ed25519 certificate take 36, 36 and 36
// bytes, serial and kind 12.
TEST(BadCertificates, AreRefusedWithTheFieldItsPlaceAndTheReason) {
  const std::string nul("a\0b", 3);
  EXPECT_THAT(Certificate::Parse(RawCertificate{.kind = 3}.Encode()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("certificate: kind, at byte 116: certificate kind 3")));
  EXPECT_THAT(Certificate::Parse(RawCertificate{.key_id = nul}.Encode()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("certificate: key ID, at byte 120: a text holds a NUL")));
  const Bytes whole = RawCertificate().Encode();
  EXPECT_THAT(Certificate::Parse(BytesView(whole).first(40)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("nonce, at byte 36: truncated at byte 36")));
}

TEST(BadCertificates, NestedDeepIsRefusedAtTheFirst) {
  RawCertificate raw;
  for (int depth = 0; depth < 100; ++depth) raw = {.signature_key = raw.Encode()};
  EXPECT_THAT(Certificate::Parse(raw.Encode()),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("itself a certificate")));
}

TEST(BadCertificates, EveryTruncationIsRefused) {
  const Bytes whole = RawCertificate().Encode();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(Certificate::Parse(BytesView(whole).first(size)),
                StatusIs(StatusCode::kInvalidArgument))
        << size;
  }
}

TEST(BadCertificates, TrailingBytesAreRefused) {
  Bytes bytes = RawCertificate().Encode();
  bytes.push_back(0);
  EXPECT_THAT(Certificate::Parse(bytes),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("after the signature")));
}

TEST(BadCertificates, NoFlippedBitVerifies) {
  const Bytes whole = RawCertificate().Encode();
  int parsed = 0;
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const absl::StatusOr<Certificate> certificate = Certificate::Parse(flipped);
    if (!certificate.ok()) continue;
    ++parsed;
    EXPECT_EQ(certificate->Encode(), flipped) << bit;
    EXPECT_THAT(certificate->VerifySignature(), StatusIs(StatusCode::kUnauthenticated)) << bit;
  }
  EXPECT_GT(parsed, 1000);  // Serial, times, texts, keys: most flips are well-formed.
}

TEST(Signature, OfAnotherKeyDoesNotVerify) {
  Certificate certificate = Good();
  ASSERT_OK_AND_ASSIGN(certificate.signature,
                       Ed25519Key("mallory").Sign(certificate.body.Encode()));
  EXPECT_THAT(certificate.VerifySignature(),
              StatusIs(StatusCode::kUnauthenticated,
                       HasSubstr(certificate.body.signature_key.Fingerprint().text)));
}

TEST(Signature, OfAnotherBodyDoesNotVerify) {
  Certificate certificate = Good();
  certificate.body.principals = {"root"};
  EXPECT_THAT(certificate.VerifySignature(), StatusIs(StatusCode::kUnauthenticated));
}

TEST(CertificateLine, ReadsBackWithItsComment) {
  std::string comment;
  const std::string line = Good().Line("alice's laptop");
  EXPECT_THAT(Certificate::ParseLine(line, &comment), IsOkAndHolds(Good()));
  EXPECT_EQ(comment, "alice's laptop");
  EXPECT_THAT(Certificate::ParseLine(Good().Line() + "\n", &comment), IsOkAndHolds(Good()));
  EXPECT_EQ(comment, "");
  EXPECT_OK(Certificate::ParseLine(Good().Line("x") + "\r\n", nullptr));
}

TEST(CertificateLine, RefusesWhatIsNotOneCertificateLine) {
  const std::string good = Good().Line();
  const size_t blank = good.find(' ');
  const std::string base64 = good.substr(blank + 1);
  const std::vector<std::string> bad = {
      "",
      "\n",
      " " + good,
      base64,
      good.substr(0, blank),
      good.substr(0, blank) + " ",
      "ssh-ed25519 " + base64,
      "ssh-rsa-cert-v01@openssh.com " + base64,
      "restrict " + good,  // Options of authorized_keys are no type word.
      "restrict " + base64,
      good + "=",
      good.substr(0, good.size() - 2),
      good + "\n\n",
      good + "\n" + good,
      good + std::string(" \0", 2),
      Ed25519Key("subject").public_key().Line(),
      good + " " + std::string(3 * kMaxCertificateSize, 'c'),
  };
  for (const std::string& line : bad) {
    EXPECT_THAT(Certificate::ParseLine(line), StatusIs(StatusCode::kInvalidArgument))
        << line.substr(0, 100);
  }
}

TEST(CertificateLine, LeavesTheCommentAloneAfterAnError) {
  std::string comment = "before";
  EXPECT_FALSE(Certificate::ParseLine("ssh-ed25519 AAAA c", &comment).ok());
  EXPECT_EQ(comment, "before");
}

TEST(SignCertificate, SignsTheBodyItWasGiven) {
  const PrivateKey ca = Ed25519Key("ca");
  ASSERT_OK_AND_ASSIGN(const Certificate certificate, SignCertificate(Good().body, ca.signer()));
  EXPECT_EQ(certificate, Good());  // Ed25519 is deterministic.
}

TEST(SignCertificate, HandsOutNothingSignedByAnotherKey) {
  const PrivateKey other = Ed25519Key("mallory");
  EXPECT_THAT(SignCertificate(Good().body, other.signer()),
              StatusIs(StatusCode::kInternal, HasSubstr("faulty signature")));
}

TEST(SignCertificate, PassesOnWhyTheKeyCouldNotSign) {
  const SignFunction gone = [](BytesView) -> absl::StatusOr<Signature> {
    return Unavailable("the token is gone");
  };
  EXPECT_THAT(SignCertificate(Good().body, gone),
              StatusIs(StatusCode::kUnavailable, "the token is gone"));
}

TEST(SignCertificate, NeverCallsTheKeyForABodyThatWouldNotParse) {
  std::vector<CertificateBody> bad(6, Good().body);
  bad[0].principals.push_back("");
  bad[1].principals = ManyPrincipals(257);
  bad[2].key_id = std::string("a\0b", 3);
  bad[3].kind = static_cast<CertificateKind>(3);
  bad[4].kind = static_cast<CertificateKind>(0);
  bad[5].principals = {std::string("root\0", 5)};
  int calls = 0;
  const SignFunction sign = [&](BytesView message) {
    ++calls;
    return Ed25519Key("ca").Sign(message);
  };
  for (const CertificateBody& body : bad) {
    EXPECT_THAT(SignCertificate(body, sign),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr("certificate to be signed")));
  }
  EXPECT_EQ(calls, 0);
}

TEST(SignCertificate, RefusesASignatureThatIsNotCanonical) {
  const SignFunction cut = [](BytesView message) -> absl::StatusOr<Signature> {
    MAYFLY_ASSIGN_OR_RETURN(Signature signature, Ed25519Key("ca").Sign(message));
    signature.bytes.pop_back();
    return signature;
  };
  EXPECT_FALSE(SignCertificate(Good().body, cut).ok());
}

TEST(CertificateTypeNames, AreKnownForEveryKeyTypeAndForForeignOnes) {
  for (const KeyType type : AllKeyTypes()) {
    EXPECT_TRUE(IsCertificateTypeName(CertificateTypeName(type)));
    EXPECT_FALSE(IsCertificateTypeName(KeyTypeName(type)));
  }
  EXPECT_TRUE(IsCertificateTypeName("ssh-rsa-cert-v00@openssh.com"));
  EXPECT_TRUE(IsCertificateTypeName("ssh-mldsa44-ed25519-cert-v01@openssh.com"));
  EXPECT_TRUE(IsCertificateTypeName("x509v3-ecdsa-sha2-nistp256"));
  EXPECT_FALSE(IsCertificateTypeName(""));
}

}  // namespace
}  // namespace mayfly::ssh
