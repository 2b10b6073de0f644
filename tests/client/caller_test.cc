#include "client/login/caller.h"

#include <map>
#include <sstream>

#include "base/file.h"
#include "client/login/chosen_ca.h"
#include "client/login/session_store.h"
#include "client/trust/trust_commands.h"
#include "tests/client/fake_ca.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

using ::testing::HasSubstr;

// Somebody who trusts a CA and has a session with it.
class CallerTest : public ::testing::Test {
 protected:
  CallerTest()
      : ca_(clock_.Now()),
        directory_(TemporaryDirectory::Create("caller").value()),
        context_(
            clock_, random_, [this](const char* name) { return environment_[name]; }, out_, err_) {
    environment_["XDG_RUNTIME_DIR"] = directory_.path();
    context_.config_directory = JoinPath(directory_.path(), "config");
    MAYFLY_CHECK(TrustAdd(context_, {ca_.address(), ca_.ca_id(), "ca"}).ok());
    SaveASession();
    ca_.who_am_i = [this](const v1::SignedCall& call, v1::WhoAmIResponse* response) {
      return Answer(call, response);
    };
  }
  void SaveASession() {
    auto key = ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random_).value();
    const StoredSession session{std::make_shared<const ssh::PrivateKey>(std::move(key)),
                                "user:alice@people", "alice", clock_.Now() + absl::Hours(300)};
    MAYFLY_CHECK(SaveSession(context_, ca_.ca_id(), session).ok());
  }
  // Refuses what was not signed within two minutes of the CA's time, as mayflyd does.
  grpc::Status Answer(const v1::SignedCall& call, v1::WhoAmIResponse* response) {
    v1::CallDocument document;
    MAYFLY_CHECK(document.ParseFromString(call.document()));
    documents_.push_back(document);
    response->set_subject("user:alice@people");
    const absl::Duration off = FromProto(document.issued_at()) - ca_now_;
    if (absl::AbsDuration(off) <= absl::Minutes(2)) return grpc::Status::OK;
    v1::ErrorDetail detail;
    detail.set_request_id("r");
    mayfly::client::ToProto(ca_now_, detail.mutable_server_time());
    return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "the call is stale",
                        detail.SerializeAsString());
  }
  absl::Status Ask() {
    absl::StatusOr<Caller> caller = Caller::ConnectAsSession(context_);
    if (!caller.ok()) return caller.status();
    v1::CallDocument document;
    document.mutable_who_am_i();
    return caller->Call(&CaClient::WhoAmI, document).status();
  }

  FakeClock clock_;
  SystemRandom random_;
  FakeCa ca_;
  absl::Time ca_now_ = clock_.Now();
  TemporaryDirectory directory_;
  std::map<std::string, std::string> environment_;
  std::ostringstream out_, err_;
  Context context_;
  std::vector<v1::CallDocument> documents_;
};

TEST_F(CallerTest, SpeaksByTheStoredSession) {
  ASSERT_OK(Ask());
  ASSERT_EQ(documents_.size(), 1u);
  EXPECT_EQ(documents_[0].credential(), v1::CREDENTIAL_KIND_SESSION);
  EXPECT_EQ(documents_[0].audience(), ca_.ca_id());
  EXPECT_FALSE(documents_[0].clock_corrected());
}

TEST_F(CallerTest, AClockThatIsOffIsCorrectedOnceAndSaid) {
  ca_now_ = clock_.Now() - absl::Hours(1);
  ASSERT_OK(Ask());
  ASSERT_EQ(documents_.size(), 2u);
  EXPECT_TRUE(documents_[1].clock_corrected());
  EXPECT_EQ(FromProto(documents_[1].issued_at()), ca_now_);
  EXPECT_NE(documents_[0].nonce(), documents_[1].nonce());
  EXPECT_THAT(err_.str(), HasSubstr("1h ahead"));
}

TEST_F(CallerTest, AClockThatIsBehindIsSaidToBe) {
  ca_now_ = clock_.Now() + absl::Minutes(10);
  ASSERT_OK(Ask());
  EXPECT_THAT(err_.str(), HasSubstr("10m behind"));
}

TEST_F(CallerTest, ACaThatIsNeverSatisfiedIsNotAskedForEver) {
  ca_.who_am_i = [&](const v1::SignedCall& call, v1::WhoAmIResponse* response) {
    ca_now_ += absl::Hours(1);
    return Answer(call, response);
  };
  EXPECT_EQ(ExitCodeOf(Ask()), ExitCode::kNo);
  EXPECT_EQ(documents_.size(), 2u);
}

TEST_F(CallerTest, AnotherTlsKeyIsRefusedUntilTheManifestNamesIt) {
  // The record names a key that the server does not have, as after an unannounced change.
  ca_.pins = {"sha256:" + Base64Encode(Bytes(32, 1))};
  ca_.version = 2;
  ca_.Publish();
  ASSERT_OK(TrustRefresh(context_));
  EXPECT_EQ(ExitCodeOf(Ask()), ExitCode::kNotTrusted);
  EXPECT_TRUE(documents_.empty());
  ca_.pins = {ca_.tls().pin};
  ca_.version = 3;
  ca_.Publish();
  ASSERT_OK(TrustRefresh(context_));
  EXPECT_OK(Ask());
}

TEST_F(CallerTest, AManifestNearItsEndIsRefreshedUnasked) {
  clock_.Set(ca_.valid_until - absl::Hours(24));
  ca_.version = 2;
  ca_.valid_until += absl::Hours(168);
  ca_.Publish();
  ASSERT_OK_AND_ASSIGN(const TrustedCa ca, ChosenCa(context_));
  EXPECT_EQ(ca.manifest.version, 2u);
}

TEST_F(CallerTest, AManifestNearItsEndServesWhileTheCaIsSetBack) {
  clock_.Set(ca_.valid_until - absl::Hours(24));
  ca_.version = 0;
  ca_.PublishForged();
  ASSERT_OK_AND_ASSIGN(const TrustedCa ca, ChosenCa(context_));
  EXPECT_EQ(ca.manifest.version, 1u);
}

TEST_F(CallerTest, AManifestPastItsEndIsOfNoUse) {
  clock_.Set(ca_.valid_until + absl::Hours(1));
  EXPECT_EQ(ExitCodeOf(ChosenCa(context_).status()), ExitCode::kNotTrusted);
}

TEST_F(CallerTest, WithoutASessionItSaysWhatToRun) {
  ASSERT_OK(RemoveSession(context_, ca_.ca_id()));
  const absl::Status status = Ask();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kNotAuthenticated);
  EXPECT_THAT(HintOf(status), HasSubstr("mayfly login"));
}

}  // namespace
}  // namespace mayfly::client
