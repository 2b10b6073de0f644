#include "ssh/agent_exchange.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/status.h"
#include "fmt/format.h"
#include "ssh/agent.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

// When a call must have ended, on a clock that nobody sets.
class Deadline {
 public:
  explicit Deadline(absl::Duration timeout)
      : end_(std::chrono::steady_clock::now() +
             absl::ToChronoNanoseconds(std::min(timeout, absl::Hours(24)))) {}  // No overflow.

  // Waits until `fd` is ready for `events`; kDeadlineExceeded when time is up first.
  absl::Status Wait(int fd, short events) const {
    while (true) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now());
      if (left.count() <= 0) {
        return MakeStatus(absl::StatusCode::kDeadlineExceeded,
                          "ssh-agent did not answer in time; it may be waiting for its user");
      }
      pollfd poll_fd{.fd = fd, .events = events, .revents = 0};
      const int milliseconds = static_cast<int>(std::min<int64_t>(left.count(), 60'000));
      const int ready = poll(&poll_fd, 1, milliseconds);
      if (ready > 0) return absl::OkStatus();  // Also for an error, which the next call reports.
      if (ready < 0 && errno != EINTR) return ErrnoStatus(errno, "waiting for ssh-agent");
    }
  }

 private:
  std::chrono::steady_clock::time_point end_;
};

absl::Status Closed() { return Unavailable("ssh-agent closed the connection; connect again"); }

// MSG_NOSIGNAL: an agent that has gone must not end the process by SIGPIPE.
absl::Status SendAll(int fd, BytesView bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    MAYFLY_RETURN_IF_ERROR(deadline.Wait(fd, POLLOUT));
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(sent));
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return Closed();
    } else if (errno != EINTR && errno != EAGAIN) {
      return ErrnoStatus(errno, "writing to ssh-agent");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Bytes> ReceiveExactly(int fd, size_t size, const Deadline& deadline) {
  constexpr size_t kStep = 16 * 1024;  // What an agent announces is not allocated before it comes.
  Bytes bytes;
  while (bytes.size() < size) {
    MAYFLY_RETURN_IF_ERROR(deadline.Wait(fd, POLLIN));
    const size_t had = bytes.size();
    bytes.resize(std::min(size, had + kStep));
    const ssize_t received = recv(fd, bytes.data() + had, bytes.size() - had, 0);
    bytes.resize(had + static_cast<size_t>(std::max<ssize_t>(received, 0)));
    if (received == 0 || (received < 0 && errno == ECONNRESET)) return Closed();
    if (received < 0 && errno != EINTR && errno != EAGAIN) {
      return ErrnoStatus(errno, "reading from ssh-agent");
    }
  }
  return bytes;
}

Bytes LengthPrefix(size_t size) { return Writer().Uint32(static_cast<uint32_t>(size)).Take(); }

}  // namespace

absl::StatusOr<Bytes> ExchangeWithAgent(int fd, BytesView request, absl::Duration timeout) {
  const Deadline deadline(timeout);
  MAYFLY_RETURN_IF_ERROR(SendAll(fd, LengthPrefix(request.size()), deadline));
  MAYFLY_RETURN_IF_ERROR(SendAll(fd, request, deadline));
  MAYFLY_ASSIGN_OR_RETURN(const Bytes prefix, ReceiveExactly(fd, sizeof(uint32_t), deadline));
  MAYFLY_ASSIGN_OR_RETURN(const uint32_t size, Reader(prefix).ReadUint32());
  if (size == 0 || size > kMaxAgentMessage) {
    return InvalidArgument(fmt::format(
        "ssh-agent announced an answer of {} bytes; expected 1 to {}", size, kMaxAgentMessage));
  }
  return ReceiveExactly(fd, size, deadline);
}

}  // namespace mayfly::ssh
