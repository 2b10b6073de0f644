// The life of a request under load, on a real store, while what it rests on changes.
#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "ca/issuance/issuer.h"
#include "ca/server/work_queue.h"
#include "fmt/format.h"
#include "tests/ca/ledger/ledger_fixture.h"
#include "tests/ca/policy/policy_world.h"
#include "tests/testing/faulty_store.h"

namespace mayfly::issuance {
namespace {

using absl::StatusCode;
using Outcome = absl::StatusOr<IssueOutcome>;
using Policy = std::shared_ptr<const policy::PolicySet>;

// Two sets that differ in two ways.
Policy PolicyWith(int hours, const std::string& login) {
  return policy::PolicyOf(
      fmt::format("grants:\n"
                  "  - name: engineers\n"
                  "    for: {{realm: people, groups: [engineering]}}\n"
                  "    user_certificate:\n"
                  "      hosts: any\n"
                  "      logins: [{}]\n"
                  "      lifetime: {{default: {}h, max: {}h}}\n"
                  "    default: true\n",
                  login, hours, hours));
}

keys::RingKey RingKeyOf(const char* role, uint64_t seed) {
  FakeRandom random(seed);
  ssh::PrivateKey key = ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random).value();
  keys::KeyFileHeader header{role, keys::KeyOrigin::kMade, 1, key.public_key()};
  return {std::move(header), keys::MakeMemorySigner(std::move(key))};
}

// What one caller asks, and for how long it must be kept.
struct Asked {
  model::Call call;
  model::Identity identity;
  std::vector<model::Request> requests;
};

class IssuerThreads : public ledger::LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    absl::StatusOr<keys::KeyRing> ring = keys::KeyRing::Create(
        RingKeyOf("trust", 1), RingKeyOf("user-ca", 2), RingKeyOf("host-ca", 3));
    ASSERT_OK(ring);
    ring_ = std::make_unique<keys::KeyRing>(*std::move(ring));
    MakeIssuer();
  }
  void MakeIssuer() {
    IssuerSeams seams;
    seams.policy = [this] {
      const MutexLock lock(mutex_);
      return policy_;
    };
    // Asked once the facts were read, and before anything is recorded.
    seams.is_credential = [this](const ssh::PublicKey&) {
      if (meanwhile_) meanwhile_();
      return false;
    };
    issuer_ = std::make_unique<Issuer>(IssuerOptions(), std::move(seams), ledger(), *ring_, clock(),
                                       random());
  }
  void Apply(Policy policy) {
    const MutexLock lock(mutex_);
    policy_ = std::move(policy);
  }
  std::shared_ptr<Asked> Ask(const std::string& user, uint64_t key) {
    auto asked = std::make_shared<Asked>();
    asked->call = NewCall();
    asked->identity = ledger::IdentityOf("user:" + user + "@people");
    asked->requests.push_back({.kind = ssh::CertificateKind::kUser, .key = ledger::KeyNumber(key)});
    return asked;
  }
  Outcome Issue(const std::string& user, uint64_t key) {
    const auto asked = Ask(user, key);
    return issuer_->Issue(asked->call, asked->identity, asked->requests, std::nullopt);
  }
  // A session ends, so whatever was decided must be decided again.
  void MoveGeneration(uint64_t session_key) {
    ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:carol@people", session_key)));
    ASSERT_OK(ledger().EndSession(NewCall(), ledger::IdentityOf("user:carol@people"),
                                  ledger::KeyNumber(session_key).Fingerprint()));
  }

  std::unique_ptr<keys::KeyRing> ring_;
  std::unique_ptr<Issuer> issuer_;
  std::function<void()> meanwhile_;

 private:
  Mutex mutex_;
  Policy policy_ ABSL_GUARDED_BY(mutex_) = PolicyWith(1, "one");
};

const ssh::Certificate& CertificateOf(const Outcome& outcome) {
  return std::get<std::vector<IssuedCertificate>>(*outcome).front().certificate;
}

