#ifndef MAYFLY_CA_SERVER_OPEN_CALLS_WATCH_H_
#define MAYFLY_CA_SERVER_OPEN_CALLS_WATCH_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/log.h"
#include "base/ticker.h"
#include "ca/server/connection_table.h"

namespace mayfly::server {

// Holds callers to the calls that they may have open. gRPC 1.51 does so only once a client has
// acknowledged the setting, which a hostile one never does, and a call whose message does not come
// reaches no code of ours: one connection could hold calls until memory ends, some 15 KB each. But
// gRPC counts them for diagnosis (channelz), so ten times a second we read that for the connections
// that have received something, and the table closes those that have too many.
class OpenCallsWatch {
 public:
  // Watches all servers that this process has started so far. Both outlive it.
  OpenCallsWatch(ConnectionTable& connections, Log& log);

 private:
  void Look();
  // The sockets of all servers by their peer.
  std::multimap<std::string, int64_t> Sockets() const;

  ConnectionTable& connections_;
  Log& log_;
  const std::vector<int64_t> servers_;
  absl::Duration next_line_ = absl::ZeroDuration();  // One a minute.
  int64_t closed_ = 0;                               // Since the last line.
  Ticker ticker_;
};

// What channelz writes. Of anything else: nothing, none.
std::vector<int64_t> ServersOf(std::string_view json);
// Adds peer and number of each socket; returns from which number to go on, nullopt at the end.
std::optional<int64_t> AddSockets(std::string_view json,
                                  std::multimap<std::string, int64_t>* sockets);
int OpenCallsOf(std::string_view json);

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_OPEN_CALLS_WATCH_H_
