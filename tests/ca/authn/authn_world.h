// A CA that knows one of each kind of caller; a test breaks one thing.
#ifndef MAYFLY_TESTS_CA_AUTHN_AUTHN_WORLD_H_
#define MAYFLY_TESTS_CA_AUTHN_AUTHN_WORLD_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ca/authn/call_verifier.h"
#include "ca/authn/host_key_authenticator.h"
#include "ca/authn/join_token_authenticator.h"
#include "ca/authn/local_authenticator.h"
#include "ca/authn/namespaces.h"
#include "ca/authn/session_authenticator.h"
#include "ca/authn/ssh_key_authenticator.h"
#include "ssh/private_key.h"
#include "ssh/sshsig.h"
#include "ssh/wire.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_random.h"

namespace mayfly::authn {

// What the ledger would answer: a table by fingerprint, or one failure for everything.
template <typename Value>
struct FakeTable {
  std::map<std::string, Value> rows;
  absl::Status failure;
  absl::StatusOr<Value> Get(const ssh::Fingerprint& key) const {
    if (!failure.ok()) return failure;
    const auto found = rows.find(key.text);
    if (found == rows.end()) return NotFound("no such key");
    return found->second;
  }
};
struct FakeSessions final : Sessions, FakeTable<Session> {
  absl::StatusOr<Session> Find(const ssh::Fingerprint& key) const override { return Get(key); }
};
struct FakeJoinTokens final : JoinTokens, FakeTable<JoinToken> {
  absl::StatusOr<JoinToken> Find(const ssh::Fingerprint& key) const override { return Get(key); }
};
struct FakeHosts final : Hosts, FakeTable<EnrolledHost> {
  absl::StatusOr<EnrolledHost> FindByKey(const ssh::Fingerprint& key) const override {
    return Get(key);
  }
};
struct FakeCertifiedKeys final : CertifiedKeys, FakeTable<std::string> {
  absl::StatusOr<std::string> Owner(const ssh::Fingerprint& key) const override {
    absl::StatusOr<std::string> owner = Get(key);
    if (owner.status().code() == absl::StatusCode::kNotFound) return std::string();
    return owner;
  }
};

inline constexpr uid_t kOwnUid = 990;
inline constexpr char kCaId[] = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
inline constexpr char kMethod[] = "/mayfly.v1.Sessions/WhoAmI";

// A security key in software: signs with the flags it is told.
inline ssh::PublicKey SkKeyOf(const ssh::PrivateKey& key) {
  return ssh::PublicKey::ParseBlob(ssh::Writer()
                                       .String("sk-ssh-ed25519@openssh.com")
                                       .String(key.public_key().point())
                                       .String("ssh:")
                                       .Take())
      .value();
}
inline ssh::SignFunction SkSigner(const ssh::PrivateKey& key, uint8_t flags) {
  return [&key, flags](BytesView message) -> absl::StatusOr<ssh::Signature> {
    const Bytes signed_data = ssh::Writer()
                                  .Raw(Sha256(AsBytes("ssh:")))
                                  .Raw(Bytes{flags})
                                  .Uint32(1)
                                  .Raw(Sha256(message))
                                  .Take();
    absl::StatusOr<ssh::Signature> signature = key.Sign(signed_data);
    if (!signature.ok()) return signature;
    signature->algorithm = "sk-ssh-ed25519@openssh.com";
    signature->sk_flags = flags;
    signature->sk_counter = 1;
    return signature;
  };
}

class AuthnWorld {
 public:
  AuthnWorld() {
    SetUsers(
        {User{"alice", {"engineering", "operators"}, {alice.public_key(), SkKeyOf(alice_sk)}}});
    Session started;
    started.identity = AlicesIdentity();
    started.ends_at = clock.Now() + absl::Hours(12);
    sessions.rows[session_key.public_key().Fingerprint().text] = started;
    tokens.rows[token.public_key().Fingerprint().text] =
        JoinToken{"join", clock.Now() + absl::Hours(1), "web-*.example.com", {{"role", "web"}}, {}};
    EnrolledHost host;
    host.subject = model::Subject::Parse("host:web-1.example.com@hosts").value();
    host.labels = {{"role", "web"}};
    host.authenticator = "join";
    host.enrolled_at = clock.Now() - absl::Hours(24 * 30);
    hosts.rows[host_key.public_key().Fingerprint().text] = host;
  }

