// A call that was recorded takes effect no second time, whatever else has changed since.
#include "ca/model/asked_digest.h"
#include "tests/ca/ledger/ledger_fixture.h"

namespace mayfly::ledger {
namespace {

using absl::StatusCode;

class Replays : public LedgerTest {
 protected:
  // `act` by one call and, after a restart, `again` by the same: that would do by a new call.
  void Expect(const std::string& what, const std::function<absl::Status(const model::Call&)>& act,
              const std::function<absl::Status(const model::Call&)>& again) {
    const model::Call call = NewCall();
    EXPECT_OK(act(call)) << what;
    Reopen();
    const size_t events = EventTypes().size();
    EXPECT_THAT(again(call), StatusIs(StatusCode::kAlreadyExists)) << what;
    EXPECT_EQ(EventTypes().size(), events) << what;
    EXPECT_OK(again(NewCall())) << what;
  }
  FilingRecord Filing(const model::Call& call, const std::string& reason) {
    model::Request request{.kind = ssh::CertificateKind::kUser, .key = KeyNumber(5)};
    request.ask.reason = reason;
    model::Pending pending;
    pending.terms.grant = "root";
    pending.needs = {{2, "groups [leads]", {}}};
    pending.within = absl::Minutes(30);
    const std::string digest = model::AskedDigest(alice_.subject, request.kind, request.ask);
    return {call, alice_, request, pending, digest};
  }
  FiledState File(const std::string& reason) {
    return ledger().FileRequest(Filing(NewCall(), reason)).value();
  }
  absl::Status Bind(const std::string& subject, uint64_t key) {
    SessionRecord session = Session(subject, key);
    session.identity.issuer = "https://id.example.com";
    session.identity.issuer_subject = subject;
    return ledger().RecordSession(NewCall(), session);
  }
  absl::Status BreakGlass(uint64_t key) {
    IssuanceBatch batch = Batch(alice_, {KeyNumber(key)});
    batch.issuances[0].granted.break_glass = true;
    return RecordIssuances(ledger(), batch).status();
  }

  const model::Identity alice_ = IdentityOf("user:alice@people");
  const model::Identity olga_ = IdentityOf("user:olga@people");
};

TEST_F(Replays, OfIssuancesAreRefused) {
  const auto issue = [&](uint64_t key) {
    return [this, key](const model::Call& call) {
      IssuanceBatch batch = Batch(alice_, {KeyNumber(key)});
      batch.call = call;
      return RecordIssuances(ledger(), batch).status();
    };
  };
  Expect("an issuance", issue(1), issue(2));
  ASSERT_OK(MakeToken(Token(500, 9)));
  const auto enrol = [&](const std::string& name, uint64_t key) {
    return [this, name, key](const model::Call& call) {
      IssuanceBatch batch = Enrolment(name, {KeyNumber(key)}, 500);
      batch.call.further = {{call.document, call.signatures, call.issued_at}};
      return RecordIssuances(ledger(), batch).status();
    };
  };
  Expect("the second document of an enrolment", enrol("web1.example.com", 3),
         enrol("web2.example.com", 4));
}

TEST_F(Replays, OfSessionsAreRefused) {
  const auto start = [&](uint64_t key) {
    return [this, key](const model::Call& call) {
      return ledger().RecordSession(call, Session("user:alice@people", key));
    };
  };
  Expect("a login", start(1), start(2));
  const auto end = [&](uint64_t key) {
    return [this, key](const model::Call& call) {
      return ledger().EndSession(call, alice_, KeyNumber(key).Fingerprint());
    };
  };
  Expect("a logout", end(1), end(2));
}

TEST_F(Replays, OfRequestsAndReviewsAreRefused) {
  const auto file = [&](const std::string& reason) {
    return [this, reason](const model::Call& call) {
      return ledger().FileRequest(Filing(call, reason)).status();
    };
  };
  Expect("a request", file("one"), file("two"));
  const FiledState filed = File("three"), other = File("four");
  const auto approve = [&](const std::string& who) {
    return [this, who, filed](const model::Call& call) {
      return ledger().ApproveRequest(call, IdentityOf(who), filed.number, filed.digest);
    };
  };
  Expect("an approval", approve("user:bob@people"), approve("user:carol@people"));
  const auto close = [&](uint64_t number) {
    return [this, number](const model::Call& call) {
      return ledger().CloseRequest(call, olga_, number, Closing::kDenied, "no");
    };
  };
  Expect("a closing", close(filed.number), close(other.number));
  ASSERT_OK(BreakGlass(7));
  ASSERT_OK(BreakGlass(8));
  ASSERT_OK_AND_ASSIGN(const std::vector<ReviewState> open, ledger().ListReviews(true, 10));
  ASSERT_EQ(open.size(), 2u);
  const auto review = [&](ssh::Serial serial) {
    return [this, serial](const model::Call& call) {
      return ledger().CloseReview(call, olga_, serial, "seen");
    };
  };
  Expect("a review", review(open[0].serial), review(open[1].serial));
}

TEST_F(Replays, OfOperatorsActsAreRefused) {
  const auto token = [&](uint64_t key) {
    return [this, key](const model::Call& call) {
      return ledger().RecordJoinToken(call, olga_, Token(key, 1));
    };
  };
  Expect("a join token", token(1), token(2));
  const auto add = [&](const std::string& name, uint64_t key) {
    return [this, name, key](const model::Call& call) {
      return ledger().RecordUsers(call, olga_,
                                  {{"ssh-key", name, {"engineering"}, {KeyNumber(key)}}});
    };
  };
  Expect("an enrolment of people", add("bob", 3), add("carol", 4));
  const auto remove = [&](const std::string& name) {
    return [this, name](const model::Call& call) {
      return ledger().RemoveUser(call, olga_, "ssh-key", SubjectNamed("user:" + name + "@people"));
    };
  };
  Expect("a removal", remove("bob"), remove("carol"));
  ASSERT_OK(Bind("user:dave@people", 5));
  ASSERT_OK(Bind("user:erin@people", 6));
  const auto release = [&](const std::string& subject) {
    return [this, subject](const model::Call& call) {
      return ledger().ReleaseName(call, olga_, SubjectNamed(subject)).status();
    };
  };
  Expect("a release", release("user:dave@people"), release("user:erin@people"));
  const auto take = [&](const model::Call& call) { return ledger().TakeDocuments(call); };
  Expect("what is recorded by others", take, take);
}

}  // namespace
}  // namespace mayfly::ledger
