#include "tests/bench/call_maker.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "base/status.h"
#include "client/rpc/call_signer.h"
#include "fmt/format.h"
#include "mayfly/v1/call.pb.h"

namespace mayfly::bench {
namespace {

ssh::PrivateKey NewKey(Random& random) {
  SecretBytes seed(32);
  seed.Fill([&](std::span<uint8_t> bytes) { random.Fill(bytes); });
  return ssh::PrivateKey::Ed25519FromSeed(seed).value();
}

constexpr char kAuthenticator[] = R"(  - name: workloads
    realm: workloads
    mtls:
      roots: clients.pem
      identities:
        - uri: urn:workload/${name}
          subject: user
          name: ${name}
          groups: [engineering]
)";
// As much as people have by the example policies.
constexpr char kPolicy[] = R"(grants:
  - name: workloads
    for:
      authenticators: [workloads]
      groups: [engineering]
    user_certificate:
      hosts: any
      logins: ["${username}"]
      lifetime: {default: 8h, max: 16h}
      extensions: [permit-pty, permit-port-forwarding]
    default: true
)";

v1::SignedCall Sign(v1::CallDocument document, const std::string& ca_id,
                    const client::Credential& credential, const ssh::PrivateKey& possession,
                    Random& random) {
  return client::SignCall(std::move(document), ca_id, credential,
                          {{possession.public_key(), possession.signer()}}, {absl::Now()}, random)
      .value();
}

client::Credential By(v1::CredentialKind kind, const ssh::PrivateKey& key) {
  return {kind, "", client::KeySigner{key.public_key(), key.signer()}, ""};
}

}  // namespace

CallMaker::CallMaker(Callers callers, int count, Random& random)
    : callers_(callers), random_(random) {
  for (int i = 0; i < count; ++i) {
    const std::string name = fmt::format("u{}", i);
    if (callers == Callers::kPeople) {
      people_.push_back({name, NewKey(random), NewKey(random)});
    } else {
      authn::CertificateSpec spec;
      spec.names = "URI:urn:workload/" + name;
      certificates_.push_back(authn::MakeCertificate(spec, &root_));
    }
  }
}

CallersFiles CallMaker::Files() const {
  if (callers_ == Callers::kWorkloads)
    return {.authenticators = kAuthenticator, .roots = root_.Pem(), .policy = kPolicy};
  std::string users = "users:\n";
  for (const Person& person : people_) {
    users += fmt::format("  - name: {}\n    groups: [engineering]\n    keys: [\"{}\"]\n",
                         person.name, person.enrolled.public_key().Line(person.name));
  }
  return {.users = std::move(users)};
}

std::vector<std::string> CallMaker::StartSessions(const std::string& ca_id) const {
  std::vector<std::string> calls;
  for (const Person& person : people_) {
    v1::CallDocument document;
    document.mutable_start_session()->set_session_key(ToText(person.session.public_key().blob()));
    calls.push_back(Sign(document, ca_id, By(v1::CREDENTIAL_KIND_SSH_KEY, person.enrolled),
                         person.session, random_)
                        .SerializeAsString());
  }
  return calls;
}

std::string CallMaker::IssueOne(const std::string& ca_id, size_t caller, const ssh::PrivateKey& key,
                                bool wrong_possession) const {
  v1::CallDocument document;
  document.mutable_issue_user()->set_public_key(ToText(key.public_key().blob()));
  const client::Credential credential =
      callers_ == Callers::kPeople
          ? By(v1::CREDENTIAL_KIND_SESSION, people_[caller % people_.size()].session)
          : client::Credential{v1::CREDENTIAL_KIND_MTLS, "", std::nullopt, ""};
  v1::SignedCall call = Sign(document, ca_id, credential, key, random_);
  if (wrong_possession) {  // The same call again, with a nonce of its own.
    v1::SignedCall again = Sign(document, ca_id, credential, key, random_);
    call.mutable_signatures()->rbegin()->swap(*again.mutable_signatures()->rbegin());
  }
  return call.SerializeAsString();
}

std::vector<std::string> CallMaker::Issue(const std::string& ca_id, size_t count,
                                          std::vector<std::string>* keys) const {
  std::vector<std::string> calls(count);
  keys->assign(count, {});
  const auto make = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      const ssh::PrivateKey key = NewKey(random_);
      (*keys)[i] = ToText(key.public_key().blob());
      calls[i] = IssueOne(ca_id, i, key, /*wrong_possession=*/false);
    }
  };
  std::thread half(make, size_t{0}, count / 2);
  make(count / 2, count);
  half.join();
  return calls;
}

std::string CallMaker::IssueWithWrongPossession(const std::string& ca_id) const {
  return IssueOne(ca_id, 0, NewKey(random_), /*wrong_possession=*/true);
}

}  // namespace mayfly::bench
