#include "ca/server/open_calls_watch.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>

#include "ca/server/peer_name.h"
#include "ca/server/token_buckets.h"
#include "grpc/grpc.h"
#include "grpc/support/alloc.h"

namespace mayfly::server {
namespace {

using Json = nlohmann::json;

constexpr auto kEvery = std::chrono::milliseconds(100);
constexpr std::string_view kTransport = "chttp2 ";

Json Parsed(std::string_view json) {
  return Json::parse(json, nullptr, /*allow_exceptions=*/false);
}

// Takes over what channelz allocated.
std::string Taken(char* json) {
  const std::string text = json == nullptr ? "" : json;
  gpr_free(json);
  return text;
}

// Numbers are written as text.
int64_t NumberIn(const Json& object, const char* name) {
  if (!object.is_object()) return 0;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return 0;
  const auto& text = found->get_ref<const std::string&>();
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

const Json& Member(const Json& object, const char* name) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

}  // namespace

std::vector<int64_t> ServersOf(std::string_view json) {
  std::vector<int64_t> servers;
  const Json parsed = Parsed(json);
  for (const Json& server : Member(parsed, "server")) {
    servers.push_back(NumberIn(Member(server, "ref"), "serverId"));
  }
  return servers;
}

std::optional<int64_t> AddSockets(std::string_view json,
                                  std::multimap<std::string, int64_t>* sockets) {
  const Json parsed = Parsed(json);
  int64_t last = 0;
  for (const Json& socket : Member(parsed, "socketRef")) {
    last = NumberIn(socket, "socketId");
    const Json& name = Member(socket, "name");
    if (!name.is_string()) continue;
    const std::string& text = name.get_ref<const std::string&>();
    if (!text.starts_with(kTransport)) continue;
    sockets->emplace(WithoutZone(std::string_view(text).substr(kTransport.size())), last);
  }
  const Json& end = Member(parsed, "end");
  if (last == 0 || (end.is_boolean() && end.get<bool>())) return std::nullopt;
  return last + 1;
}

int OpenCallsOf(std::string_view json) {
  const Json parsed = Parsed(json);
  const Json& data = Member(Member(parsed, "socket"), "data");
  const int64_t open = NumberIn(data, "streamsStarted") - NumberIn(data, "streamsSucceeded") -
                       NumberIn(data, "streamsFailed");
  return static_cast<int>(
      std::clamp(open, int64_t{0}, int64_t{std::numeric_limits<int>::max() / 2}));
}

OpenCallsWatch::OpenCallsWatch(ConnectionTable& connections, Log& log)
    : connections_(connections),
      log_(log),
      servers_(ServersOf(Taken(grpc_channelz_get_servers(0)))),
      ticker_(kEvery, [this] { Look(); }) {}

std::multimap<std::string, int64_t> OpenCallsWatch::Sockets() const {
  std::multimap<std::string, int64_t> sockets;
  for (const int64_t server : servers_) {
    std::optional<int64_t> from = 0;
    while (from) {
      from = AddSockets(Taken(grpc_channelz_get_server_sockets(server, *from, 0)), &sockets);
    }
  }
  return sockets;
}

void OpenCallsWatch::Look() {
  const std::vector<ConnectionTable::Named> busy = connections_.Busy();
  if (!busy.empty()) {
    const std::multimap<std::string, int64_t> sockets = Sockets();
    for (const ConnectionTable::Named& connection : busy) {
      // Several, where one port of theirs is connected to several addresses of ours: each answers
      // for all. None: its handshake is not over, or it has ended.
      const auto [from, to] = sockets.equal_range(connection.peer);
      if (from == to) continue;
      int64_t calls = 0;
      for (auto socket = from; socket != to; ++socket) {
        calls += OpenCallsOf(Taken(grpc_channelz_get_socket(socket->second)));
      }
      closed_ += connections_.SetOpenCalls(
          connection,
          static_cast<int>(std::min<int64_t>(calls, std::numeric_limits<int>::max() / 2)));
    }
  }
  if (closed_ == 0 || MonotonicNow() < next_line_) return;
  log_.Warning("connections closed that had more calls open than they may", {{"closed", closed_}});
  closed_ = 0;
  next_line_ = MonotonicNow() + absl::Minutes(1);
}

}  // namespace mayfly::server
