// Requests that wait for approval, reviews, and what others are told.
#include "ca/model/asked_digest.h"
#include "gmock/gmock.h"
#include "tests/ca/ledger/ledger_fixture.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ledger {
namespace {

class RequestsTest : public LedgerTest {
 protected:
  FilingRecord Filing(const std::string& reason = "disk full") {
    model::Request request{.kind = ssh::CertificateKind::kUser, .key = KeyNumber(5)};
    request.ask.grant = "root";
    request.ask.logins = {"root"};
    request.ask.lifetime = absl::Minutes(30);
    request.ask.reason = reason;
    model::Pending pending;
    pending.terms.grant = "root";
    pending.needs = {{1, "groups [leads]", {}}};
    pending.within = absl::Minutes(30);
    const model::Identity alice = IdentityOf("user:alice@people");
    const std::string digest = model::AskedDigest(alice.subject, request.kind, request.ask);
    return {NewCall(), alice, request, pending, digest};
  }
  absl::Status Approve(const FiledState& filed, const std::string& who) {
    return ledger().ApproveRequest(NewCall(), IdentityOf(who), filed.number, filed.digest);
  }
  // A batch of one certificate that carries out `filed`.
  IssuanceBatch CarryOut(const FiledState& filed, bool once) {
    IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(5)});
    batch.issuances[0].facts.filed = filed.ToFact();
    batch.issuances[0].granted.approval = model::ApprovalUse{filed.number, once};
    return batch;
  }
};

