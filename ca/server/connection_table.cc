#include "ca/server/connection_table.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <array>
#include <utility>

#include "ca/server/peer_name.h"
#include "fmt/format.h"

namespace mayfly::server {
namespace {

// A call that is begun and not made takes fifteen bytes at least: so few more are not counted.
constexpr uint64_t kBytesBetweenCounts = 128;
// gRPC takes a call off its count somewhat later than the caller sees it end, and callers may open
// more than is taken, to be told so.
constexpr int kSlackOfConnection = 2;
constexpr int kSlackOfSource = 4;

uint64_t BytesReceived(int fd) {
  tcp_info info = {};
  socklen_t size = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_received;
}

}  // namespace

std::string PeerName(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (peer.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(peer);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, text.data(), text.size());
      return fmt::format("ipv4:{}:{}", text.data(), ntohs(v6.sin6_port));
    }
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return fmt::format("ipv6:%5B{}%5D:{}", text.data(), ntohs(v6.sin6_port));
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
  inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  return fmt::format("ipv4:{}:{}", text.data(), ntohs(v4.sin_port));
}

ConnectionTable::ConnectionTable(const model::Limits& limits, Metrics& metrics)
    : limits_(limits), metrics_(metrics) {}

bool ConnectionTable::Admit(FileDescriptor duplicate, const std::string& peer_name,
                            const std::string& source, absl::Duration now) {
  MutexLock lock(mutex_);
  const auto known = sources_.find(source);
  const Count count = known == sources_.end() ? Count() : known->second;
  if (static_cast<int>(connections_.size()) >= limits_.max_connections ||
      count.all >= limits_.max_connections_per_source) {
    metrics_.Count(Counter::kConnectionsRefused);
    return false;
  }
  if (count.silent >= limits_.max_silent_connections_per_source) {
    CloseOldestSilent(&source);
  } else if (static_cast<int>(silent_.size()) >= limits_.max_silent_connections) {
    CloseOldestSilent(nullptr);
  }
  const int key = duplicate.get();
  Connection& connection = connections_[key];
  connection = Connection{std::move(duplicate), source, peer_name, now, true, ++next_order_};
  silent_[connection.order] = key;
  by_peer_[peer_name] = key;
  Count& counted = sources_[source];
  ++counted.all;
  ++counted.silent;
  metrics_.Count(Counter::kConnectionsTaken);
  return true;
}

// It is silent no more: it spoke, or it is being closed.
void ConnectionTable::Silence(Connection& connection, bool heard) {
  if (!connection.silent) return;
  connection.silent = false;
  silent_.erase(connection.order);
  // A later connection may have the same name, when the end of this one is yet to be seen.
  const auto named = by_peer_.find(connection.peer);
  if (named != by_peer_.end() && named->second == connection.duplicate.get()) {
    by_peer_.erase(named);
  }
  --sources_[connection.source].silent;
  if (!heard) metrics_.Count(Counter::kSilentConnectionsClosed);
}

void ConnectionTable::Close(Connection& connection) {
  Silence(connection, /*heard=*/false);
  shutdown(connection.duplicate.get(), SHUT_RDWR);
}

void ConnectionTable::CloseAll() {
  MutexLock lock(mutex_);
  for (auto& [key, connection] : connections_) Close(connection);
}

void ConnectionTable::CloseOldestSilent(const std::string* source) {
  for (const auto& [order, key] : silent_) {
    Connection& connection = connections_.at(key);
    if (source != nullptr && connection.source != *source) continue;
    Close(connection);
    return;
  }
}

void ConnectionTable::Ended(int duplicate) {
  MutexLock lock(mutex_);
  const auto found = connections_.find(duplicate);
  if (found == connections_.end()) return;
  Silence(found->second, /*heard=*/true);
  // The peer has ended its half: so that gRPC, which may not be reading, does not keep ours.
  shutdown(found->second.duplicate.get(), SHUT_RDWR);
  CountOpenCalls(found->second, 0);
  const auto source = sources_.find(found->second.source);
  if (--source->second.all <= 0) sources_.erase(source);
  connections_.erase(found);
}

void ConnectionTable::Heard(const std::string& peer_name) {
  MutexLock lock(mutex_);
  const auto found = by_peer_.find(WithoutZone(peer_name));
  if (found != by_peer_.end()) Silence(connections_.at(found->second), /*heard=*/true);
}

void ConnectionTable::CloseSilent(absl::Duration now) {
  MutexLock lock(mutex_);
  while (!silent_.empty()) {
    Connection& oldest = connections_.at(silent_.begin()->second);
    if (now - oldest.since <= limits_.first_call_within) return;
    Close(oldest);
  }
}

std::vector<ConnectionTable::Named> ConnectionTable::Busy() {
  MutexLock lock(mutex_);
  std::vector<Named> busy;
  for (auto& [key, connection] : connections_) {
    if (connection.closing) continue;
    const uint64_t received = BytesReceived(key);
    // What has calls is counted until it has none.
    if (received - connection.received < kBytesBetweenCounts && connection.open_calls == 0) {
      continue;
    }
    // In steps: what has been received is counted only when gRPC has read it, which may be later.
    connection.received += (received - connection.received) / 8;
    busy.push_back({key, connection.peer});
  }
  return busy;
}

void ConnectionTable::CountOpenCalls(Connection& connection, int calls) {
  const int more = calls - connection.open_calls;
  connection.open_calls = calls;
  sources_[connection.source].open_calls += more;
  open_calls_ += more;
}

void ConnectionTable::CloseForCalls(Connection& connection) {
  CountOpenCalls(connection, 0);
  connection.closing = true;
  Silence(connection, /*heard=*/true);
  shutdown(connection.duplicate.get(), SHUT_RDWR);
  metrics_.Count(Counter::kConnectionsClosedForCalls);
}

void ConnectionTable::CloseThatWithMostCalls(const std::string* source) {
  Connection* most = nullptr;
  for (auto& [key, connection] : connections_) {
    if (source != nullptr && connection.source != *source) continue;
    if (most == nullptr || connection.open_calls > most->open_calls) most = &connection;
  }
  if (most != nullptr) CloseForCalls(*most);
}

int ConnectionTable::SetOpenCalls(const Named& named, int calls) {
  MutexLock lock(mutex_);
  const auto found = connections_.find(named.key);
  if (found == connections_.end() || found->second.peer != named.peer || found->second.closing) {
    return 0;
  }
  Connection& connection = found->second;
  CountOpenCalls(connection, calls);
  if (calls > kSlackOfConnection * limits_.max_streams_per_connection) {
    CloseForCalls(connection);
    return 1;
  }
  int closed = 0;
  const int share = kSlackOfSource * limits_.max_in_flight_per_source;
  for (; sources_[connection.source].open_calls > share; ++closed) {
    CloseThatWithMostCalls(&connection.source);
  }
  const int whole = kSlackOfSource * (limits_.max_in_flight + model::kReservedInFlight);
  for (; open_calls_ > whole; ++closed) {
    CloseThatWithMostCalls(nullptr);
  }
  return closed;
}

int ConnectionTable::size() const {
  MutexLock lock(mutex_);
  return static_cast<int>(connections_.size());
}

int ConnectionTable::silent() const {
  MutexLock lock(mutex_);
  return static_cast<int>(silent_.size());
}

}  // namespace mayfly::server
