// Canaries: what must never be seen outside of the daemon's memory, and how its memory is kept.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fault/mayflyd_world.h"

namespace mayfly {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string StatusOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

TEST(Secrets, AreInNoFileAndNoAnswer) {
  MayflydWorld world({.start = false});
  const std::string path = world.Path("ca/mayflyd.yaml");
  std::string configuration = ReadFile(path).value();
  const size_t level = configuration.find("level: info");
  ASSERT_NE(level, std::string::npos) << configuration;
  configuration.replace(level, 11, "level: debug");
  ASSERT_TRUE(WriteFileAtomically(path, configuration, 0600).ok());
  ASSERT_TRUE(world.Start()) << world.Log();
  const ssh::PrivateKey session = MayflydWorld::NewKey(), token = MayflydWorld::NewKey(),
                        host = MayflydWorld::NewKey();
  const auto channel = world.channel();
  std::string answers;
  const auto keep = [&](const Answer& answer) {
    answers += answer.body + answer.message + answer.detail.SerializeAsString();
    return answer.ok();
  };
  ASSERT_TRUE(keep(world.StartSession(channel, world.alice, session)));
  const Speaker speaker{v1::CREDENTIAL_KIND_SESSION, &session};
  ASSERT_TRUE(keep(world.MakeToken(channel, speaker, token, "web1.example.com")));
  ASSERT_TRUE(keep(world.Enroll(channel, token, "web1.example.com", host)));
  ASSERT_TRUE(keep(world.IssueUser(channel, speaker, MayflydWorld::NewKey())));
  EXPECT_FALSE(keep(world.IssueUser(channel, {v1::CREDENTIAL_KIND_SSH_KEY, &token}, session)));
  EXPECT_NE(answers, "");

  // The passphrase as it stands in its file, and the secret halves of what spoke to the CA: its
  // wire must not have carried them, nor may a confused client's have been kept.
  std::vector<std::string> canaries = {ReadFile(world.Path("passphrase")).value()};
  for (const ssh::PrivateKey* key : {&session, &token, &host}) {
    key->private_section().Expose([&](BytesView bytes) {
      // PROTOCOL.key: the seed is the first half of the last string but one.
      canaries.push_back(std::string(bytes.end() - 64, bytes.end() - 32));
    });
  }
  for (const std::string& canary : canaries) {
    EXPECT_EQ(answers.find(canary), std::string::npos) << "an answer";
  }
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.folder())) {
    if (!entry.is_regular_file() || entry.path().filename() == "passphrase") continue;
    ++files;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string contents((std::istreambuf_iterator<char>(file)),
                               std::istreambuf_iterator<char>());
    for (const std::string& canary : canaries) {
      EXPECT_EQ(contents.find(canary), std::string::npos) << entry.path();
    }
  }
  EXPECT_GT(files, 10);
}

TEST(Secrets, AreKeptFromOtherProcessesAndFromDumps) {
  // Root may look into everything, unless it has given up what makes it root.
  std::vector<std::string> powerless;
  if (geteuid() == 0) powerless = {"setpriv", "--bounding-set=-all", "--inh-caps=-all"};
  MayflydWorld world({.wrapper = powerless});
  const std::string process = "/proc/" + std::to_string(world.daemon().pid());
  const auto look = [&](const std::string& script) {
    std::vector<std::string> argv = powerless;
    argv.insert(argv.end(), {"sh", "-c", script});
    return mayfly::Run(argv).exit_code;
  };
  EXPECT_EQ(look("sleep 9 & cat /proc/$!/environ; found=$?; kill $!; exit $found"), 0)
      << "or the next says nothing";
  EXPECT_NE(look("cat " + process + "/environ"), 0) << "without PR_SET_DUMPABLE 0 it could be read";
  // The CA's keys and the passphrase, at least.
  EXPECT_THAT(StatusOf(world.daemon().pid()), ::testing::Not(HasSubstr("VmLck:\t       0 kB")));
  EXPECT_THAT(StatusOf(world.daemon().pid()), HasSubstr("VmLck:"));
  std::ifstream limits(process + "/limits");
  const std::string text((std::istreambuf_iterator<char>(limits)),
                         std::istreambuf_iterator<char>());
  EXPECT_THAT(text, ::testing::ContainsRegex("Max core file size +0 +0"));
}

TEST(Secrets, ADaemonThatDiesLeavesNoCore) {
  MayflydWorld world;
  world.daemon().Signal(SIGABRT);
  for (int i = 0; i < 200 && world.daemon().Running(); ++i) usleep(10000);
  EXPECT_FALSE(world.daemon().Running());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.folder())) {
    EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr("core")));
  }
}

TEST(Sandbox, IsInForceOnEveryThreadOfTheDaemon) {
  MayflydWorld world;
  EXPECT_THAT(world.Log(), HasSubstr("sandbox in force restricts=files"));
  EXPECT_THAT(world.Log(), HasSubstr("sandbox in force restricts=\"system calls\""));
  const std::string tasks = "/proc/" + std::to_string(world.daemon().pid()) + "/task";
  int threads = 0;
  for (const auto& entry : std::filesystem::directory_iterator(tasks)) {
    std::ifstream file(entry.path() / "status");
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    EXPECT_THAT(text, HasSubstr("Seccomp:\t2"));
    EXPECT_THAT(text, HasSubstr("NoNewPrivs:\t1"));
    ++threads;
  }
  EXPECT_GT(threads, 5);
  EXPECT_TRUE(world.IssueNow().ok());
}

TEST(Sandbox, CanBeTurnedOff) {
  MayflydWorld world({.configuration = "sandbox: off\n"});
  EXPECT_THAT(world.Log(), HasSubstr("sandbox off"));
  EXPECT_THAT(StatusOf(world.daemon().pid()), HasSubstr("Seccomp:\t0"));
  EXPECT_TRUE(world.IssueNow().ok());
}

}  // namespace
}  // namespace mayfly
