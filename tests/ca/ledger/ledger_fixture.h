// A world for tests of the ledger: a store in a folder of its own, a clock, and people, hosts and
// calls.
#ifndef MAYFLY_TESTS_CA_LEDGER_LEDGER_FIXTURE_H_
#define MAYFLY_TESTS_CA_LEDGER_LEDGER_FIXTURE_H_

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "ca/ledger/ledger.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/private_key.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ledger {

inline ssh::PublicKey KeyNumber(uint64_t number) {
  FakeRandom random(number);
  return ssh::PublicKey::Ed25519(random.Take(32));
}

inline model::Subject SubjectNamed(const std::string& text) {
  return model::Subject::Parse(text).value();
}

inline model::Identity IdentityOf(const std::string& subject) {
  model::Identity identity;
  identity.subject = SubjectNamed(subject);
  identity.authenticator = "ssh-key";
  identity.proof_key = KeyNumber(99).Fingerprint().text;
  identity.groups = model::Fact<std::vector<std::string>>::Known({"engineering"});
  identity.authenticated_at = absl::FromUnixSeconds(1772441000);
  return identity;
}

// Records, and waits until it is durable.
inline absl::StatusOr<std::vector<IssuanceTicket>> RecordIssuances(Ledger& ledger,
                                                                   const IssuanceBatch& batch) {
  std::promise<absl::StatusOr<std::vector<IssuanceTicket>>> recorded;
  ledger.RecordIssuances(
      batch, [](const std::function<void()>& work) { work(); },
      [&](auto tickets) { recorded.set_value(std::move(tickets)); });
  return recorded.get_future().get();
}

class LedgerWorld {
 public:
  LedgerWorld() : ca_(MakeCa()) {}

  absl::Status Open() { return OpenOn(store::OpenSqliteStore(path())); }
  absl::Status OpenOn(absl::StatusOr<std::unique_ptr<store::Store>> store) {
    if (!store.ok()) return store.status();
    absl::StatusOr<std::unique_ptr<Ledger>> ledger =
        Ledger::Open(*std::move(store), clock_, random_);
    if (!ledger.ok()) return ledger.status();
    ledger_ = *std::move(ledger);
    return absl::OkStatus();
  }
  void Close() { ledger_.reset(); }
  std::string path() const { return JoinPath(folder_.path(), "ledger.db"); }
  Ledger& ledger() { return *ledger_; }
  FakeClock& clock() { return clock_; }
  FakeRandom& random() { return random_; }

  // A call that nobody made before. Thread-safe.
  model::Call NewCall() {
    const Bytes nonce = random_.Take(16);
    model::Call call;
    call.request_id = HexEncode(BytesView(nonce).first(13));
    call.method = "/mayfly.v1.Certificates/IssueUser";
    call.document = nonce;
    call.signatures = {ToBytes(std::string_view("signature"))};
    call.peer = model::Fact<IpAddress>::Known(IpAddress::Parse("192.0.2.7").value());
    call.received_at = clock_.Now();
    call.issued_at = clock_.Now();
    return call;
  }

  // What a certificate for `key` would be, with the serial given.
  IssuanceRecord Issuance(const model::Subject& subject, const ssh::PublicKey& key,
                          ssh::Serial serial) {
    const bool host = subject.kind == model::SubjectKind::kHost;
    const auto kind = host ? ssh::CertificateKind::kHost : ssh::CertificateKind::kUser;
    model::Granted granted;
    granted.terms.kind = kind;
    granted.terms.grant = host ? "web-hosts" : "staging-shell";
    granted.terms.principals = {subject.name, "deploy"};
    granted.terms.lifetime = absl::Hours(8);
    granted.policy_hash = std::string(64, 'a');
    granted.trace = {{"grant staging-shell",
                      "a.yaml:3",
                      "granted",
                      {{"groups: any of [engineering]", model::Outcome::kHeld, ""}}}};
    ssh::CertificateBody body{.key = key, .signature_key = ca_.public_key()};
    body.nonce = random_.Take(32);
    body.serial = serial;
    body.kind = kind;
    body.key_id = model::KeyId{subject, 1}.ToString();
    body.principals = granted.terms.principals;
    body.valid_after_unix_s = static_cast<uint64_t>(absl::ToUnixSeconds(clock_.Now())) - 60;
    body.valid_before_unix_s = body.valid_after_unix_s + 8 * 3600 + 60;
    model::Request request{.kind = kind, .key = key};
    request.ask.reason = "a look";
    return {std::move(request), {}, std::move(granted), std::move(body)};
  }

