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

v1::SignedCall Sign(v1::CallDocument document, const std::string& ca_id, v1::CredentialKind kind,
                    const ssh::PrivateKey& credential, const ssh::PrivateKey& possession,
                    Random& random) {
  const client::Credential by{kind, "",
                              client::KeySigner{credential.public_key(), credential.signer()}};
  return client::SignCall(std::move(document), ca_id, by,
                          {{possession.public_key(), possession.signer()}}, {absl::Now()}, random)
      .value();
}

}  // namespace

CallMaker::CallMaker(int count, Random& random) : random_(random) {
  for (int i = 0; i < count; ++i) {
    people_.push_back({fmt::format("u{}", i), NewKey(random), NewKey(random)});
  }
}

std::string CallMaker::UsersFile() const {
  std::string text = "users:\n";
  for (const Person& person : people_) {
    text += fmt::format("  - name: {}\n    groups: [engineering]\n    keys: [\"{}\"]\n",
                        person.name, person.enrolled.public_key().Line(person.name));
  }
  return text;
}

std::vector<std::string> CallMaker::StartSessions(const std::string& ca_id) const {
  std::vector<std::string> calls;
  for (const Person& person : people_) {
    v1::CallDocument document;
    document.mutable_start_session()->set_session_key(ToText(person.session.public_key().blob()));
    calls.push_back(
        Sign(document, ca_id, v1::CREDENTIAL_KIND_SSH_KEY, person.enrolled, person.session, random_)
            .SerializeAsString());
  }
  return calls;
}

std::string CallMaker::IssueOne(const std::string& ca_id, const Person& person,
                                const ssh::PrivateKey& key, bool wrong_possession) const {
  v1::CallDocument document;
  document.mutable_issue_user()->set_public_key(ToText(key.public_key().blob()));
  v1::SignedCall call =
      Sign(document, ca_id, v1::CREDENTIAL_KIND_SESSION, person.session, key, random_);
  if (wrong_possession) {  // The same call again, with a nonce of its own.
    *call.mutable_signatures(1) =
        Sign(document, ca_id, v1::CREDENTIAL_KIND_SESSION, person.session, key, random_)
            .signatures(1);
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
      calls[i] = IssueOne(ca_id, people_[i % people_.size()], key, /*wrong_possession=*/false);
    }
  };
  std::thread half(make, size_t{0}, count / 2);
  make(count / 2, count);
  half.join();
  return calls;
}

std::string CallMaker::IssueWithWrongPossession(const std::string& ca_id) const {
  return IssueOne(ca_id, people_.front(), NewKey(random_), /*wrong_possession=*/true);
}

}  // namespace mayfly::bench
