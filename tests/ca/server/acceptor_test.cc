#include "ca/server/acceptor.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "absl/time/clock.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::server {
namespace {

FileDescriptor ConnectTo(int port) {
  FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  MAYFLY_CHECK(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

// Keeps what an acceptor hands on.
class Connections {
 public:
  void Take(FileDescriptor connection) {
    MutexLock lock(mutex_);
    taken_.push_back(std::move(connection));
    changed_.NotifyAll();
  }
  bool WaitFor(size_t count) {
    MutexLock lock(mutex_);
    while (taken_.size() < count) {
      if (!changed_.WaitFor(mutex_, std::chrono::seconds(10))) return false;
    }
    return true;
  }
  size_t count() {
    MutexLock lock(mutex_);
    return taken_.size();
  }
  // As gRPC ends a connection.
  void ShutDownAll() {
    MutexLock lock(mutex_);
    for (const FileDescriptor& fd : taken_) shutdown(fd.get(), SHUT_RDWR);
    taken_.clear();
  }

 private:
  Mutex mutex_;
  ConditionVariable changed_;
  std::vector<FileDescriptor> taken_ ABSL_GUARDED_BY(mutex_);
};

// Room as a test needs it.
struct Room {
  explicit Room(const model::Limits& limits = {}) : table(limits, metrics) {}
  Metrics metrics;
  ConnectionTable table;
};

// True when the other side closed `fd`.
bool IsClosed(const FileDescriptor& fd) {
  char byte = 0;
  return recv(fd.get(), &byte, 1, 0) <= 0;
}

TEST(TcpAcceptor, HandsOnConnectionsFromAFreePort) {
  const std::unique_ptr<Log> log = MakeNullLog();
  Room room;
  Connections connections;
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<TcpAcceptor> acceptor,
                       TcpAcceptor::Listen(
                           "127.0.0.1:0", room.table,
                           [&](FileDescriptor fd) { connections.Take(std::move(fd)); }, *log));
  EXPECT_GT(acceptor->port(), 0);
  const FileDescriptor a = ConnectTo(acceptor->port()), b = ConnectTo(acceptor->port());
  EXPECT_TRUE(connections.WaitFor(2));
}

TEST(TcpAcceptor, ClosesWhatIsBeyondASourcesLimitUntilAnotherEnds) {
  const std::unique_ptr<Log> log = MakeNullLog();
  Room room({.max_connections = 10, .max_connections_per_source = 2});
  Connections connections;
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<TcpAcceptor> acceptor,
                       TcpAcceptor::Listen(
                           "127.0.0.1:0", room.table,
                           [&](FileDescriptor fd) { connections.Take(std::move(fd)); }, *log));
  const FileDescriptor a = ConnectTo(acceptor->port()), b = ConnectTo(acceptor->port());
  ASSERT_TRUE(connections.WaitFor(2));
  EXPECT_TRUE(IsClosed(ConnectTo(acceptor->port())));
  EXPECT_EQ(connections.count(), 2u);

  connections.ShutDownAll();
  // The acceptor learns of the end asynchronously: try until it lets somebody in.
  std::vector<FileDescriptor> later;
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (connections.count() == 0 && absl::Now() < deadline) {
    later.push_back(ConnectTo(acceptor->port()));
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_GE(connections.count(), 1u);
}

TEST(TcpAcceptor, NamesTheAddressThatItCannotHave) {
  const std::unique_ptr<Log> log = MakeNullLog();
  Room room;
  const auto ignore = [](FileDescriptor) {};
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<TcpAcceptor> first,
                       TcpAcceptor::Listen("127.0.0.1:0", room.table, ignore, *log));
  EXPECT_THAT(TcpAcceptor::Listen(first->address(), room.table, ignore, *log),
              StatusIs(absl::StatusCode::kAlreadyExists, ::testing::HasSubstr(first->address())));
  for (const char* address : {"", "localhost", "example.com:22", "127.0.0.1:99999", ":-1"}) {
    EXPECT_THAT(TcpAcceptor::Listen(address, room.table, ignore, *log),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << address;
  }
}

TEST(LocalAcceptor, TellsThePeersUidAndCleansUp) {
  const std::unique_ptr<Log> log = MakeNullLog();
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::Create("acceptor"));
  const std::string path = JoinPath(folder.path(), "socket");
  Connections connections;
  uid_t seen = 12345;
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<LocalAcceptor> acceptor,
                       LocalAcceptor::Listen(
                           path,
                           [&](FileDescriptor fd, uid_t peer) {
                             seen = peer;
                             connections.Take(std::move(fd));
                           },
                           *log));
  const FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  ASSERT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_TRUE(connections.WaitFor(1));
  EXPECT_EQ(seen, geteuid());
  acceptor.reset();
  EXPECT_FALSE(FileExists(path));
}

TEST(LocalAcceptor, NeverRemovesAFileThatIsNotASocket) {
  const std::unique_ptr<Log> log = MakeNullLog();
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::Create("acceptor"));
  const std::string path = JoinPath(folder.path(), "precious");
  ASSERT_OK(CreateFile(path, "keep me", 0600));
  EXPECT_THAT(LocalAcceptor::Listen(
                  path, [](FileDescriptor, uid_t) {}, *log),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(ReadFile(path), IsOkAndHolds("keep me"));
}

}  // namespace
}  // namespace mayfly::server