  // A batch that should be accepted now: one certificate a key.
  IssuanceBatch Batch(const model::Identity& identity, const std::vector<ssh::PublicKey>& keys) {
    IssuanceBatch batch;
    batch.call = NewCall();
    batch.identity = identity;
    batch.generation = ledger_->Generation().value_or(0);
    for (const ssh::PublicKey& key : keys) {
      batch.issuances.push_back(
          Issuance(identity.subject, key, ledger_->NextSerial().value_or(ssh::Serial{0})));
    }
    return batch;
  }
  absl::StatusOr<std::vector<IssuanceTicket>> IssueUser(const std::string& subject, uint64_t key) {
    return RecordIssuances(*ledger_, Batch(IdentityOf(subject), {KeyNumber(key)}));
  }

  ssh::Certificate Sign(const ssh::CertificateBody& body) const {
    return ssh::SignCertificate(body, ca_.signer()).value();
  }

  SessionRecord Session(const std::string& subject, uint64_t key) {
    return {.identity = IdentityOf(subject),
            .key = KeyNumber(key),
            .ends_at = clock_.Now() + absl::Hours(12)};
  }

  JoinTokenRecord Token(uint64_t key, int64_t uses) {
    JoinTokenRecord token{.key = KeyNumber(key)};
    token.authenticator = "join";
    token.uses = uses;
    token.expires_at = clock_.Now() + absl::Hours(1);
    token.name_pattern = "web*.example.com";
    token.labels = {{"env", "staging"}, {"role", "web"}};
    token.description = "web hosts";
    return token;
  }
  absl::Status MakeToken(const JoinTokenRecord& token) {
    return ledger_->RecordJoinToken(NewCall(), IdentityOf("user:root@people"), token);
  }

  IssuanceBatch Enrolment(const std::string& name, const std::vector<ssh::PublicKey>& keys,
                          uint64_t token, bool replaces = false) {
    model::Identity identity;
    identity.subject = SubjectNamed("host:" + name + "@hosts");
    identity.authenticator = "join";
    identity.proof = model::Proof::kJoinToken;
    identity.labels = model::Fact<model::Labels>::Known({{"role", "web"}});
    identity.authenticated_at = clock_.Now();
    IssuanceBatch batch = Batch(identity, keys);
    HostEnrolment enrolment;
    enrolment.host = identity.subject;
    enrolment.labels = {{"role", "web"}};
    enrolment.keys = keys;
    enrolment.token_key = KeyNumber(token).Fingerprint().text;
    enrolment.replaces = replaces;
    batch.enrolment = std::move(enrolment);
    return batch;
  }

 private:
  static ssh::PrivateKey MakeCa() {
    FakeRandom random(4242);
    return ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random).value();
  }

  TemporaryDirectory folder_ = TemporaryDirectory::Create("ledger").value();
  FakeClock clock_;
  FakeRandom random_;
  ssh::PrivateKey ca_;
  std::unique_ptr<Ledger> ledger_;
};

class LedgerTest : public ::testing::Test, protected LedgerWorld {
 protected:
  void SetUp() override { ASSERT_OK(Open()); }
  void Reopen() {
    Close();
    ASSERT_OK(Open());
  }
  // Types of all events, oldest first, after a check that their numbers have no gap.
  std::vector<std::string> EventTypes() {
    std::vector<std::string> types;
    absl::StatusOr<std::vector<StoredEvent>> events = ledger().RecentEvents(1000);
    EXPECT_OK(events);
    int64_t expected = 0;
    for (auto event = events->rbegin(); event != events->rend(); ++event) {
      EXPECT_EQ(event->sequence, ++expected);
      types.push_back(event->type);
    }
    return types;
  }
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_TESTS_CA_LEDGER_LEDGER_FIXTURE_H_
