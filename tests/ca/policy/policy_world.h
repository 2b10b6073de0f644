// A valid world of decisions, in which a test breaks one thing.
#ifndef MAYFLY_TESTS_CA_POLICY_POLICY_WORLD_H_
#define MAYFLY_TESTS_CA_POLICY_POLICY_WORLD_H_

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ca/policy/decide.h"
#include "ca/policy/policy_loader.h"
#include "gtest/gtest.h"
#include "ssh/private_key.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::policy {

inline std::shared_ptr<const PolicySet> PolicyOf(const std::string& yaml) {
  std::vector<PolicyText> files(1);
  files[0].path = "policy.yaml";
  files[0].text = yaml;
  absl::StatusOr<std::shared_ptr<const PolicySet>> policy = LoadPolicyText(std::move(files));
  EXPECT_OK(policy) << yaml;
  return policy.ok() ? *policy : std::make_shared<const PolicySet>(Rules(), "");
}

inline ssh::PublicKey KeyOf(ssh::KeyType type) {
  FakeRandom random;
  return ssh::PrivateKey::Generate(type, random).value().public_key();
}

inline model::Identity Alice() {
  model::Identity alice;
  alice.subject = model::Subject{model::SubjectKind::kUser, "alice", "people"};
  alice.authenticator = "ssh-key";
  alice.groups = model::Fact<std::vector<std::string>>::Known({"engineering"});
  return alice;
}

inline model::Identity Web1() {
  model::Identity web1;
  web1.subject = model::Subject{model::SubjectKind::kHost, "web1", "hosts"};
  web1.authenticator = "join";
  web1.proof = model::Proof::kJoinToken;
  web1.labels = model::Fact<model::Labels>::Known({{"role", "web"}});
  return web1;
}

inline model::Fact<IpAddress> Peer(std::string_view address) {
  return model::Fact<IpAddress>::Known(IpAddress::Parse(address).value());
}

// One request of one caller; members are changed by tests.
struct Case {
  model::Identity identity;
  model::Request request;
  model::Facts facts;
  absl::Time now = absl::FromUnixSeconds(1772442000);

  explicit Case(model::Identity who)
      : identity(std::move(who)),
        request{.kind = ssh::CertificateKind::kUser,
                .key = KeyOf(ssh::KeyType::kEd25519),
                .ask = {},
                .peer = Peer("10.1.2.3"),
                .hostname = ""} {
    if (identity.subject.kind == model::SubjectKind::kHost) {
      request.kind = ssh::CertificateKind::kHost;
      request.hostname = identity.subject.name;
    }
  }
  model::Ask& ask() { return request.ask; }
  void NameTarget(const std::string& host, model::Labels labels) {
    request.ask.target_host = host;
    facts.target_labels = model::Fact<model::Labels>::Known(std::move(labels));
  }
  model::Decision Decide(const PolicySet& policy) const {
    return policy::Decide(policy, identity, request, facts, now);
  }
};

// "granted engineers [alice] 8h", "denied RULE: MESSAGE" or "waits for approval by GRANT".
std::string Summary(const model::Decision& decision);

}  // namespace mayfly::policy

#endif  // MAYFLY_TESTS_CA_POLICY_POLICY_WORLD_H_
