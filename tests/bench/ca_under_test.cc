#include "tests/bench/ca_under_test.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <time.h>

#include <charconv>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/status.h"
#include "fmt/format.h"
#include "ssh/private_key.h"

namespace mayfly::bench {
namespace {

constexpr int kReadySeconds = 120;  // A debug build on a busy machine derives keys slowly.
constexpr char kDerivation[] = "derivation_ms=";

absl::Status CheckOnDisk(const std::string& folder) {
  struct statfs system = {};
  if (statfs(folder.c_str(), &system) != 0) return ErrnoStatus(errno, folder);
  if (system.f_type != TMPFS_MAGIC) return absl::OkStatus();
  return FailedPrecondition(fmt::format(
      "{} is memory, where nothing is durable: set TMPDIR to a folder on a disk", folder));
}

// The datagram socket that sd_notify writes to.
absl::StatusOr<FileDescriptor> NotifySocket(const std::string& path) {
  FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return InvalidArgument(path + ": too long");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  if (!socket || bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return ErrnoStatus(errno, path);
  }
  return socket;
}

bool WaitForReady(const FileDescriptor& socket, BackgroundProcess& daemon) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kReadySeconds);
  while (std::chrono::steady_clock::now() < deadline && daemon.Running()) {
    pollfd ready = {socket.get(), POLLIN, 0};
    if (poll(&ready, 1, 50) <= 0) continue;
    char text[256] = {};
    const ssize_t size = recv(socket.get(), text, sizeof text - 1, 0);
    if (size > 0 && std::string_view(text).find("READY=1") != std::string_view::npos) return true;
  }
  return false;
}

double NumberAfter(std::string_view text, std::string_view word) {
  const size_t at = text.rfind(word);
  double number = 0;
  if (at == std::string_view::npos) return number;
  const char* from = text.data() + at + word.size();
  std::from_chars(from, text.data() + text.size(), number);
  return number;
}

// A line such as "VmRSS:	   24680 kB" of /proc/PID/status, in MiB.
double StatusMib(pid_t pid, std::string_view field) {
  const absl::StatusOr<std::string> status = ReadFile(fmt::format("/proc/{}/status", pid));
  if (!status.ok()) return 0;
  const size_t at = status->find(field);
  if (at == std::string::npos) return 0;
  return std::strtod(status->c_str() + at + field.size(), nullptr) / 1024;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CaUnderTest>> CaUnderTest::Create(const std::string& programs,
                                                                 const CallersFiles& callers) {
  MAYFLY_ASSIGN_OR_RETURN(TemporaryDirectory folder, TemporaryDirectory::Create("mayfly-bench"));
  MAYFLY_RETURN_IF_ERROR(CheckOnDisk(folder.path()));
  std::unique_ptr<CaUnderTest> ca(new CaUnderTest(std::move(folder), programs));
  const std::string root = ca->folder_.path();
  const std::string directory = JoinPath(root, "ca");
  SystemRandom random;
  MAYFLY_RETURN_IF_ERROR(
      CreateFile(JoinPath(root, "passphrase"), HexEncode(random.Take(16)), 0600));
  MAYFLY_ASSIGN_OR_RETURN(const ssh::PrivateKey operator_key,
                          ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random));
  MAYFLY_RETURN_IF_ERROR(CreateFile(JoinPath(root, "operator.pub"),
                                    operator_key.public_key().Line("operator") + "\n", 0600));
  ca->port_ = FreePort();
  const std::string address = fmt::format("127.0.0.1:{}", ca->port_);
  const ProcessResult init =
      Run({JoinPath(programs, "mayflyd"), "init", "--directory", directory, "--name", "Bench",
           "--address", address, "--listen", address, "--operator",
           "operator=" + JoinPath(root, "operator.pub"), "--passphrase",
           "file:" + JoinPath(root, "passphrase"), "--fast-passphrase"});
  if (init.exit_code != 0) return Internal("mayflyd init: " + init.err);
  MAYFLY_RETURN_IF_ERROR(ca->Introduce(callers));
  MAYFLY_RETURN_IF_ERROR(ca->LiftRates());
  MAYFLY_ASSIGN_OR_RETURN(const std::string trust, ReadFile(JoinPath(directory, "trust.pub")));
  MAYFLY_ASSIGN_OR_RETURN(const ssh::PublicKey trust_key, ssh::PublicKey::ParseLine(trust));
  ca->ca_id_ = trust_key.Fingerprint().text;

  const std::string counter = JoinPath(root, "syncs");
  MAYFLY_RETURN_IF_ERROR(CreateFile(counter, std::string(4096, '\0'), 0600));
  const FileDescriptor file(open(counter.c_str(), O_RDWR | O_CLOEXEC));
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (page == MAP_FAILED) return ErrnoStatus(errno, counter);
  ca->syncs_ = static_cast<std::atomic<uint64_t>*>(page);
  return ca;
}

