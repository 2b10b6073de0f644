#include <set>

#include "ca/server/call_reader.h"
#include "ca/server/proto_codec.h"
#include "ca/server/request_id.h"
#include "ca/server/rpc_status.h"
#include "gmock/gmock.h"
#include "mayfly/v1/errors.pb.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RequestId, IsUniqueAndSortsByTime) {
  FakeClock clock;
  FakeRandom random;
  std::set<std::string> ids;
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    clock.Advance(absl::Milliseconds(1));
    const std::string id = MakeRequestId(clock.Now(), random);
    EXPECT_EQ(id.size(), 26u);
    EXPECT_GT(id, last);
    last = id;
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000u);
}

v1::SignedCall SignedCallOf(const v1::CallDocument& document) {
  v1::SignedCall call;
  call.set_document(document.SerializeAsString());
  return call;
}

TEST(ReadSignedCall, RefusesFieldsThatItDoesNotKnow) {
  v1::CallDocument document;
  document.set_credential(v1::CREDENTIAL_KIND_SSH_KEY);
  document.mutable_issue_user()->mutable_ask()->set_reason("maintenance");
  const auto read = [](const v1::SignedCall& call) {
    return ReadSignedCall(call, "/m", "id", model::Fact<IpAddress>::Absent(), absl::Now()).status();
  };
  EXPECT_OK(read(SignedCallOf(document)));
  // Field 99 of the innermost message, a varint: perhaps a restriction of a later version.
  v1::UserAsk& ask = *document.mutable_issue_user()->mutable_ask();
  ask.GetReflection()->MutableUnknownFields(&ask)->AddVarint(99, 1);
  EXPECT_THAT(read(SignedCallOf(document)), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ReadSignedCall, RefusesRubbishAndSize) {
  v1::SignedCall call;
  for (const std::string& bytes : {std::string("\xff\xff\xff"), std::string((64 << 10) + 1, 'a')}) {
    call.set_document(bytes);
    EXPECT_THAT(ReadSignedCall(call, "/m", "id", model::Fact<IpAddress>::Absent(), absl::Now()),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(PeerAddress, ReadsWhatGrpcSays) {
  EXPECT_EQ(PeerAddress("ipv4:10.1.2.3:5000").value().ToString(), "10.1.2.3");
  EXPECT_EQ(PeerAddress("ipv6:%5B2001:db8::1%5D:5000").value().ToString(), "2001:db8::1");
  EXPECT_EQ(PeerAddress("ipv6:[2001:db8::1]:5000").value().ToString(), "2001:db8::1");
  // A link-local caller, with the number of an interface, as gRPC's versions write it.
  for (const char* peer : {"ipv6:%5Bfe80::1%252%5D:5000", "ipv6:%5Bfe80::1%25252%5D:5000",
                           "ipv6:[fe80::1%2]:5000", "ipv6:[fe80::1%25eth0]:5000"}) {
    ASSERT_TRUE(PeerAddress(peer).known()) << peer;
    EXPECT_EQ(PeerAddress(peer).value().ToString(), "fe80::1") << peer;
  }
  for (const char* peer : {"ipv6:%5B%252%5D:5000", "ipv6:%5Bfe80::1%252:5000", "ipv6:%5B",
                           "ipv6:%5D%5B%", "ipv4:10.1.2.3%252:5000"}) {
    EXPECT_TRUE(PeerAddress(peer).unknown()) << peer;
  }
  EXPECT_TRUE(PeerAddress("unix:").absent());
  EXPECT_TRUE(PeerAddress("rubbish").unknown());
}

TEST(AskFromProto, NamesTheFieldThatIsWrong) {
  const auto error = [](void (*damage)(v1::UserAsk&)) {
    v1::UserAsk ask;
    damage(ask);
    return AskFromProto(ask).status();
  };
  EXPECT_THAT(error([](v1::UserAsk& a) { a.mutable_lifetime()->set_seconds(0); }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("lifetime")));
  EXPECT_THAT(error([](v1::UserAsk& a) { a.mutable_lifetime()->set_seconds(-5); }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("lifetime")));
  EXPECT_THAT(error([](v1::UserAsk& a) { a.set_reason("a\nb"); }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("reason")));
  EXPECT_THAT(error([](v1::UserAsk& a) {
                for (int i = 0; i < 10000; ++i) a.add_logins("alice");
              }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("logins: 10000")));
  EXPECT_THAT(error([](v1::UserAsk& a) { a.add_source_addresses("10.0.0.1/8"); }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("10.0.0.0/8")));
  EXPECT_THAT(error([](v1::UserAsk& a) { a.add_source_addresses("::/0"); }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("restricts nothing")));
  EXPECT_THAT(error([](v1::UserAsk& a) { a.set_force_command(std::string(5000, 'x')); }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("force_command")));
}

TEST(DecisionToProto, IsTextWhateverWasDecidedAbout) {
  model::Denied denied;
  denied.trace = {{"denial \xff", "a.yaml:3", "denied", {{"c", model::Outcome::kUnknown, "\xfe"}}}};
  v1::Decision read;
  ASSERT_TRUE(read.ParseFromString(ToProto(model::Decision(denied)).SerializeAsString()));
  EXPECT_EQ(read.trace(0).rule(), "denial \\xff");
  EXPECT_EQ(read.trace(0).conditions(0).detail(), "\\xfe");
  EXPECT_EQ(read.trace(0).conditions(0).outcome(), v1::OUTCOME_UNKNOWN);
}

TEST(RpcStatus, TellsNobodyAboutOurMachine) {
  const grpc::Status status =
      ToRpcStatus(Failure(ResourceExhausted("/var/lib/mayfly/ledger.db: disk full")), "id1");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), Not(HasSubstr("/var")));
  v1::ErrorDetail detail;
  ASSERT_TRUE(detail.ParseFromString(status.error_details()));
  EXPECT_EQ(detail.request_id(), "id1");
}

TEST(RpcStatus, GivesStrangersOneAnswer) {
  const grpc::Status status = StrangerStatus("id2", std::nullopt);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(status.error_message(), "not authenticated");
}

TEST(RpcStatus, TellsAnIdentifiedCallerTheRuleThatRefused) {
  model::Denied denied;
  denied.rule = "denial contractors-never-root";
  denied.message = "contractors use deploy";
  const grpc::Status status = ToRpcStatus(Failure(denied), "id3");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(status.error_message(), "contractors use deploy");
  v1::ErrorDetail detail;
  ASSERT_TRUE(detail.ParseFromString(status.error_details()));
  EXPECT_EQ(detail.rule(), "denial contractors-never-root");
}

}  // namespace
}  // namespace mayfly::server
