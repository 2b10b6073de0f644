#ifndef MAYFLY_CA_SERVER_CONNECTION_TABLE_H_
#define MAYFLY_CA_SERVER_CONNECTION_TABLE_H_

#include <sys/socket.h>

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/time/time.h"
#include "base/file.h"
#include "base/mutex.h"
#include "ca/model/limits.h"
#include "ca/server/metrics.h"

namespace mayfly::server {

// gRPC's name for a TCP peer: "ipv4:192.0.2.7:4711", "ipv6:%5B2001:db8::1%5D:4711"; without a zone.
std::string PeerName(const sockaddr_storage& peer);

// All TCP connections that gRPC holds, over all listeners. A duplicate of its descriptor tells when
// one ends (gRPC shuts a socket down before it closes it), and lets us end one. Thread-safe.
class ConnectionTable {
 public:
  ConnectionTable(const model::Limits& limits, Metrics& metrics);

  // Takes a new connection in, known from then on by the number of `duplicate`. `peer_name` is
  // gRPC's name for the other end, which may be a proxy; `source` is SourceOf the caller. False
  // when there is no room: close it. One that has made no call may be closed to make room.
  bool Admit(FileDescriptor duplicate, const std::string& peer_name, const std::string& source,
             absl::Duration now);
  // The connection by this number has ended.
  void Ended(int duplicate);
  // The peer made a call, so its handshake is over and it means what it says.
  void Heard(const std::string& peer_name);
  // Closes what has made no call in time.
  void CloseSilent(absl::Duration now);
  void CloseAll();  // For the end: whatever they are at.

  struct Named {
    int key = 0;
    std::string peer;
  };
  // Those whose open calls should be counted now: they have received something to speak of since
  // they were last returned here, or had some open then.
  std::vector<Named> Busy();
  // So many calls are open on `connection`, whether or not their messages have come. Closes it when
  // it has more than twice of what it may; when its source, or all together, have more than four
  // times what may be in flight, the one of them that has most. Returns how many were closed.
  int SetOpenCalls(const Named& connection, int calls);

  int max_silent() const { return limits_.max_silent_connections; }
  int size() const;
  int silent() const;

 private:
  struct Connection {
    FileDescriptor duplicate;
    std::string source;
    std::string peer;
    absl::Duration since;
    bool silent = true;
    uint64_t order = 0;
    uint64_t received = 0;  // Bytes, when it was last returned by Busy.
    int open_calls = 0;
    bool closing = false;  // For its calls; it has not ended yet.
  };
  struct Count {
    int all = 0;
    int silent = 0;
    int open_calls = 0;
  };
  void Silence(Connection& connection, bool heard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CloseOldestSilent(const std::string* source) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Close(Connection& connection) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountOpenCalls(Connection& connection, int calls) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CloseForCalls(Connection& connection) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CloseThatWithMostCalls(const std::string* source) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const model::Limits limits_;
  Metrics& metrics_;
  mutable Mutex mutex_;
  std::unordered_map<int, Connection> connections_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, int> by_peer_ ABSL_GUARDED_BY(mutex_);  // Silent ones.
  std::map<uint64_t, int> silent_ ABSL_GUARDED_BY(mutex_);                // Oldest first.
  std::unordered_map<std::string, Count> sources_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_order_ ABSL_GUARDED_BY(mutex_) = 0;
  int open_calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_CONNECTION_TABLE_H_
