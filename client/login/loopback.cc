#include "client/login/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>

#include "absl/time/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"
#include "http/url.h"

namespace mayfly::client {
namespace {

constexpr size_t kMaxHead = 16 << 10;
constexpr int kReadLimitMs = 2000;  // Browsers open connections in advance and say nothing.
constexpr std::string_view kPath = "/callback";

std::string Page(std::string_view status, std::string_view heading, std::string_view sentence) {
  const std::string body = fmt::format(
      "<!doctype html><html lang=en><meta charset=utf-8><title>Mayfly</title>"
      "<style>body{{font:16px/1.5 sans-serif;max-width:32em;margin:15vh auto;padding:0 "
      "1em}}</style>"
      "<h1>{}</h1><p>{}</p></html>",
      heading, sentence);
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n"
      "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
      "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{}",
      status, body.size(), body);
}

// The head of one request; what is there when the peer stops or is slow.
std::string ReadHead(int fd) {
  std::string head;
  while (head.size() < kMaxHead && head.find("\r\n\r\n") == std::string::npos) {
    pollfd waiting = {fd, POLLIN, 0};
    if (poll(&waiting, 1, kReadLimitMs) <= 0) break;
    char buffer[2048];
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got <= 0) break;
    head.append(buffer, static_cast<size_t>(got));
  }
  return head;
}

void Answer(int fd, const std::string& page) {
  size_t sent = 0;
  while (sent < page.size()) {
    const ssize_t count = send(fd, page.data() + sent, page.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<size_t>(count);
  }
}

// The query of "GET /callback?… HTTP/1.1"; nullopt for any other request.
std::optional<http::Form> QueryOf(std::string_view head) {
  const std::string start = fmt::format("GET {}?", kPath);
  if (!head.starts_with(start)) return std::nullopt;
  head.remove_prefix(start.size());
  return http::DecodeForm(head.substr(0, std::min(head.find(' '), head.size())));
}

// Empty when it is missing or comes twice.
std::string Parameter(const http::Form& form, std::string_view name) {
  std::string value;
  int count = 0;
  for (const auto& [key, text] : form) {
    if (key != name) continue;
    value = text;
    ++count;
  }
  return count == 1 ? value : std::string();
}

}  // namespace

absl::StatusOr<LoopbackListener> LoopbackListener::Open() {
  FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return ErrnoStatus(errno, "socket");
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(fd.get(), 8) != 0 ||
      getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return ErrnoStatus(errno, "listening on 127.0.0.1");
  }
  return LoopbackListener(std::move(fd),
                          fmt::format("http://127.0.0.1:{}{}", ntohs(address.sin_port), kPath));
}

absl::StatusOr<std::string> LoopbackListener::WaitForCode(const std::string& state,
                                                          const std::string& issuer,
                                                          absl::Duration limit) {
  const absl::Time until = absl::Now() + limit;  // Real time: a person is being waited for.
  for (;;) {
    const int64_t left = absl::ToInt64Milliseconds(until - absl::Now());
    if (left <= 0) break;
    pollfd waiting = {fd_.get(), POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(std::min<int64_t>(left, 60000))) <= 0) continue;
    const FileDescriptor peer(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer) continue;
    const std::string head = ReadHead(peer.get());
    if (head.empty()) continue;
    const std::optional<http::Form> query = QueryOf(head);
    if (!query) {
      Answer(peer.get(), Page("404 Not Found", "Nothing here", "This page belongs to a login."));
      continue;
    }
    if (Parameter(*query, "state") != state ||
        (!issuer.empty() && Parameter(*query, "iss") != issuer)) {
      Answer(peer.get(), Page("400 Bad Request", "Not this login",
                              "This answer belongs to another login than the one that runs."));
      continue;
    }
    if (const std::string error = Parameter(*query, "error"); !error.empty()) {
      Answer(peer.get(),
             Page("200 OK", "Not signed in", "The identity provider said no. You can close this."));
      const std::string description = Parameter(*query, "error_description");
      return Failure(
          ExitCode::kNotAuthenticated,
          fmt::format("the identity provider refused: {}{}{}",
                      EscapeForTerminal(error.substr(0, 100)), description.empty() ? "" : ": ",
                      EscapeForTerminal(description.substr(0, 300))));
    }
    std::string code = Parameter(*query, "code");
    if (code.empty()) {
      Answer(peer.get(), Page("400 Bad Request", "No code", "The answer holds no code."));
      continue;
    }
    Answer(peer.get(), Page("200 OK", "You are signed in", "You can close this."));
    return code;
  }
  return Failure(ExitCode::kNotAuthenticated,
                 fmt::format("nobody signed in within {}", DurationText(limit)),
                 "run it again; where no browser can reach this machine, add --no-browser");
}

}  // namespace mayfly::client