TEST_F(RequestsTest, AreNumberedAndComeBackAsTheyWere) {
  ASSERT_OK_AND_ASSIGN(const FiledState first, ledger().FileRequest(Filing()));
  ASSERT_OK_AND_ASSIGN(const FiledState second, ledger().FileRequest(Filing("another")));
  EXPECT_EQ(first.number, 1u);
  EXPECT_EQ(second.number, 2u);
  Reopen();
  ASSERT_OK_AND_ASSIGN(const FiledState found, ledger().FindRequest(1));
  EXPECT_EQ(found.digest, first.digest);
  EXPECT_EQ(found.subject, first.subject);
  EXPECT_TRUE(found.ask == Filing().request.ask);
  EXPECT_EQ(found.expires_at, first.expires_at);
  EXPECT_EQ(model::AskedDigest(found.subject, found.kind, found.ask), found.digest);
  EXPECT_EQ(ledger().FindRequest(3).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(RequestsTest, TheSameWishWaitsOnce) {
  ASSERT_OK_AND_ASSIGN(const FiledState first, ledger().FileRequest(Filing()));
  ASSERT_OK_AND_ASSIGN(const FiledState again, ledger().FileRequest(Filing()));
  EXPECT_EQ(again.number, first.number);
  clock().Advance(absl::Minutes(31));
  ASSERT_OK_AND_ASSIGN(const FiledState later, ledger().FileRequest(Filing()));
  EXPECT_EQ(later.number, first.number + 1);
}

TEST_F(RequestsTest, HoldEachApproverOnceWithTheDigestThatWasSigned) {
  ASSERT_OK_AND_ASSIGN(FiledState filed, ledger().FileRequest(Filing()));
  EXPECT_OK(Approve(filed, "user:bob@people"));
  EXPECT_EQ(Approve(filed, "user:bob@people").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_OK(Approve(filed, "user:carol@people"));
  filed.digest = std::string(64, '0');
  EXPECT_EQ(Approve(filed, "user:dave@people").code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_OK_AND_ASSIGN(const FiledState found, ledger().FindRequest(filed.number));
  ASSERT_EQ(found.approvals.size(), 2u);
  EXPECT_EQ(found.approvals[0].approver.subject.name, "bob");
  EXPECT_EQ(found.approvals[0].peer.value().ToString(), "192.0.2.7");
}

TEST_F(RequestsTest, AreApprovedInTimeOrNotAtAll) {
  ASSERT_OK_AND_ASSIGN(const FiledState filed, ledger().FileRequest(Filing()));
  clock().Advance(absl::Minutes(30));
  EXPECT_EQ(Approve(filed, "user:bob@people").code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(RequestsTest, ThatAreClosedStayClosed) {
  ASSERT_OK_AND_ASSIGN(const FiledState filed, ledger().FileRequest(Filing()));
  const model::Identity bob = IdentityOf("user:bob@people");
  EXPECT_OK(ledger().CloseRequest(NewCall(), bob, filed.number, Closing::kDenied, "no"));
  EXPECT_EQ(ledger().CloseRequest(NewCall(), bob, filed.number, Closing::kCancelled, "").code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Approve(filed, "user:bob@people").code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_OK_AND_ASSIGN(const FiledState found, ledger().FindRequest(filed.number));
  EXPECT_EQ(found.closed_how, Closing::kDenied);
  EXPECT_EQ(found.word, "no");
  EXPECT_FALSE(found.ToFact().open);
  EXPECT_EQ(RecordIssuances(ledger(), CarryOut(filed, true)).status().code(),
            absl::StatusCode::kAborted);
}

TEST_F(RequestsTest, AreUsedOnceInTheTransactionOfTheIssuance) {
  ASSERT_OK_AND_ASSIGN(const FiledState filed, ledger().FileRequest(Filing()));
  EXPECT_OK(RecordIssuances(ledger(), CarryOut(filed, true)));
  EXPECT_EQ(RecordIssuances(ledger(), CarryOut(filed, true)).status().code(),
            absl::StatusCode::kAborted);
  EXPECT_OK(RecordIssuances(ledger(), CarryOut(filed, false)));
  ASSERT_OK_AND_ASSIGN(const FiledState found, ledger().FindRequest(filed.number));
  EXPECT_EQ(found.uses, 2);
  EXPECT_THAT(EventTypes(), ::testing::ElementsAre("request_filed", "issuance", "issuance"));
}

TEST_F(RequestsTest, OfOneSubjectAreBounded) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_OK(ledger().FileRequest(Filing("reason " + std::to_string(i))));
  }
  EXPECT_EQ(ledger().FileRequest(Filing("one more")).status().code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_OK_AND_ASSIGN(const std::vector<FiledState> waiting,
                       ledger().ListRequests({true, clock().Now(), 100}));
  EXPECT_EQ(waiting.size(), 20u);
  EXPECT_EQ(waiting.front().number, 20u);
}

TEST_F(RequestsTest, ABreakGlassCertificateOpensAReview) {
  IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(5)});
  batch.issuances[0].granted.break_glass = true;
  ASSERT_OK(RecordIssuances(ledger(), batch));
  ASSERT_OK_AND_ASSIGN(std::vector<ReviewState> open, ledger().ListReviews(true, 10));
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].subject, "user:alice@people");
  EXPECT_EQ(open[0].reason, "a look");
  const model::Identity bob = IdentityOf("user:bob@people");
  EXPECT_OK(ledger().CloseReview(NewCall(), bob, open[0].serial, "found nothing"));
  EXPECT_EQ(ledger().CloseReview(NewCall(), bob, open[0].serial, "again").code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_OK_AND_ASSIGN(open, ledger().ListReviews(true, 10));
  EXPECT_TRUE(open.empty());
  EXPECT_THAT(EventTypes(), ::testing::ElementsAre("issuance", "break_glass", "review_closed"));
}

TEST_F(RequestsTest, AreToldToReadersWhoComeBackToTheirPlace) {
  ASSERT_OK_AND_ASSIGN(const int64_t start, ledger().ReaderPosition("chat"));
  ASSERT_OK_AND_ASSIGN(const FiledState filed, ledger().FileRequest(Filing()));
  ASSERT_OK(IssueUser("user:alice@people", 8));  // Nothing that is told.
  ASSERT_OK(Approve(filed, "user:bob@people"));
  ASSERT_OK_AND_ASSIGN(const Happenings first, ledger().ReadHappenings(start, 1));
  ASSERT_EQ(first.list.size(), 1u);
  EXPECT_EQ(first.list[0].kind, HappeningKind::kRequestWaiting);
  EXPECT_EQ(first.list[0].subject, "user:alice@people");
  EXPECT_THAT(first.list[0].details, ::testing::Contains(::testing::Pair("reason", "disk full")));
  ASSERT_OK(ledger().AdvanceReader("chat", first.read_to));
  Reopen();
  ASSERT_OK_AND_ASSIGN(const int64_t place, ledger().ReaderPosition("chat"));
  ASSERT_OK_AND_ASSIGN(const Happenings second, ledger().ReadHappenings(place, 10));
  ASSERT_EQ(second.list.size(), 1u);
  EXPECT_EQ(second.list[0].kind, HappeningKind::kRequestApproved);
  ASSERT_OK_AND_ASSIGN(const Happenings none, ledger().ReadHappenings(second.read_to, 10));
  EXPECT_TRUE(none.list.empty());
}

TEST_F(RequestsTest, ShowInTheEventForPeople) {
  ASSERT_OK(ledger().FileRequest(Filing()));
  ASSERT_OK_AND_ASSIGN(const std::vector<StoredEvent> events, ledger().RecentEvents(1));
  EXPECT_THAT(events.front().json, ::testing::HasSubstr("groups [leads]"));
}

}  // namespace
}  // namespace mayfly::ledger
