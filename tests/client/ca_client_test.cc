#include "client/rpc/ca_client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "base/file.h"
#include "client/failure.h"
#include "client/rpc/tls_pin.h"
#include "client/trust/trust_record.h"
#include "tests/client/fake_ca.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kTimeout = absl::Seconds(10);

class CaClientTest : public ::testing::Test {
 protected:
  CaClientTest() : ca_(FakeClock().Now()) {
    ca_.who_am_i = [](const v1::SignedCall&, v1::WhoAmIResponse* response) {
      response->set_subject("user:alice@people");
      return grpc::Status::OK;
    };
  }
  std::unique_ptr<CaClient> Pinned(const std::string& pin) {
    return CaClient::Pinned(ca_.address(), {ParsePin(pin).value()}, kTimeout);
  }
  absl::Status Failing(const grpc::Status& status) {
    ca_.who_am_i = [status](const v1::SignedCall&, v1::WhoAmIResponse*) { return status; };
    return Pinned(ca_.tls().pin)->WhoAmI({}).status();
  }
  FakeCa ca_;
};

TEST_F(CaClientTest, PinIsWhatOpensslComputes) {
  ASSERT_OK_AND_ASSIGN(const Sha256Digest pin, PinOfCertificate(ca_.tls().certificate_pem));
  EXPECT_EQ("sha256:" + Base64Encode(pin), ca_.tls().pin);
}

TEST_F(CaClientTest, PinOfWhatIsNoCertificateIsRefused) {
  EXPECT_THAT(PinOfCertificate(""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(PinOfCertificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(CaClientTest, CallsAServerWithThePinnedKey) {
  ASSERT_OK_AND_ASSIGN(const v1::WhoAmIResponse answer, Pinned(ca_.tls().pin)->WhoAmI({}));
  EXPECT_EQ(answer.subject(), "user:alice@people");
}

TEST_F(CaClientTest, RefusesAnotherTlsKeyBeforeAnythingIsSent) {
  bool called = false;
  ca_.who_am_i = [&](const v1::SignedCall&, v1::WhoAmIResponse*) {
    called = true;
    return grpc::Status::OK;
  };
  const absl::Status status = Pinned("sha256:" + Base64Encode(Bytes(32, 7)))->WhoAmI({}).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kNotTrusted);
  EXPECT_THAT(HintOf(status), HasSubstr("mayfly trust refresh"));
  EXPECT_FALSE(called);
}

TEST_F(CaClientTest, APinForOneConnectionIsNotLentToAnother) {
  EXPECT_OK(Pinned(ca_.tls().pin)->WhoAmI({}).status());
  EXPECT_EQ(ExitCodeOf(Pinned("sha256:" + Base64Encode(Bytes(32, 7)))->WhoAmI({}).status()),
            ExitCode::kNotTrusted);
}

TEST_F(CaClientTest, ADenialCarriesRuleHintAndRequest) {
  v1::ErrorDetail detail;
  detail.set_request_id("req-1");
  detail.set_rule("denial contractors-never-root");
  detail.set_hint("use deploy");
  const absl::Status status = Failing(grpc::Status(
      grpc::StatusCode::PERMISSION_DENIED, "contractors use deploy", detail.SerializeAsString()));
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kDenied);
  EXPECT_EQ(HintOf(status), "use deploy");
  EXPECT_EQ(DetailOf(status)->request_id(), "req-1");
}

TEST_F(CaClientTest, TheRequestIdOfTheMetadataFillsIn) {
  const absl::Status status = Failing(grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "no"));
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kNotAuthenticated);
  EXPECT_EQ(DetailOf(status)->request_id(), "req-from-metadata");
}

TEST_F(CaClientTest, WhatTheServerWritesCannotFoolATerminal) {
  v1::ErrorDetail detail;
  detail.set_hint("\x1b[2Jrun rm");
  const absl::Status status =
      Failing(grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "no\r\nmayfly: fine\x1b[0m",
                           detail.SerializeAsString()));
  // A line of its own, but none that begins as ours do.
  EXPECT_EQ(Message(status), "no\\x0d\n  mayfly: fine\\x1b[0m");
  EXPECT_EQ(HintOf(status), "\\x1b[2Jrun rm");
}

