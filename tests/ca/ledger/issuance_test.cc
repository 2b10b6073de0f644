#include <set>

#include "tests/ca/ledger/ledger_fixture.h"

namespace mayfly::ledger {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Issuance : public LedgerTest {};

TEST_F(Issuance, GivesOneTicketForEachBodyInOrder) {
  const IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(1), KeyNumber(2)});
  ASSERT_OK_AND_ASSIGN(const auto tickets, RecordIssuances(ledger(), batch));
  ASSERT_THAT(tickets, SizeIs(2));
  EXPECT_EQ(tickets[0].body(), batch.issuances[0].body);
  EXPECT_EQ(tickets[1].body(), batch.issuances[1].body);
}

TEST_F(Issuance, IsFoundBySerialAndIsNotSignedUntilItIs) {
  const IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
  const ssh::CertificateBody& body = batch.issuances[0].body;
  ASSERT_OK(RecordIssuances(ledger(), batch));
  ASSERT_OK_AND_ASSIGN(CertificateState state, ledger().FindCertificate(body.serial));
  EXPECT_FALSE(state.is_signed);
  EXPECT_THAT(state.certificate, IsEmpty());
  EXPECT_EQ(state.subject.ToString(), "user:alice@people");
  EXPECT_EQ(state.key_id, "user:alice@people/1");
  EXPECT_EQ(state.grant, "staging-shell");
  EXPECT_THAT(state.principals, ElementsAre("alice", "deploy"));
  EXPECT_EQ(state.key_fingerprint, KeyNumber(1).Fingerprint().text);
  EXPECT_EQ(state.ca_fingerprint, body.signature_key.Fingerprint().text);
  EXPECT_EQ(state.valid_before, body.valid_before());
  EXPECT_EQ(state.request_id, batch.call.request_id);

  const ssh::Certificate certificate = Sign(body);
  ledger().RecordSignedLater(batch.call, batch.identity.subject, {certificate});
  Reopen();
  ASSERT_OK_AND_ASSIGN(state, ledger().FindCertificate(body.serial));
  EXPECT_TRUE(state.is_signed);
  EXPECT_EQ(state.certificate, certificate.Encode());
}

TEST_F(Issuance, ThatItWasSignedIsRecordedLaterWithoutWaiting) {
  const IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(1), KeyNumber(2)});
  ASSERT_OK(RecordIssuances(ledger(), batch));
  const std::vector<ssh::Certificate> certificates = {Sign(batch.issuances[0].body),
                                                      Sign(batch.issuances[1].body)};
  ledger().RecordSignedLater(batch.call, batch.identity.subject, certificates);
  Reopen();
  for (const ssh::Certificate& certificate : certificates) {
    ASSERT_OK_AND_ASSIGN(const CertificateState state,
                         ledger().FindCertificate(certificate.body.serial));
    EXPECT_EQ(state.certificate, certificate.Encode());
  }
  EXPECT_THAT(EventTypes(), ElementsAre("issuance", "signed"));
  ASSERT_OK_AND_ASSIGN(const auto events, ledger().EventsOfRequest(batch.call.request_id));
  EXPECT_THAT(events, SizeIs(2));
}

