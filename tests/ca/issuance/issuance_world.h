// A valid world of issuance, in which a test breaks one thing.
#ifndef MAYFLY_TESTS_CA_ISSUANCE_ISSUANCE_WORLD_H_
#define MAYFLY_TESTS_CA_ISSUANCE_ISSUANCE_WORLD_H_

#include "ca/issuance/check.h"
#include "ca/issuance/compose.h"
#include "ssh/private_key.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_random.h"

namespace mayfly::issuance {

struct IssuanceWorld {
  FakeClock clock;
  FakeRandom random;
  ssh::PrivateKey subject_key = ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random).value();
  ssh::PrivateKey ca_key = ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random).value();
  model::Subject alice{model::SubjectKind::kUser, "alice", "people"};

  model::Terms UserTerms() const {
    model::Terms terms;
    terms.kind = ssh::CertificateKind::kUser;
    terms.grant = "shell";
    terms.principals = {"alice", "deploy"};
    terms.lifetime = absl::Hours(8);
    terms.extensions = {"permit-port-forwarding", "permit-pty"};
    return terms;
  }
  model::Terms HostTerms() const {
    model::Terms terms;
    terms.kind = ssh::CertificateKind::kHost;
    terms.grant = "web";
    terms.principals = {"web1", "web1.example.com"};
    terms.lifetime = absl::Hours(24 * 7);
    return terms;
  }
  Ingredients For(model::Terms terms) {
    return {.terms = std::move(terms),
            .key = subject_key.public_key(),
            .ca_key = ca_key.public_key(),
            .serial = ssh::Serial{7},
            .key_id = model::KeyId{alice, 3},
            .now = clock.Now(),
            .backdate = absl::Minutes(1),
            .nonce = random.Take(32)};
  }
  CheckLimits Limits() const { return {.backdate = absl::Minutes(1)}; }
};

}  // namespace mayfly::issuance

#endif  // MAYFLY_TESTS_CA_ISSUANCE_ISSUANCE_WORLD_H_
