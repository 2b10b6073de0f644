#include <atomic>
#include <thread>

#include "tests/ca/authn/authn_world.h"
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

}  // namespace
}  // namespace mayfly::authn