TEST_F(Issuance, WhatWasNotRecordedIsNeverSigned) {
  const IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
  ASSERT_OK(RecordIssuances(ledger(), batch));
  ssh::CertificateBody other = batch.issuances[0].body;
  other.principals = {"root"};
  ledger().RecordSignedLater(batch.call, batch.identity.subject, {Sign(other)});
  other.serial.value = 12345;
  ledger().RecordSignedLater(batch.call, batch.identity.subject, {Sign(other)});
  Reopen();
  ASSERT_OK_AND_ASSIGN(const CertificateState state,
                       ledger().FindCertificate(batch.issuances[0].body.serial));
  EXPECT_FALSE(state.is_signed);
  EXPECT_THAT(ledger().FindCertificate(other.serial), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(EventTypes(), ElementsAre("issuance"));
}

TEST_F(Issuance, RefusesAReplay) {
  IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
  ASSERT_OK(RecordIssuances(ledger(), batch));
  ASSERT_OK_AND_ASSIGN(batch.issuances[0].body.serial, ledger().NextSerial());
  EXPECT_THAT(RecordIssuances(ledger(), batch), StatusIs(StatusCode::kAlreadyExists));
  Reopen();
  EXPECT_THAT(RecordIssuances(ledger(), batch), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_THAT(EventTypes(), SizeIs(1));
}

TEST_F(Issuance, RefusesAReplayOfAFurtherDocument) {
  IssuanceBatch first = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
  first.call.further = {{ToBytes(std::string_view("second document")), {}, first.call.issued_at}};
  ASSERT_OK(RecordIssuances(ledger(), first));
  IssuanceBatch second = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
  second.call.document = first.call.further[0].document;
  EXPECT_THAT(RecordIssuances(ledger(), second), StatusIs(StatusCode::kAlreadyExists));
}

TEST_F(Issuance, RefusesAReplayOfARefusedCall) {
  IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
  ASSERT_OK(ledger().RecordDenial({batch.call, batch.identity, std::nullopt, {}}));
  EXPECT_OK(ledger().RecordDenial({batch.call, batch.identity, std::nullopt, {}}));
  EXPECT_THAT(RecordIssuances(ledger(), batch), StatusIs(StatusCode::kAlreadyExists));
}

TEST_F(Issuance, IsAbortedWhenTheGenerationMoved) {
  ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:bob@people", 7)));
  const IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
  ASSERT_OK(
      ledger().EndSession(NewCall(), IdentityOf("user:bob@people"), KeyNumber(7).Fingerprint()));
  EXPECT_THAT(RecordIssuances(ledger(), batch), StatusIs(StatusCode::kAborted));
  EXPECT_THAT(ledger().FindCertificate(batch.issuances[0].body.serial),
              StatusIs(StatusCode::kNotFound));
}

TEST_F(Issuance, AKeyBelongsToOneOwnerForEver) {
  ASSERT_OK(IssueUser("user:alice@people", 1));
  EXPECT_OK(IssueUser("user:alice@people", 1));
  EXPECT_THAT(IssueUser("user:bob@people", 1),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("another owner")));
  EXPECT_THAT(IssueUser("user:alice@contractors", 1), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(ledger().KeyOwner(KeyNumber(1).Fingerprint()), IsOkAndHolds("user:alice@people"));
  EXPECT_THAT(ledger().KeyOwner(KeyNumber(2).Fingerprint()), IsOkAndHolds(""));
}

TEST_F(Issuance, ABatchIsAllOrNothing) {
  ASSERT_OK(IssueUser("user:alice@people", 1));
  const IssuanceBatch batch = Batch(IdentityOf("user:bob@people"), {KeyNumber(2), KeyNumber(1)});
  EXPECT_THAT(RecordIssuances(ledger(), batch), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(ledger().FindCertificate(batch.issuances[0].body.serial),
              StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(ledger().KeyOwner(KeyNumber(2).Fingerprint()), IsOkAndHolds(""));
  EXPECT_THAT(EventTypes(), SizeIs(1));
}

TEST_F(Issuance, NeverRecordsASerialTwiceOrSerialZero) {
  IssuanceBatch first = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
  ASSERT_OK(RecordIssuances(ledger(), first));
  IssuanceBatch second = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
  second.issuances[0].body.serial = first.issuances[0].body.serial;
  EXPECT_THAT(RecordIssuances(ledger(), second), StatusIs(StatusCode::kInternal));
  second.issuances[0].body.serial.value = 0;
  EXPECT_THAT(RecordIssuances(ledger(), second), StatusIs(StatusCode::kInternal));
}

TEST_F(Issuance, SerialsBeginAtOneAndNeverComeBack) {
  std::set<uint64_t> seen;
  for (int restart = 0; restart < 4; ++restart) {
    for (int i = 0; i < 300; ++i) {
      ASSERT_OK_AND_ASSIGN(const ssh::Serial serial, ledger().NextSerial());
      ASSERT_TRUE(seen.empty() || serial.value > *seen.rbegin());
      seen.insert(serial.value);
    }
    Reopen();
  }
  EXPECT_EQ(*seen.begin(), 1u);
  EXPECT_LT(*seen.rbegin(), uint64_t{1} << 40);
}

TEST_F(Issuance, ListsNewestFirstInPages) {
  for (uint64_t i = 1; i <= 5; ++i) ASSERT_OK(IssueUser("user:alice@people", i));
  ASSERT_OK(IssueUser("user:bob@people", 6));
  CertificateQuery query;
  query.limit = 4;
  ASSERT_OK_AND_ASSIGN(const auto all, ledger().ListCertificates(query));
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_EQ(all[0].subject.name, "bob");
  EXPECT_GT(all[0].serial, all[1].serial);
  query.before_serial = all[3].serial.value;
  ASSERT_OK_AND_ASSIGN(const auto rest, ledger().ListCertificates(query));
  EXPECT_THAT(rest, SizeIs(2));
  query.before_serial = 0;
  query.subject = "user:bob@people";
  ASSERT_OK_AND_ASSIGN(const auto bobs, ledger().ListCertificates(query));
  EXPECT_THAT(bobs, SizeIs(1));
}

TEST_F(Issuance, ListsByKindAndByExpiry) {
  ASSERT_OK(IssueUser("user:alice@people", 1));
  clock().Advance(absl::Hours(5));
  ASSERT_OK(IssueUser("user:alice@people", 2));
  CertificateQuery query;
  query.only_valid = true;
  query.now = clock().Now() + absl::Hours(3);  // When the first is eight hours old.
  ASSERT_OK_AND_ASSIGN(const auto valid, ledger().ListCertificates(query));
  ASSERT_THAT(valid, SizeIs(1));
  EXPECT_EQ(valid[0].key_fingerprint, KeyNumber(2).Fingerprint().text);
  query.kind = ssh::CertificateKind::kHost;
  EXPECT_THAT(ledger().ListCertificates(query), IsOkAndHolds(IsEmpty()));
}

TEST_F(Issuance, AHugeSerialIsNotFoundRatherThanAnotherOne) {
  ASSERT_OK(IssueUser("user:alice@people", 1));
  EXPECT_THAT(ledger().FindCertificate({~uint64_t{0}}), StatusIs(StatusCode::kNotFound));
  CertificateQuery query;
  query.before_serial = ~uint64_t{0};
  EXPECT_THAT(ledger().ListCertificates(query), IsOkAndHolds(SizeIs(1)));
}

}  // namespace
}  // namespace mayfly::ledger