TEST_F(IssuerThreads, EveryCallIsAnsweredOnceAndWhatIsIssuedIsRecorded) {
  constexpr int kClients = 4;
  constexpr int kCalls = 60;
  Mutex mutex;
  std::vector<ssh::Certificate> issued;
  std::atomic<int> answered = 0;
  std::atomic<bool> over = false;
  std::thread changing([&] {
    for (uint64_t i = 0; !over; ++i) {
      Apply(i % 2 == 0 ? PolicyWith(2, "two") : PolicyWith(1, "one"));
      if (i % 8 == 0) MoveGeneration(100000 + i);
    }
  });
  {
    server::WorkQueue steps(3, kClients * kCalls);
    std::vector<std::thread> clients;
    for (int client = 0; client < kClients; ++client) {
      clients.emplace_back([&, client] {
        for (int i = 0; i < kCalls; ++i) {
          const auto asked =
              Ask("u" + std::to_string(client), static_cast<uint64_t>(1000 * (client + 1) + i));
          ASSERT_TRUE(steps.Submit([&, asked] {
            issuer_->IssueThen(
                asked->call, asked->identity, asked->requests, std::nullopt,
                [&](std::function<void()> work) { steps.Resume(std::move(work)); },
                [&, asked](const Outcome& outcome) {
                  ++answered;
                  // A generation that moves all the time may spoil all eight attempts.
                  if (absl::IsAborted(outcome.status())) return;
                  ASSERT_OK(outcome);
                  const MutexLock lock(mutex);
                  issued.push_back(CertificateOf(outcome));
                });
          }));
        }
      });
    }
    for (std::thread& client : clients) client.join();
    while (answered < kClients * kCalls) std::this_thread::yield();
    over = true;
    changing.join();
  }
  EXPECT_EQ(answered, kClients * kCalls);
  EXPECT_GT(issued.size(), kClients * kCalls / 2u);
  std::set<uint64_t> serials;
  for (const ssh::Certificate& certificate : issued) {
    const ssh::CertificateBody& body = certificate.body;
    EXPECT_TRUE(serials.insert(body.serial.value).second);
    EXPECT_OK(certificate.VerifySignature());
    // Half of one policy and half of the other would show.
    const uint64_t seconds = body.valid_before_unix_s - body.valid_after_unix_s - 60;
    EXPECT_EQ(seconds, body.principals.at(0) == "one" ? 3600u : 7200u);
    ASSERT_OK_AND_ASSIGN(const ledger::CertificateState state,
                         ledger().FindCertificate(body.serial));
    EXPECT_EQ(state.key_fingerprint, body.key.Fingerprint().text);
  }
}

TEST_F(IssuerThreads, DecidesAgainWhenTheGenerationMoved) {
  int looked = 0;
  meanwhile_ = [&] {
    if (++looked <= 2) MoveGeneration(500 + static_cast<uint64_t>(looked));
  };
  const Outcome outcome = Issue("alice", 1);
  ASSERT_OK(outcome);
  EXPECT_EQ(looked, 3);
  EXPECT_EQ(CertificateOf(outcome).body.principals.at(0), "one");
}

TEST_F(IssuerThreads, GivesUpWhenTheGenerationNeverRests) {
  uint64_t looked = 0;
  meanwhile_ = [&] { MoveGeneration(500 + ++looked); };
  EXPECT_EQ(Issue("alice", 1).status().code(), StatusCode::kAborted);
  EXPECT_EQ(looked, 8u);
}

TEST_F(IssuerThreads, AKeyThatAnotherClaimsMeanwhileIsRefusedAndTheRefusalRecorded) {
  bool first = true;
  meanwhile_ = [&] {
    if (!std::exchange(first, false)) return;
    ASSERT_OK(Issue("bob", 1));
  };
  const Outcome outcome = Issue("alice", 1);
  ASSERT_OK(outcome);
  const auto* denied = std::get_if<model::Denied>(&*outcome);
  ASSERT_NE(denied, nullptr);
  EXPECT_EQ(denied->rule, "built-in: claims");
  EXPECT_THAT(denied->message, ::testing::HasSubstr("belongs to another owner"));
  // Bob's, what Alice was told, and in between or behind that Bob's was signed.
  EXPECT_THAT(EventTypes(), ::testing::UnorderedElementsAre("issuance", "signed", "denial"));
}

// Whatever write fails, no certificate leaves without its record, and every call is answered.
TEST(IssuerFaults, AnAnswerWithoutARecordIsAnError) {
  for (const FaultyStore::Fault fault : {FaultyStore::Fault::kBefore, FaultyStore::Fault::kAfter}) {
    bool struck = true;
    for (int n = 1; struck; ++n) {
      ASSERT_LT(n, 50);
      ledger::LedgerWorld world;
      ASSERT_OK_AND_ASSIGN(auto real, store::OpenSqliteStore(world.path()));
      auto faulty = std::make_unique<FaultyStore>(std::move(real), n, fault);
      const FaultyStore* disk = faulty.get();
      ASSERT_OK(world.OpenOn(std::move(faulty)));
      ASSERT_OK_AND_ASSIGN(const keys::KeyRing ring,
                           keys::KeyRing::Create(RingKeyOf("trust", 1), RingKeyOf("user-ca", 2),
                                                 RingKeyOf("host-ca", 3)));
      IssuerSeams seams;
      seams.policy = [policy = PolicyWith(1, "one")] { return policy; };
      seams.is_credential = [](const ssh::PublicKey&) { return false; };
      Issuer issuer(IssuerOptions(), std::move(seams), world.ledger(), ring, world.clock(),
                    world.random());
      std::vector<ssh::Certificate> held;
      for (uint64_t key = 1; key <= 3; ++key) {
        const model::Call call = world.NewCall();
        const model::Identity identity = ledger::IdentityOf("user:alice@people");
        std::vector<model::Request> requests;
        requests.push_back({.kind = ssh::CertificateKind::kUser, .key = ledger::KeyNumber(key)});
        const Outcome outcome = issuer.Issue(call, identity, requests, std::nullopt);
        if (outcome.ok()) held.push_back(CertificateOf(outcome));
      }
      struck = disk->failed();
      if (!struck) {
        EXPECT_EQ(held.size(), 3u);
      }
      world.Close();
      ASSERT_OK(world.Open());
      for (const ssh::Certificate& certificate : held) {
        EXPECT_OK(world.ledger().FindCertificate(certificate.body.serial).status());
      }
    }
  }
}

}  // namespace
}  // namespace mayfly::issuance
