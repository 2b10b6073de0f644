#include "client/rpc/call_signer.h"

#include "base/file.h"
#include "client/rpc/proto_time.h"
#include "google/protobuf/descriptor.h"
#include "mayfly/v1/services.pb.h"
#include "ssh/private_key.h"
#include "ssh/sshsig.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kCaId = "SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

class CallSignerTest : public ::testing::Test {
 protected:
  CallSignerTest()
      : enrolled_(ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random_).value()),
        session_(ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random_).value()) {
    document_.mutable_start_session()->set_session_key(ToText(session_.public_key().blob()));
  }
  Credential EnrolledKey() {
    Credential credential;
    credential.kind = v1::CREDENTIAL_KIND_SSH_KEY;
    credential.signer = KeySigner{enrolled_.public_key(), enrolled_.signer()};
    return credential;
  }
  KeySigner Session() { return {session_.public_key(), session_.signer()}; }

  FakeClock clock_;
  FakeRandom random_;
  ssh::PrivateKey enrolled_;
  ssh::PrivateKey session_;
  v1::CallDocument document_;
};

TEST_F(CallSignerTest, SignsTheDocumentAsSent) {
  ASSERT_OK_AND_ASSIGN(
      const v1::SignedCall call,
      SignCall(document_, kCaId, EnrolledKey(), {Session()}, {clock_.Now(), false}, random_));
  ASSERT_EQ(call.signatures_size(), 2);
  EXPECT_THAT(ssh::VerifySshsig(AsBytes(call.signatures(0)), kCredentialNamespace,
                                AsBytes(call.document())),
              IsOkAndHolds(enrolled_.public_key()));
  EXPECT_THAT(ssh::VerifySshsig(AsBytes(call.signatures(1)), kPossessionNamespace,
                                AsBytes(call.document())),
              IsOkAndHolds(session_.public_key()));
}

TEST_F(CallSignerTest, SshKeygenVerifiesTheSignature) {
  ASSERT_OK_AND_ASSIGN(const v1::SignedCall call, SignCall(document_, kCaId, EnrolledKey(), {},
                                                           {clock_.Now(), false}, random_));
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory directory, TemporaryDirectory::Create("call"));
  const std::string allowed = JoinPath(directory.path(), "allowed");
  const std::string signature = JoinPath(directory.path(), "call.sig");
  ASSERT_OK_AND_ASSIGN(const ssh::Sshsig parsed, ssh::Sshsig::Parse(AsBytes(call.signatures(0))));
  ASSERT_OK(CreateFile(allowed, "alice " + enrolled_.public_key().Line() + "\n", 0600));
  ASSERT_OK(CreateFile(signature, parsed.Armor(), 0600));
  ProcessOptions options;
  options.input = call.document();
  const ProcessResult result =
      mayfly::Run({"ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "alice", "-n",
                   std::string(kCredentialNamespace), "-s", signature},
                  options);
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST_F(CallSignerTest, TheDocumentNamesMethodAudienceAndTime) {
  Credential credential = EnrolledKey();
  credential.authenticator = "keys";
  ASSERT_OK_AND_ASSIGN(const v1::SignedCall call,
                       SignCall(document_, kCaId, credential, {}, {clock_.Now(), true}, random_));
  v1::CallDocument sent;
  ASSERT_TRUE(sent.ParseFromString(call.document()));
  EXPECT_EQ(sent.method(), "/mayfly.v1.Sessions/Start");
  EXPECT_EQ(sent.audience(), kCaId);
  EXPECT_EQ(FromProto(sent.issued_at()), clock_.Now());
  EXPECT_TRUE(sent.clock_corrected());
  EXPECT_EQ(sent.authenticator(), "keys");
  EXPECT_GE(sent.nonce().size(), 16u);
  EXPECT_LE(sent.nonce().size(), 32u);
}

TEST_F(CallSignerTest, NoTwoCallsAreTheSame) {
  const SigningTime now{clock_.Now(), false};
  ASSERT_OK_AND_ASSIGN(const v1::SignedCall a,
                       SignCall(document_, kCaId, EnrolledKey(), {}, now, random_));
  ASSERT_OK_AND_ASSIGN(const v1::SignedCall b,
                       SignCall(document_, kCaId, EnrolledKey(), {}, now, random_));
  EXPECT_NE(a.document(), b.document());
}

TEST_F(CallSignerTest, TheLocalSocketNeedsNoSignature) {
  Credential credential;
  credential.kind = v1::CREDENTIAL_KIND_LOCAL;
  ASSERT_OK_AND_ASSIGN(const v1::SignedCall call,
                       SignCall(document_, kCaId, credential, {}, {clock_.Now(), false}, random_));
  EXPECT_EQ(call.signatures_size(), 0);
}

TEST_F(CallSignerTest, ASignerThatRefusesEndsTheCall) {
  Credential credential = EnrolledKey();
  credential.signer->sign = [](BytesView) -> absl::StatusOr<ssh::Signature> {
    return FailedPrecondition("the agent refused");
  };
  EXPECT_THAT(SignCall(document_, kCaId, credential, {}, {clock_.Now(), false}, random_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("refused")));
}

// A method that is missing from the table, or misspelt in it, would be refused by every CA.
TEST_F(CallSignerTest, EveryKindOfParametersHasAMethodOfTheApi) {
  const auto* file =
      v1::SignedCall::descriptor()->file()->pool()->FindFileByName("mayfly/v1/services.proto");
  ASSERT_NE(file, nullptr);
  const auto* parameters = v1::CallDocument::descriptor()->FindOneofByName("parameters");
  for (int i = 0; i < parameters->field_count(); ++i) {
    const auto* field = parameters->field(i);
    const std::string method(
        MethodOf(static_cast<v1::CallDocument::ParametersCase>(field->number())));
    const size_t slash = method.rfind('/');
    ASSERT_NE(slash, std::string::npos) << field->name();
    const auto* service = file->pool()->FindServiceByName(method.substr(1, slash - 1));
    ASSERT_NE(service, nullptr) << method;
    EXPECT_NE(service->FindMethodByName(method.substr(slash + 1)), nullptr) << method;
  }
}

}  // namespace
}  // namespace mayfly::client