absl::Status CaUnderTest::Introduce(const CallersFiles& callers) const {
  const std::string directory = JoinPath(folder_.path(), "ca");
  const auto write = [&](std::string_view name, const std::string& text) {
    return text.empty() ? absl::OkStatus()
                        : WriteFileAtomically(JoinPath(directory, name), text, 0600);
  };
  MAYFLY_RETURN_IF_ERROR(write("users.yaml", callers.users));
  MAYFLY_RETURN_IF_ERROR(write("clients.pem", callers.roots));
  MAYFLY_RETURN_IF_ERROR(write("policies/25-callers.yaml", callers.policy));
  if (callers.authenticators.empty()) return absl::OkStatus();
  constexpr std::string_view kList = "\nauthenticators:\n";
  MAYFLY_ASSIGN_OR_RETURN(std::string text, ReadFile(JoinPath(directory, "mayflyd.yaml")));
  const size_t at = text.find(kList);
  if (at == text.npos) return Internal("mayflyd.yaml lists no authenticators");
  return write("mayflyd.yaml", text.insert(at + kList.size(), callers.authenticators));
}

// One address and a few people stand for very many, so what each of them may ask for is no limit
// here.
absl::Status CaUnderTest::LiftRates() const {
  const std::string path = JoinPath(folder_.path(), "ca/mayflyd.yaml");
  MAYFLY_ASSIGN_OR_RETURN(const std::string before, ReadFile(path));
  MAYFLY_RETURN_IF_ERROR(WriteFileAtomically(path,
                                             before + "\nlimits:\n"
                                                      "  max_in_flight_per_source: 1024\n"
                                                      "  calls_per_second_per_source: 1000000\n"
                                                      "  calls_per_second_per_subject: 1000000\n",
                                             0600));
  const ProcessResult check = Run({JoinPath(programs_, "mayflyd"), "check", "--config", path});
  // A mayflyd that knows no such limits has none.
  return check.exit_code == 0 ? absl::OkStatus() : WriteFileAtomically(path, before, 0600);
}

CaUnderTest::~CaUnderTest() {
  daemon_.reset();
  if (syncs_ != nullptr) munmap(syncs_, 4096);
}

absl::Status CaUnderTest::Start() {
  const std::string root = folder_.path();
  const std::string notify = JoinPath(root, "notify");
  MAYFLY_RETURN_IF_ERROR(RemoveFile(notify));
  MAYFLY_ASSIGN_OR_RETURN(const FileDescriptor socket, NotifySocket(notify));
  const auto start = std::chrono::steady_clock::now();
  daemon_ = std::make_unique<BackgroundProcess>(
      std::vector<std::string>{JoinPath(programs_, "mayflyd"), "run", "--config",
                               JoinPath(root, "ca/mayflyd.yaml")},
      JoinPath(root, "log"),
      std::map<std::string, std::string>{
          {"NOTIFY_SOCKET", notify},
          {"LD_PRELOAD", JoinPath(programs_, "libbench_sync_counter.so")},
          {"MAYFLY_BENCH_SYNC_COUNTER", JoinPath(root, "syncs")}});
  if (!WaitForReady(socket, *daemon_)) return Internal("mayflyd did not start:\n" + Log());
  ready_ms_ =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  derivation_ms_ = NumberAfter(Log(), kDerivation);
  return absl::OkStatus();
}

absl::Status CaUnderTest::Stop() {
  const int code = daemon_->Stop();
  return code == 0 ? absl::OkStatus()
                   : Internal(fmt::format("mayflyd ended with {}:\n{}", code, Log()));
}

double CaUnderTest::CpuSeconds() const {
  clockid_t clock = {};
  timespec time = {};
  if (clock_getcpuclockid(pid(), &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double CaUnderTest::ResidentMib() const { return StatusMib(pid(), "VmRSS:"); }
double CaUnderTest::AnonymousMib() const { return StatusMib(pid(), "RssAnon:"); }
uint64_t CaUnderTest::Syncs() const { return syncs_->load(); }

}  // namespace mayfly::bench
