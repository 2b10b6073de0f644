// Every signature in every other place.
#include "ca/authn/namespaces.h"

#include <set>
#include <string>

#include "tests/ca/authn/authn_world.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::authn {
namespace {

TEST(Namespaces, AreDifferent) {
  const std::set<std::string_view> unique(kAllNamespaces.begin(), kAllNamespaces.end());
  EXPECT_EQ(unique.size(), kAllNamespaces.size());
}

struct Pair {
  std::string_view made_for, shown_as;
};
std::vector<Pair> AllPairs() {
  std::vector<Pair> pairs;
  for (const std::string_view made_for : kAllNamespaces) {
    for (const std::string_view shown_as : kAllNamespaces) pairs.push_back({made_for, shown_as});
  }
  // What ssh-keygen users and git sign with.
  for (const std::string_view foreign : {"file", "git", "credential.v1@mayfly ", "credential.v1"}) {
    for (const std::string_view shown_as : kAllNamespaces) pairs.push_back({foreign, shown_as});
  }
  return pairs;
}

class EverySignatureInEveryPlace : public ::testing::TestWithParam<Pair> {};

TEST_P(EverySignatureInEveryPlace, IsWorthSomethingOnlyInItsOwn) {
  const auto& [made_for, shown_as] = GetParam();
  AuthnWorld world;
  const Bytes blob = world.Sign(world.alice, made_for, world.call.document);
  const bool own = made_for == shown_as;
  EXPECT_EQ(ssh::VerifySshsig(blob, shown_as, world.call.document).ok(), own);
  // The same with the namespace written over.
  ssh::Sshsig relabelled = ssh::Sshsig::Parse(blob).value();
  relabelled.name_space = std::string(shown_as);
  EXPECT_EQ(ssh::VerifySshsig(relabelled.Encode(), shown_as, world.call.document).ok(), own);
}

TEST_P(EverySignatureInEveryPlace, IsACredentialOnlyIfMadeAsOne) {
  const auto& [made_for, shown_as] = GetParam();
  AuthnWorld world;
  const Bytes blob = world.Sign(world.alice, made_for, world.call.document);
  world.call.signatures = {blob};
  EXPECT_EQ(world.CauseNow(), made_for == kCredentialNamespace   ? "accepted"
                              : made_for == kPossessionNamespace ? cause::kNoCredential
                                                                 : cause::kWrongNamespace);
  world.NextDocument();
  ssh::Sshsig relabelled =
      ssh::Sshsig::Parse(world.Sign(world.alice, made_for, world.call.document)).value();
  relabelled.name_space = std::string(shown_as);
  world.call.signatures = {relabelled.Encode()};
  EXPECT_EQ(world.CauseNow() == "accepted",
            made_for == kCredentialNamespace && shown_as == kCredentialNamespace);
}

INSTANTIATE_TEST_SUITE_P(AllPairs, EverySignatureInEveryPlace, ::testing::ValuesIn(AllPairs()));

}  // namespace
}  // namespace mayfly::authn
