// Each test restricts a process of its own, tries, and tells by its exit code.
#include "ca/sandbox/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <thread>

#include "base/file.h"
#include "gtest/gtest.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::sandbox {
namespace {

// Runs `attempt` in a process of its own; 0 when it returned true.
int InAChild(const std::function<bool()>& attempt) {
  const pid_t child = fork();
  if (child == 0) _exit(attempt() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// True when `call` is refused as forbidden.
bool Refused(long result) { return result == -1 && errno == EPERM; }

struct Forbidden {
  const char* name;
  std::function<long()> call;
};

class ForbiddenCall : public ::testing::TestWithParam<Forbidden> {};

TEST_P(ForbiddenCall, IsRefusedToAllThreads) {
  EXPECT_EQ(InAChild([] {
              if (!RestrictSystemCalls().ok()) return false;
              return Refused(GetParam().call());
            }),
            0);
  EXPECT_EQ(InAChild([] {
              // A thread from before is restricted too.
              int go[2] = {};
              if (pipe(go) != 0) return false;
              bool refused = false;
              std::thread before([&] {
                char byte = 0;
                if (read(go[0], &byte, 1) == 1) refused = Refused(GetParam().call());
              });
              const bool restricted = RestrictSystemCalls().ok();
              const bool told = write(go[1], "x", 1) == 1;
              before.join();
              return restricted && told && refused;
            }),
            0);
}

INSTANTIATE_TEST_SUITE_P(
    Kernel, ForbiddenCall,
    ::testing::Values(
        Forbidden{"Exec",
                  [] {
                    char* const none[] = {nullptr};
                    return long{execve("/bin/true", none, none)};
                  }},
        Forbidden{"Fork", [] { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
        Forbidden{"Trace", [] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
        Forbidden{"ReadMemory",
                  [] { return syscall(SYS_process_vm_readv, getppid(), 0, 0, 0, 0, 0); }},
        Forbidden{"Mount", [] { return long{mount("none", "/tmp", "tmpfs", 0, nullptr)}; }},
        Forbidden{"Unshare", [] { return long{unshare(CLONE_NEWUSER)}; }},
        Forbidden{"Bpf", [] { return syscall(SYS_bpf, 0, 0, 0); }},
        Forbidden{"SetUid", [] { return syscall(SYS_setuid, 0); }},
        Forbidden{"KillOthers", [] { return syscall(SYS_kill, getppid(), 0); }},
        Forbidden{"KillAThreadOfOthers",
                  [] { return syscall(SYS_tgkill, getppid(), getppid(), 0); }},
        Forbidden{
            "LimitOthers",
            [] { return syscall(SYS_prlimit64, getppid(), RLIMIT_NOFILE, nullptr, nullptr); }},
        Forbidden{"SignalsByADescriptor", [] { return long{fcntl(0, F_SETOWN, getppid())}; }},
        Forbidden{"SignalsByADescriptorsChoice", [] { return long{fcntl(0, F_SETSIG, SIGKILL)}; }},
        Forbidden{"SignalsByASocket",
                  [] {
                    const int to = getppid();
                    return long{ioctl(0, FIOSETOWN, &to)};
                  }},
        Forbidden{"TypeIntoTheTerminal", [] { return long{ioctl(0, TIOCSTI, "x")}; }},
        Forbidden{"PacketSocket", [] { return long{socket(AF_PACKET, SOCK_RAW, 0)}; }},
        Forbidden{"SetClock",
                  [] {
                    const timespec time = {};
                    return syscall(SYS_clock_settime, CLOCK_REALTIME, &time);
                  }},
        Forbidden{"Keyring", [] { return syscall(SYS_keyctl, 0, 0, 0, 0, 0); }},
        Forbidden{"Chroot", [] { return long{chroot("/")}; }}),
    [](const auto& tested) { return tested.param.name; });

TEST(RestrictSystemCalls, LeavesWhatADaemonNeeds) {
  EXPECT_EQ(InAChild([] {
              if (!RestrictSystemCalls().ok()) return false;
              bool ran = false;
              std::thread([&] { ran = true; }).join();
              rlimit files = {};
              int waiting = 0;
              const bool ourselves =
                  raise(0) == 0 && kill(getpid(), 0) == 0 && getrlimit(RLIMIT_NOFILE, &files) == 0;
              const FileDescriptor tcp(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
              absl::StatusOr<TemporaryDirectory> folder = TemporaryDirectory::Create("sandbox");
              return ran && ourselves && tcp && folder.ok() &&
                     ioctl(tcp.get(), FIONREAD, &waiting) == 0 &&
                     WriteFileAtomically(JoinPath(folder->path(), "x"), "y", 0600).ok() &&
                     ReadFile(JoinPath(folder->path(), "x")).ok();
            }),
            0);
}

TEST(RestrictFiles, LeavesTheFoldersThatWereNamed) {
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::Create("sandbox"));
  const std::string state = JoinPath(folder.path(), "state");
  const std::string config = JoinPath(folder.path(), "config");
  const std::string other = JoinPath(folder.path(), "other");
  for (const std::string& path : {state, config, other}) {
    ASSERT_OK(MakeDirectory(path, 0700));
    ASSERT_OK(CreateFile(JoinPath(path, "file"), "contents", 0600));
  }
  const FileRules rules{.read = {config, "/no/such/folder"}, .read_write = {state}};
  const auto after = [&](const std::function<bool()>& attempt) {
    return InAChild([&] { return RestrictFiles(rules).ok() && attempt(); });
  };
  EXPECT_EQ(after([&] { return ReadFile(JoinPath(config, "file")).ok(); }), 0);
  EXPECT_EQ(after([&] {
              return WriteFileAtomically(JoinPath(state, "file"), "new", 0600).ok() &&
                     RemoveFile(JoinPath(state, "file")).ok();
            }),
            0);
  const auto is_denied = [](const absl::Status& status) {
    return absl::IsPermissionDenied(status);
  };
  EXPECT_EQ(after([&] { return is_denied(ReadFile(JoinPath(other, "file")).status()); }), 0);
  EXPECT_EQ(after([&] { return is_denied(ReadFile("/etc/shadow").status()); }), 0);
  EXPECT_EQ(
      after([&] { return is_denied(WriteFileAtomically(JoinPath(config, "file"), "new", 0600)); }),
      0);
  EXPECT_EQ(after([&] { return is_denied(RemoveFile(JoinPath(config, "file"))); }), 0);
  EXPECT_EQ(after([&] {
              char* const none[] = {nullptr};
              return execve("/bin/true", none, none) == -1 && errno == EACCES;
            }),
            0);
  // A link out of a folder leads nowhere.
  ASSERT_EQ(symlink(JoinPath(other, "file").c_str(), JoinPath(config, "link").c_str()), 0);
  EXPECT_EQ(after([&] { return is_denied(ReadFile(JoinPath(config, "link")).status()); }), 0);
}

// Every call of the list stands on the page, and every call of the page's table in the list.
TEST(SandboxingPage, ListsEveryCall) {
  ASSERT_OK_AND_ASSIGN(const std::string source,
                       ReadFile(mayfly::testing::SourcePath("ca/sandbox/system_calls.cc")));
  ASSERT_OK_AND_ASSIGN(std::string page,
                       ReadFile(mayfly::testing::SourcePath("docs/sandboxing.md")));
  page = page.substr(page.find("## System calls"));
  std::set<std::string> in_source, in_page;
  const std::regex call("SYS_([a-z0-9_]+)");
  const std::set<std::string> not_allowed = {"clone3", "seccomp"};
  for (std::sregex_iterator it(source.begin(), source.end(), call), end; it != end; ++it) {
    if (!not_allowed.contains((*it)[1])) in_source.insert((*it)[1]);
  }
  page = page.substr(page.find("| waiting"));
  const std::regex word("`([a-z0-9_]+)`");
  for (std::sregex_iterator it(page.begin(), page.end(), word), end; it != end; ++it) {
    if ((*it)[1] != "getaddrinfo") in_page.insert((*it)[1]);
  }
  EXPECT_EQ(in_source, in_page);
}

// All that `pattern` (with one group) finds in `text`.
std::set<std::string> Found(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  std::set<std::string> all;
  for (std::sregex_iterator it(text.begin(), text.end(), expression), end; it != end; ++it) {
    all.insert((*it)[1]);
  }
  return all;
}

TEST(SandboxingPage, ListsEveryFile) {
  ASSERT_OK_AND_ASSIGN(const std::string source,
                       ReadFile(mayfly::testing::SourcePath("ca/confine.cc")));
  ASSERT_OK_AND_ASSIGN(std::string page,
                       ReadFile(mayfly::testing::SourcePath("docs/sandboxing.md")));
  const size_t from = page.find("## Files");
  page = page.substr(from, page.find("## System calls") - from);
  // Of the system: by their names.
  EXPECT_EQ(Found(source, R"re("(/[a-z0-9/]+)")re"), Found(page, "`(/[a-z0-9/]+)`"));
  // Of the configuration: a field, and how the page calls it.
  const std::map<std::string, std::string> words = {{"certificates_path", "certificates of clouds"},
                                                    {"crl_path", "CRLs"},
                                                    {"directory", "the folder of mayflyd.yaml"},
                                                    {"file", "keys"},
                                                    {"local_socket", "`local_socket`"},
                                                    {"policies_path", "`policies`"},
                                                    {"roots_path", "roots"},
                                                    {"secret_path", "webhooks' secrets and roots"},
                                                    {"state_directory", "`state_directory`"},
                                                    {"tls_path", "`tls`"},
                                                    {"users_path", "users"}};
  std::set<std::string> fields;
  for (const auto& [field, word] : words) {
    fields.insert(field);
    EXPECT_NE(page.find(word), std::string::npos) << word;
  }
  EXPECT_EQ(Found(source, R"re((?:\.|->)([a-z_]*(?:_path|directory|socket|file))\b(?!\())re"),
            fields);
}

}  // namespace
}  // namespace mayfly::sandbox
