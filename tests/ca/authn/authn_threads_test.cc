#include <atomic>
#include <thread>

#include "base/file.h"
#include "ca/authn/client_roots.h"
#include "fmt/format.h"
#include "tests/ca/authn/authn_world.h"
#include "tests/ca/authn/test_certificates.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::authn {
namespace {

TEST(CallVerifierThreads, AcceptOneOfManyEqualCalls) {
  AuthnWorld world;
  world.SignAs(world.alice, model::Proof::kSshKey);
  const CallVerifier& verifier = world.verifier();
  std::atomic<int> accepted = 0, replayed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      const absl::StatusOr<ProvenCall> proven =
          verifier.Verify(world.header, world.call, std::nullopt);
      if (proven.ok()) {
        ++accepted;
      } else {
        ++replayed;
        EXPECT_EQ(CauseOf(proven.status()), cause::kReplayed);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(replayed, 7);
}

TEST(SshKeyAuthenticatorThreads, ServeWhileUsersAreReloaded) {
  AuthnWorld world;
  SshKeyAuthenticator& authenticator = world.ssh_key();
  const std::vector<User> one = {User{"alice", {}, {world.alice.public_key()}}};
  const std::vector<User> two = {User{"alice", {}, {world.alice.public_key()}},
                                 User{"bob", {}, {world.stranger.public_key()}}};
  std::atomic<bool> done = false;
  std::thread reloader([&] {
    for (int i = 0; i < 200; ++i) {
      authenticator.SetUsers(std::make_shared<const UserDirectory>(
          UserDirectory::Create(i % 2 == 0 ? one : two).value()));
    }
    done = true;
  });
  const AuthenticationContext context{world.header, world.call.peer, std::nullopt,
                                      world.clock.Now()};
  const ssh::PublicKey key = world.alice.public_key();
  do {
    EXPECT_OK(authenticator.Authenticate(&key, context));
  } while (!done);
  reloader.join();
}

// What is remembered of a certificate goes with the roots that stood for it, also when it was being
// verified while they were read again.
TEST(ClientRootsThreads, RefuseARevokedCertificateFromTheReloadOn) {
  const TemporaryDirectory folder = TemporaryDirectory::Create("mtls").value();
  const std::string roots_path = JoinPath(folder.path(), "roots.pem");
  const std::string crl_path = JoinPath(folder.path(), "crl.pem");
  const TestCertificate root = MakeCa("root");
  const TestCertificate leaf = MakeCertificate({}, &root);
  const std::string pem = leaf.Pem();
  ASSERT_OK(WriteFileAtomically(roots_path, root.Pem(), 0644));
  ASSERT_OK(WriteFileAtomically(crl_path, CrlPem(root, {}), 0644));
  ASSERT_OK_AND_ASSIGN(const auto roots, ClientRoots::Open({roots_path, crl_path}));
  const auto takes = [&](int text) {
    // What stands before the certificate is passed over, and makes another text of it.
    return roots->Verify(fmt::format("{}\n{}", text, pem), "", absl::FromUnixSeconds(1772442000))
        .ok();
  };
  constexpr int kTexts = 300;  // More than are remembered.
  std::atomic<bool> revoked = false;
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5 * kTexts; ++i) {
        const bool refused = revoked;  // Before asking.
        const bool took = takes((i * 4 + t) % kTexts);
        EXPECT_TRUE(!refused || !took);
        taken += took ? 1 : 0;
      }
    });
  }
  while (taken < kTexts) std::this_thread::yield();
  EXPECT_OK(WriteFileAtomically(crl_path, CrlPem(root, {&leaf}), 0644));
  EXPECT_OK(roots->Reload(/*always=*/true));
  revoked = true;
  for (int text = 0; text < kTexts; ++text) EXPECT_FALSE(takes(text));
  for (std::thread& thread : threads) thread.join();
  for (int text = 0; text < kTexts; ++text) EXPECT_FALSE(takes(text));
}

}  // namespace
}  // namespace mayfly::authn
