#include "ca/server/acceptor.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcntl.h>
#include <array>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <ctime>

#include "base/network.h"
#include "base/status.h"
#include "ca/server/admission.h"
#include "ca/server/proxy_header.h"
#include "ca/server/token_buckets.h"
#include "fmt/format.h"

namespace mayfly::server {
namespace {

constexpr int kBacklog = 512;
constexpr absl::Duration kHeaderWithin = absl::Seconds(5);
constexpr int kLookMs = 500;  // How often connections that say nothing are looked at.
constexpr auto kBackOff = std::chrono::milliseconds(100);

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

absl::StatusOr<SocketAddress> ParseAddress(const std::string& text) {
  const absl::Status error = InvalidArgument(fmt::format(
      "'{}' is not an address to listen on; expected one such as 0.0.0.0:7443 or [::]:7443", text));
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return error;
  std::string host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  // getaddrinfo takes 99999 for 34463.
  const std::string port = text.substr(colon + 1);
  uint32_t number = 0;
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (code != std::errc() || end != port.data() + port.size() || number > 65535) return error;
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return error;
  SocketAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  freeaddrinfo(found);
  return address;
}

std::pair<IpAddress, int> AddressAndPort(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  int port = 0;
  if (peer.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(peer);
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    port = ntohs(v6.sin6_port);
  } else {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    port = ntohs(v4.sin_port);
  }
  return {IpAddress::Parse(text.data()).value_or(IpAddress()), port};
}

std::string Printable(const SocketAddress& bound, int& port) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (bound.storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(bound.storage);
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    port = ntohs(v6.sin6_port);
    return fmt::format("[{}]:{}", text.data(), port);
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(bound.storage);
  inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  port = ntohs(v4.sin_port);
  return fmt::format("{}:{}", text.data(), port);
}

bool OutOfDescriptors(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

void Wake(const FileDescriptor& event) {
  const uint64_t one = 1;
  const ssize_t written = write(event.get(), &one, sizeof one);
  MAYFLY_CHECK(written == sizeof one);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TcpAcceptor>> TcpAcceptor::Listen(const std::string& address,
                                                                 ConnectionTable& table,
                                                                 TakeConnection take, Log& log,
                                                                 ProxiedPeers* proxies) {
  MAYFLY_ASSIGN_OR_RETURN(SocketAddress parsed, ParseAddress(address));
  FileDescriptor listener(
      socket(parsed.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) return ErrnoStatus(errno, "socket");
  const int one = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener.get(), parsed.get(), parsed.size) != 0 ||
      listen(listener.get(), kBacklog) != 0) {
    return ErrnoStatus(errno, fmt::format("cannot listen on {}", address));
  }
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  if (getsockname(listener.get(), bound.get(), &bound.size) != 0) {
    return ErrnoStatus(errno, "getsockname");
  }
  std::unique_ptr<TcpAcceptor> acceptor(
      new TcpAcceptor(std::move(listener), table, std::move(take), log, proxies));
  acceptor->address_ = Printable(bound, acceptor->port_);
  if (!acceptor->epoll_ || !acceptor->wake_) return ErrnoStatus(errno, "epoll");
  for (const int fd : {acceptor->listener_.get(), acceptor->wake_.get()}) {
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(acceptor->epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
      return ErrnoStatus(errno, "epoll");
    }
  }
  acceptor->thread_ = std::thread([raw = acceptor.get()] { raw->Loop(); });
  return acceptor;
}

TcpAcceptor::TcpAcceptor(FileDescriptor listener, ConnectionTable& table, TakeConnection take,
                         Log& log, ProxiedPeers* proxies)
    : listener_(std::move(listener)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC)),
      table_(table),
      take_(std::move(take)),
      log_(log),
      proxies_(proxies) {}

TcpAcceptor::~TcpAcceptor() {
  if (!thread_.joinable()) return;
  Wake(wake_);
  thread_.join();
}

void TcpAcceptor::Loop() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int ready = epoll_wait(epoll_.get(), events.data(), events.size(), kLookMs);
    table_.CloseSilent(MonotonicNow());
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == wake_.get()) return;
      if (fd == listener_.get()) {
        AcceptOne();
      } else if (announced_.contains(fd)) {
        ReadHeader(fd);
      } else {
        Forget(fd);
      }
    }
    // After the events, which may be of what it closes.
    if (!announced_.empty()) DropLate();
  }
}