  // What alice's session was started with.
  model::Identity AlicesIdentity() const {
    model::Identity identity;
    identity.subject = model::Subject::Parse("user:alice@people").value();
    identity.authenticator = "ssh-key";
    identity.proof = model::Proof::kSshKey;
    identity.proof_key = alice.public_key().Fingerprint().text;
    identity.groups = model::Fact<std::vector<std::string>>::Known({"engineering", "operators"});
    identity.authenticated_at = clock.Now();
    return identity;
  }

  void SetUsers(std::vector<User> people) {
    people_ =
        std::make_shared<const UserDirectory>(UserDirectory::Create(std::move(people)).value());
    if (ssh_key_ != nullptr) ssh_key_->SetUsers(people_);
  }

  // Made on first use, so that a test may set `options` before.
  CallVerifier& verifier() {
    if (verifier_ == nullptr) MakeVerifier();
    return *verifier_;
  }
  SshKeyAuthenticator& ssh_key() {
    verifier();
    return *ssh_key_;
  }

  Bytes Sign(const ssh::PrivateKey& key, std::string_view name_space, BytesView document) const {
    return ssh::SignSshsig(key.public_key(), key.signer(), name_space, document).value();
  }

  // A valid call of alice by her SSH key.
  void SignAs(const ssh::PrivateKey& key, model::Proof proof) {
    header.credential = proof;
    call.signatures = {Sign(key, kCredentialNamespace, call.document)};
  }
  // A call like the one before, but another.
  void NextDocument() { call.document.push_back('x'); }

  absl::StatusOr<ProvenCall> Verify(std::optional<uid_t> uid = std::nullopt) {
    return verifier().Verify(header, call, uid);
  }
  // The cause of the refusal, or "accepted".
  std::string CauseNow(std::optional<uid_t> uid = std::nullopt) {
    const absl::StatusOr<ProvenCall> proven = Verify(uid);
    return proven.ok() ? "accepted" : CauseOf(proven.status());
  }

  FakeClock clock;
  FakeRandom random;
  FakeSessions sessions;
  FakeJoinTokens tokens;
  FakeHosts hosts;
  FakeCertifiedKeys certified;
  CallVerifier::Options options{kCaId};

  ssh::PrivateKey alice = Key();
  ssh::PrivateKey alice_sk = Key();
  ssh::PrivateKey session_key = Key();
  ssh::PrivateKey token = Key();
  ssh::PrivateKey host_key = Key();
  ssh::PrivateKey stranger = Key();

  CallHeader header = {
      .method = kMethod, .audience = kCaId, .issued_at = clock.Now(), .nonce = Bytes(16, 7)};
  model::Call call = {.request_id = "r",
                      .method = kMethod,
                      .document = ToBytes("the document"),
                      .peer = model::Fact<IpAddress>::Known(IpAddress::Parse("192.0.2.7").value()),
                      .received_at = clock.Now()};

 private:
  ssh::PrivateKey Key() {
    return ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random).value();
  }

  void MakeVerifier() {
    auto ssh_key = std::make_unique<SshKeyAuthenticator>(
        SshKeyAuthenticator::Options{"ssh-key", "people"}, people_, certified);
    ssh_key_ = ssh_key.get();
    enrolment_ =
        std::make_unique<UsersEnrolment>(std::vector<const SshKeyAuthenticator*>{ssh_key_});
    std::vector<std::unique_ptr<Authenticator>> all;
    all.push_back(std::move(ssh_key));
    all.push_back(std::make_unique<JoinTokenAuthenticator>(
        JoinTokenAuthenticator::Options{"join", "hosts"}, tokens));
    all.push_back(std::make_unique<JoinTokenAuthenticator>(
        JoinTokenAuthenticator::Options{"join-dmz", "dmz"}, tokens));
    all.push_back(std::make_unique<SessionAuthenticator>(sessions, *enrolment_));
    all.push_back(std::make_unique<HostKeyAuthenticator>(hosts));
    LocalAuthenticator::Options local;
    local.own_uid = kOwnUid;
    local.login_name_of = [](uid_t uid) -> absl::StatusOr<std::string> {
      return std::string(uid == 0 ? "root" : "mayfly");
    };
    all.push_back(std::make_unique<LocalAuthenticator>(std::move(local)));
    verifier_ = std::make_unique<CallVerifier>(options, clock, std::move(all));
  }

  std::shared_ptr<const UserDirectory> people_;
  SshKeyAuthenticator* ssh_key_ = nullptr;
  std::unique_ptr<UsersEnrolment> enrolment_;
  std::unique_ptr<CallVerifier> verifier_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_TESTS_CA_AUTHN_AUTHN_WORLD_H_