TEST_F(CaClientTest, ACaretKeepsItsPlace) {
  const absl::Status status =
      Failing(grpc::Status(grpc::StatusCode::FAILED_PRECONDITION,
                           "a.yaml:1:5: byte \\xe9 is not valid UTF-8\n  # caf\\xe9\n       ^"));
  EXPECT_EQ(Message(status),
            "a.yaml:1:5: byte \\xe9 is not valid UTF-8\n    # caf\\xe9\n         ^");
}

TEST_F(CaClientTest, AnEndlessSentenceIsCut) {
  EXPECT_LT(
      Message(Failing(grpc::Status(grpc::StatusCode::NOT_FOUND, std::string(6000, 'x')))).size(),
      1100u);
}

TEST_F(CaClientTest, NobodyListeningIsUnavailable) {
  const std::string address = "127.0.0.1:" + std::to_string(FreePort());
  const absl::Status status = CaClient::Unverified(address, kTimeout)->GetManifest().status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUnavailable);
  EXPECT_THAT(Message(status), HasSubstr(address));
  EXPECT_THAT(HintOf(status), HasSubstr("mayfly trust list"));
}

TEST_F(CaClientTest, NoSocketIsUnavailable) {
  const absl::Status status =
      CaClient::Local("/nonexistent/mayflyd.sock", kTimeout)->GetManifest().status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUnavailable);
  EXPECT_THAT(HintOf(status), HasSubstr("--socket"));
}

// Whoever listens, and never says a word.
TEST_F(CaClientTest, AnAnswerThatDoesNotComeIsUnavailable) {
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::Create("silent"));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = JoinPath(folder.path(), "s");
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const FileDescriptor silent(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(silent.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(silent.get(), 1), 0);
  const absl::Status status =
      CaClient::Local(path, absl::Milliseconds(200))->GetManifest().status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUnavailable);
  EXPECT_THAT(Message(status), HasSubstr("did not answer in time"));
  EXPECT_THAT(HintOf(status), HasSubstr("mayflyd's log"));
}

// A CA that ends cancels what reaches it meanwhile, without a word of its own.
TEST_F(CaClientTest, ACallThatEndsWithTheCaIsUnavailable) {
  const absl::Status status = Failing(grpc::Status(grpc::StatusCode::CANCELLED, "CANCELLED"));
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUnavailable);
  EXPECT_THAT(Message(status), HasSubstr("ended before it answered"));
  EXPECT_THAT(HintOf(status), HasSubstr("try again"));
}

struct CodeCase {
  grpc::StatusCode from;
  ExitCode to;
};
class ExitCodes : public CaClientTest, public ::testing::WithParamInterface<CodeCase> {};
TEST_P(ExitCodes, FollowTheStatus) {
  v1::ErrorDetail detail;
  detail.set_request_id("r");  // An answer of the CA's, not of the library's.
  EXPECT_EQ(ExitCodeOf(Failing(grpc::Status(GetParam().from, "x", detail.SerializeAsString()))),
            GetParam().to);
}
INSTANTIATE_TEST_SUITE_P(All, ExitCodes,
                         ::testing::ValuesIn(std::vector<CodeCase>{
                             {grpc::StatusCode::PERMISSION_DENIED, ExitCode::kDenied},
                             {grpc::StatusCode::UNAUTHENTICATED, ExitCode::kNotAuthenticated},
                             {grpc::StatusCode::UNAVAILABLE, ExitCode::kUnavailable},
                             {grpc::StatusCode::RESOURCE_EXHAUSTED, ExitCode::kUnavailable},
                             {grpc::StatusCode::INVALID_ARGUMENT, ExitCode::kUsage},
                             {grpc::StatusCode::NOT_FOUND, ExitCode::kNo},
                             {grpc::StatusCode::FAILED_PRECONDITION, ExitCode::kNo},
                             {grpc::StatusCode::UNIMPLEMENTED, ExitCode::kUnavailable},
                             {grpc::StatusCode::INTERNAL, ExitCode::kInternal},
                         }),
                         [](const auto& row) { return "Code" + std::to_string(row.param.from); });

}  // namespace
}  // namespace mayfly::client
