#include <atomic>
#include <functional>
#include <set>
#include <thread>

#include "tests/ca/ledger/ledger_fixture.h"

namespace mayfly::ledger {
namespace {

constexpr int kThreads = 8;

void InThreads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

class LedgerThreads : public LedgerTest {};

TEST_F(LedgerThreads, SerialsAreUnique) {
  std::vector<std::vector<uint64_t>> taken(kThreads);
  InThreads(kThreads, [&](int thread) {
    for (int i = 0; i < 200; ++i) {
      taken[static_cast<size_t>(thread)].push_back(
          ledger().NextSerial().value_or(ssh::Serial{0}).value);
    }
  });
  std::set<uint64_t> all;
  for (const auto& one : taken) all.insert(one.begin(), one.end());
  EXPECT_EQ(all.size(), kThreads * 200u);
  EXPECT_FALSE(all.contains(0));
}

TEST_F(LedgerThreads, ExactlyOneOwnerWinsAKey) {
  for (uint64_t key = 1; key <= 20; ++key) {
    std::atomic<int> won = 0, denied = 0;
    InThreads(kThreads, [&](int thread) {
      const absl::Status status =
          IssueUser("user:u" + std::to_string(thread) + "@people", key).status();
      if (status.ok()) ++won;
      if (absl::IsPermissionDenied(status)) ++denied;
    });
    ASSERT_EQ(won, 1);
    ASSERT_EQ(denied, kThreads - 1);
  }
  EXPECT_EQ(EventTypes().size(), 20u);
}

TEST_F(LedgerThreads, ExactlyOneHostGetsTheLastUseOfAToken) {
  for (uint64_t token = 500; token < 510; ++token) {
    ASSERT_OK(MakeToken(Token(token, 3)));
    std::atomic<int> won = 0, denied = 0;
    InThreads(kThreads, [&](int thread) {
      const uint64_t number = token * 100 + static_cast<uint64_t>(thread);
      const absl::Status status =
          RecordIssuances(ledger(), Enrolment("web" + std::to_string(number) + ".example.com",
                                              {KeyNumber(number)}, token))
              .status();
      if (status.ok()) ++won;
      if (absl::IsPermissionDenied(status)) ++denied;
    });
    ASSERT_EQ(won, 3);
    ASSERT_EQ(denied, kThreads - 3);
  }
  ASSERT_OK_AND_ASSIGN(const auto hosts, ledger().ListHosts());
  EXPECT_EQ(hosts.size(), 30u);
}

TEST_F(LedgerThreads, ExactlyOneOfManyReplaysIsIssued) {
  for (int round = 0; round < 10; ++round) {
    IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
    std::atomic<int> won = 0, replayed = 0;
    InThreads(kThreads, [&](int) {
      IssuanceBatch mine = batch;
      mine.issuances[0].body.serial = ledger().NextSerial().value_or(ssh::Serial{0});
      const absl::Status status = RecordIssuances(ledger(), mine).status();
      if (status.ok()) ++won;
      if (absl::IsAlreadyExists(status)) ++replayed;
    });
    ASSERT_EQ(won, 1);
    ASSERT_EQ(replayed, kThreads - 1);
  }
}

// A logout and issuances at once: what was decided before it is not recorded after it.
TEST_F(LedgerThreads, NothingIsRecordedAtAGenerationThatHasPassed) {
  for (uint64_t round = 1; round <= 20; ++round) {
    ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:bob@people", 90000 + round)));
    std::vector<IssuanceBatch> batches;
    for (uint64_t i = 0; i < kThreads; ++i) {
      batches.push_back(Batch(IdentityOf("user:alice@people"), {KeyNumber(round * 100 + i)}));
    }
    std::atomic<int> unexpected = 0;
    InThreads(kThreads + 1, [&](int thread) {
      if (thread == kThreads) {
        if (!ledger()
                 .EndSession(NewCall(), IdentityOf("user:bob@people"),
                             KeyNumber(90000 + round).Fingerprint())
                 .ok()) {
          ++unexpected;
        }
        return;
      }
      const absl::Status status =
          RecordIssuances(ledger(), batches[static_cast<size_t>(thread)]).status();
      if (!status.ok() && !absl::IsAborted(status)) ++unexpected;
    });
    ASSERT_EQ(unexpected, 0);
    bool ended = false;
    ASSERT_OK_AND_ASSIGN(const auto events, ledger().RecentEvents(kThreads + 1));
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
      if (event->type == "session_started") ended = false;
      if (event->type == "session_ended") ended = true;
      ASSERT_FALSE(ended && event->type == "issuance") << "recorded after the logout";
    }
  }
}

}  // namespace
}  // namespace mayfly::ledger
