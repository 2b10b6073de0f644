// Whatever write fails, nothing is signed that is not recorded.
#include "tests/ca/ledger/ledger_fixture.h"
#include "tests/testing/faulty_store.h"

namespace mayfly::ledger {
namespace {

using ::testing::IsEmpty;

struct Fault {
  const char* name;
  FaultyStore::Fault fault;
};

class Faults : public ::testing::TestWithParam<Fault> {};

// What the CA does in a day, in small. Every ticket that was given out.
std::vector<IssuanceTicket> ADay(LedgerWorld& world) {
  std::vector<IssuanceTicket> given;
  const auto keep = [&](absl::StatusOr<std::vector<IssuanceTicket>> tickets) {
    if (!tickets.ok()) return;
    for (IssuanceTicket& ticket : *tickets) given.push_back(std::move(ticket));
  };
  keep(world.IssueUser("user:alice@people", 1));
  world.MakeToken(world.Token(500, 2)).IgnoreError();
  const auto batch = world.Enrolment("web1.example.com", {KeyNumber(2), KeyNumber(3)}, 500);
  keep(RecordIssuances(world.ledger(), batch));
  keep(RecordIssuances(world.ledger(),
                       world.Enrolment("web1.example.com", {KeyNumber(2), KeyNumber(3)}, 500)));
  world.ledger().RecordSession(world.NewCall(), world.Session("user:bob@people", 9)).IgnoreError();
  world.ledger()
      .EndSession(world.NewCall(), IdentityOf("user:bob@people"), KeyNumber(9).Fingerprint())
      .IgnoreError();
  for (const IssuanceTicket& ticket : given) {
    world.ledger().RecordSignedLater(world.NewCall(), SubjectNamed("user:alice@people"),
                                     {world.Sign(ticket.body())});
  }
  world.ledger().CountStranger("stale");
  world.ledger().FlushStrangers().IgnoreError();
  keep(world.IssueUser("user:alice@people", 1));
  return given;
}

TEST_P(Faults, NoTicketWithoutADurableRecord) {
  bool struck = true;
  int rounds = 0;
  for (int n = 1; struck; ++n, ++rounds) {
    ASSERT_LT(n, 100);
    LedgerWorld world;
    ASSERT_OK_AND_ASSIGN(auto real, store::OpenSqliteStore(world.path()));
    auto faulty = std::make_unique<FaultyStore>(std::move(real), n, GetParam().fault);
    const FaultyStore* disk = faulty.get();
    ASSERT_OK(world.OpenOn(std::move(faulty)));
    const std::vector<IssuanceTicket> tickets = ADay(world);
    struck = disk->failed();
    world.Close();

    ASSERT_OK(world.Open());
    for (const IssuanceTicket& ticket : tickets) {
      ASSERT_OK_AND_ASSIGN(const CertificateState state,
                           world.ledger().FindCertificate(ticket.body().serial));
      EXPECT_EQ(state.key_fingerprint, ticket.body().key.Fingerprint().text);
    }
    ASSERT_OK_AND_ASSIGN(const auto events, world.ledger().RecentEvents(1000));
    for (size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(events[i].sequence, static_cast<int64_t>(events.size() - i)) << "a gap";
    }
    if (!struck) {
      EXPECT_EQ(tickets.size(), 6u);
    }
  }
  EXPECT_GT(rounds, 8);
}

INSTANTIATE_TEST_SUITE_P(Disk, Faults,
                         ::testing::Values(Fault{"NotWritten", FaultyStore::Fault::kBefore},
                                           Fault{"WrittenButNotAnswered",
                                                 FaultyStore::Fault::kAfter}),
                         [](const auto& tested) { return tested.param.name; });

TEST(LedgerFaults, SerialsAreNotReusedAfterALostReservation) {
  LedgerWorld world;
  ASSERT_OK_AND_ASSIGN(auto real, store::OpenSqliteStore(world.path()));
  ASSERT_OK(
      world.OpenOn(std::make_unique<FaultyStore>(std::move(real), 1, FaultyStore::Fault::kAfter)));
  EXPECT_FALSE(world.ledger().NextSerial().ok());
  ASSERT_OK_AND_ASSIGN(const ssh::Serial serial, world.ledger().NextSerial());
  EXPECT_EQ(serial.value, 257u);
}

TEST(LedgerFaults, StrangersThatCouldNotBeRecordedAreCountedAgain) {
  LedgerWorld world;
  ASSERT_OK_AND_ASSIGN(auto real, store::OpenSqliteStore(world.path()));
  ASSERT_OK(world.OpenOn(std::make_unique<FaultyStore>(std::move(real), 1)));
  world.ledger().CountStranger("stale");
  EXPECT_FALSE(world.ledger().FlushStrangers().ok());
  world.ledger().CountStranger("stale");
  world.clock().Advance(absl::Minutes(1));
  ASSERT_OK(world.ledger().FlushStrangers());
  ASSERT_OK_AND_ASSIGN(const auto events, world.ledger().RecentEvents(1));
  EXPECT_THAT(events.at(0).json, ::testing::HasSubstr(R"("count":"2")"));
}

}  // namespace
}  // namespace mayfly::ledger