void TcpAcceptor::AcceptOne() {
  SocketAddress peer;
  peer.size = sizeof peer.storage;
  FileDescriptor connection(
      accept4(listener_.get(), peer.get(), &peer.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!connection) {
    if (OutOfDescriptors(errno)) {
      log_.Warning("out of descriptors: connections wait", {{"address", address_}});
      std::this_thread::sleep_for(kBackOff);
    }
    return;
  }
  const std::pair<IpAddress, int> from = AddressAndPort(peer.storage);
  if (proxies_ != nullptr && proxies_->IsProxy(from.first)) {
    Await(std::move(connection), peer.storage, from);
  } else {
    Admit(std::move(connection), peer.storage, from.first, std::nullopt);
  }
}

void TcpAcceptor::Await(FileDescriptor connection, const sockaddr_storage& peer,
                        std::pair<IpAddress, int> proxy) {
  if (static_cast<int>(announced_.size()) >= table_.max_silent()) {
    log_.Warning("proxy: connection refused",
                 {{"proxy", proxy.first.ToString()}, {"why", "too many without a header"}});
    return;
  }
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLHUP;
  event.data.fd = connection.get();
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.get(), &event) != 0) return;
  const int key = connection.get();
  announced_[key] =
      Announced{std::move(connection), {}, MonotonicNow() + kHeaderWithin, peer, std::move(proxy)};
}

void TcpAcceptor::ReadHeader(int fd) {
  Announced& announced = announced_.at(fd);
  const auto drop = [&](std::string_view why) {
    log_.Warning("proxy: connection refused",
                 {{"proxy", announced.proxy.first.ToString()}, {"why", why}});
    announced_.erase(fd);
  };
  // No byte beyond the header: what follows is TLS, and gRPC's to read.
  size_t wanted = kProxyPrefix;
  for (;;) {
    if (announced.header.size() >= kProxyPrefix) {
      const absl::StatusOr<size_t> size = ProxyHeaderSize(announced.header);
      if (!size.ok()) return drop(Message(size.status()));
      wanted = *size;
    }
    if (announced.header.size() == wanted) break;
    const size_t have = announced.header.size();
    announced.header.resize(wanted);
    const ssize_t got = recv(fd, announced.header.data() + have, wanted - have, 0);
    announced.header.resize(have + (got > 0 ? static_cast<size_t>(got) : 0));
    if (got == 0) return drop("it ended before a PROXY header");
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) return drop("it broke before a PROXY header");
  }
  const absl::StatusOr<std::optional<IpAddress>> caller = ParseProxyHeader(announced.header);
  if (!caller.ok()) return drop(Message(caller.status()));
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  Announced done = std::move(announced);
  announced_.erase(fd);
  const IpAddress source = caller->value_or(done.proxy.first);
  if (!proxies_->Set(done.proxy.first, done.proxy.second, source)) {
    log_.Warning("proxy: connection refused",
                 {{"proxy", done.proxy.first.ToString()},
                  {"why", "it has this port open to another address of ours"}});
    return;
  }
  Admit(std::move(done.connection), done.peer, source, done.proxy);
}

void TcpAcceptor::DropLate() {
  const absl::Duration now = MonotonicNow();
  std::erase_if(announced_, [&](const auto& one) { return one.second.deadline < now; });
}

