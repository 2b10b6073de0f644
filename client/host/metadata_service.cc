#include "client/host/metadata_service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

absl::StatusOr<SocketAddress> ParseAddress(const std::string& address) {
  const auto wrong = [&] {
    return InvalidArgument(fmt::format("'{}' is not ADDRESS:PORT of a metadata service",
                                       EscapeForTerminal(address.substr(0, 80))));
  };
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return wrong();
  std::string host = address.substr(0, colon);
  const std::string_view digits = std::string_view(address).substr(colon + 1);
  uint16_t port = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (code != std::errc() || end != digits.data() + digits.size() || port == 0) return wrong();
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  SocketAddress result;
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&result.storage);
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
  if (inet_pton(AF_INET, host.c_str(), &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    result.size = sizeof *ipv4;
    return result;
  }
  if (inet_pton(AF_INET6, host.c_str(), &ipv6->sin6_addr) == 1) {
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(port);
    result.size = sizeof *ipv6;
    return result;
  }
  return wrong();
}

// By a clock that nobody sets: at boot, which is when hosts enrol, the time of day jumps.
class Deadline {
 public:
  explicit Deadline(absl::Duration timeout)
      : end_(Clock::now() + absl::ToChronoNanoseconds(timeout)) {}
  // kUnavailable when it passes before `fd` is ready.
  absl::Status WaitFor(int fd, int16_t events, const std::string& address) const {
    while (true) {
      const int64_t left = absl::ToInt64Milliseconds(absl::FromChrono(end_ - Clock::now()));
      if (left <= 0) {
        return Unavailable(
            fmt::format("the metadata service at {} did not answer in time", address));
      }
      pollfd one = {fd, events, 0};
      const int ready = poll(&one, 1, static_cast<int>(std::min<int64_t>(left, 60000)));
      if (ready > 0) return absl::OkStatus();
      if (ready < 0 && errno != EINTR) return ErrnoStatus(errno, address);
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end_;
};

absl::Status Unreachable(int error, const std::string& address) {
  return Unavailable(fmt::format("no metadata service at {}: {}", address, std::strerror(error)));
}

absl::StatusOr<FileDescriptor> ConnectTo(const std::string& address, const Deadline& deadline) {
  MAYFLY_ASSIGN_OR_RETURN(const SocketAddress to, ParseAddress(address));
  FileDescriptor connection(
      socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!connection) return ErrnoStatus(errno, "socket");
  if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.size) == 0) {
    return connection;
  }
  if (errno != EINPROGRESS) return Unreachable(errno, address);
  MAYFLY_RETURN_IF_ERROR(deadline.WaitFor(connection.get(), POLLOUT, address));
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(connection.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return Unreachable(error, address);
  return connection;
}

absl::Status Send(int fd, std::string_view request, const std::string& address,
                  const Deadline& deadline) {
  while (!request.empty()) {
    MAYFLY_RETURN_IF_ERROR(deadline.WaitFor(fd, POLLOUT, address));
    const ssize_t sent = send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return Unreachable(errno, address);
    if (sent > 0) request.remove_prefix(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Receive(int fd, const std::string& address, const Deadline& deadline) {
  std::string text;
  char buffer[4096];
  while (true) {
    MAYFLY_RETURN_IF_ERROR(deadline.WaitFor(fd, POLLIN, address));
    const ssize_t size = recv(fd, buffer, sizeof buffer, 0);
    if (size == 0) return text;
    if (size < 0 && errno != EAGAIN && errno != EINTR) return Unreachable(errno, address);
    if (size > 0) text.append(buffer, static_cast<size_t>(size));
    if (text.size() > kMaxMetadataAnswer) {
      return FailedPrecondition(
          fmt::format("the metadata service at {} answers with more than {} bytes", address,
                      kMaxMetadataAnswer));
    }
  }
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

absl::Status NotHttp() { return InvalidArgument("the answer is not HTTP"); }

// "HTTP/1.1 200 OK"
absl::StatusOr<int> ParseStatusLine(std::string_view line) {
  if (!line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.0 ")) return NotHttp();
  const std::string_view digits = line.substr(9, 3);
  int status = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  if (code != std::errc() || digits.size() != 3 || end != digits.data() + 3 || status < 100 ||
      (line.size() > 12 && line[12] != ' ')) {
    return NotHttp();
  }
  return status;
}

}  // namespace

absl::StatusOr<HttpAnswer> ParseHttpAnswer(std::string_view text) {
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return NotHttp();
  const std::vector<std::string> lines = SplitLines(text.substr(0, end));
  if (lines.empty()) return NotHttp();
  HttpAnswer answer;
  MAYFLY_ASSIGN_OR_RETURN(answer.status, ParseStatusLine(lines.front()));
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t colon = lines[i].find(':');
    if (colon == 0 || colon == std::string::npos) return NotHttp();
    answer.headers[Lower(std::string_view(lines[i]).substr(0, colon))] =
        TrimBlanks(std::string_view(lines[i]).substr(colon + 1));
  }
  if (answer.headers.contains("transfer-encoding")) {
    return InvalidArgument("the answer is in chunks, as no metadata service answers");
  }
  answer.body = text.substr(end + 4);
  if (const auto length = answer.headers.find("content-length"); length != answer.headers.end()) {
    size_t size = 0;
    const std::string& digits = length->second;
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (code != std::errc() || stop != digits.data() + digits.size() || size > answer.body.size()) {
      return InvalidArgument("the answer is shorter than it says");
    }
    answer.body.resize(size);
  }
  return answer;
}

absl::StatusOr<HttpAnswer> MetadataService::Get(const std::string& path,
                                                const Headers& headers) const {
  return Ask("GET", path, headers);
}

absl::StatusOr<HttpAnswer> MetadataService::Put(const std::string& path,
                                                const Headers& headers) const {
  return Ask("PUT", path, headers);
}

absl::StatusOr<HttpAnswer> MetadataService::Ask(std::string_view method, const std::string& path,
                                                const Headers& headers) const {
  std::string request = fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nUser-Agent: mayfly\r\nAccept: */*\r\n",
      method, path, address_);
  if (method == "PUT") request += "Content-Length: 0\r\n";
  for (const auto& [name, value] : headers) request += fmt::format("{}: {}\r\n", name, value);
  request += "\r\n";
  const Deadline deadline(timeout_);
  MAYFLY_ASSIGN_OR_RETURN(const FileDescriptor connection, ConnectTo(address_, deadline));
  MAYFLY_RETURN_IF_ERROR(Send(connection.get(), request, address_, deadline));
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, Receive(connection.get(), address_, deadline));
  absl::StatusOr<HttpAnswer> answer = ParseHttpAnswer(text);
  if (!answer.ok()) {
    return FailedPrecondition(
        fmt::format("the metadata service at {}: {}", address_, Message(answer.status())));
  }
  if (answer->status == 200) return answer;
  if (answer->status >= 300 && answer->status < 400) {
    return FailedPrecondition(
        fmt::format("the metadata service at {} sends elsewhere (status {}); a real one never "
                    "does, and nothing "
                    "was followed",
                    address_, answer->status));
  }
  const std::string sentence = fmt::format("the metadata service at {} answers {} to {}", address_,
                                           answer->status, path.substr(0, path.find('?')));
  return answer->status == 404 || answer->status == 405 || answer->status == 403 ||
                 answer->status == 400
             ? NotFound(sentence)
             : FailedPrecondition(sentence);
}

}  // namespace mayfly::client