void TcpAcceptor::Admit(FileDescriptor connection, const sockaddr_storage& peer,
                        const IpAddress& caller, std::optional<std::pair<IpAddress, int>> proxy) {
  const auto refuse = [&](std::string_view why) {
    if (proxy) proxies_->Forget(proxy->first, proxy->second);
    const int64_t now_s = std::time(nullptr);
    if (now_s == last_refusal_logged_s_) return;
    last_refusal_logged_s_ = now_s;
    log_.Warning("a connection was refused", {{"peer", caller.ToString()}, {"why", why}});
  };
  FileDescriptor duplicate(fcntl(connection.get(), F_DUPFD_CLOEXEC, 0));
  if (!duplicate) return refuse("out of descriptors");
  const int key = duplicate.get();
  const std::string source = SourceOf(model::Fact<IpAddress>::Known(caller));
  if (!table_.Admit(std::move(duplicate), PeerName(peer), source, MonotonicNow())) {
    return refuse("too many connections");
  }
  epoll_event event = {};
  event.events = EPOLLRDHUP | EPOLLHUP;
  event.data.fd = key;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, key, &event) != 0) {
    table_.Ended(key);
    return refuse("epoll");
  }
  const int one = 1;
  setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (proxy) proxied_[key] = *std::move(proxy);
  duplicates_.insert(key);
  take_(std::move(connection));
}

void TcpAcceptor::Forget(int duplicate) {
  if (duplicates_.erase(duplicate) == 0)
    return;  // Of one that is closed; its number may be another's.
  const auto proxied = proxied_.find(duplicate);
  if (proxied != proxied_.end()) {
    proxies_->Forget(proxied->second.first, proxied->second.second);
    proxied_.erase(proxied);
  }
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, duplicate, nullptr);
  table_.Ended(duplicate);
}

absl::StatusOr<std::unique_ptr<LocalAcceptor>> LocalAcceptor::Listen(const std::string& path,
                                                                     TakeLocalConnection take,
                                                                     Log& log) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return InvalidArgument(
        fmt::format("{}: a socket's path has at most {} bytes; set local_socket to a shorter one",
                    path, sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) return ErrnoStatus(errno, "socket");
  // What a crash left behind; a second daemon was refused before this by the store's lock.
  struct stat status = {};
  if (lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) {
      return FailedPrecondition(path +
                                ": exists and is not a socket; remove it or set local_socket");
    }
    MAYFLY_RETURN_IF_ERROR(RemoveFile(path));
  }
  if (bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      chmod(path.c_str(), 0600) != 0 || listen(listener.get(), kBacklog) != 0) {
    return ErrnoStatus(errno, path);
  }
  std::unique_ptr<LocalAcceptor> acceptor(
      new LocalAcceptor(std::move(listener), path, std::move(take), log));
  if (!acceptor->wake_) return ErrnoStatus(errno, "eventfd");
  acceptor->thread_ = std::thread([raw = acceptor.get()] { raw->Loop(); });
  return acceptor;
}

LocalAcceptor::LocalAcceptor(FileDescriptor listener, std::string path, TakeLocalConnection take,
                             Log& log)
    : listener_(std::move(listener)),
      wake_(eventfd(0, EFD_CLOEXEC)),
      path_(std::move(path)),
      take_(std::move(take)),
      log_(log) {}

LocalAcceptor::~LocalAcceptor() {
  if (!thread_.joinable()) return;
  Wake(wake_);
  thread_.join();
  unlink(path_.c_str());
}

void LocalAcceptor::Loop() {
  for (;;) {
    std::array<pollfd, 2> fds = {{{listener_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    if (poll(fds.data(), fds.size(), -1) < 0) continue;
    if (fds[1].revents != 0) return;
    if (fds[0].revents != 0) AcceptOne();
  }
}

void LocalAcceptor::AcceptOne() {
  FileDescriptor connection(
      accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!connection) {
    if (OutOfDescriptors(errno)) std::this_thread::sleep_for(kBackOff);
    return;
  }
  ucred peer = {};
  socklen_t size = sizeof peer;
  if (getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return;
  if (peer.uid != 0 && peer.uid != geteuid()) {
    log_.Warning("local socket: refused a user", {{"uid", uint64_t{peer.uid}}});
    return;
  }
  take_(std::move(connection), peer.uid);
}

}  // namespace mayfly::server
