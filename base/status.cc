#include "base/status.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace mayfly {

absl::Status MakeStatus(absl::StatusCode code, std::string_view message) {
  return absl::Status(code, std::string(message));
}

std::string Message(const absl::Status& status) { return std::string(status.message()); }

absl::Status Annotate(const absl::Status& status, std::string_view noun) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), std::string(noun) + ": " + Message(status));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    annotated.SetPayload(url, payload);
  });
  return annotated;
}

absl::Status ErrnoStatus(int error_number, std::string_view what) {
  absl::StatusCode code = absl::StatusCode::kInternal;
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      code = absl::StatusCode::kNotFound;
      break;
    case EEXIST:
    case EADDRINUSE:
      code = absl::StatusCode::kAlreadyExists;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = absl::StatusCode::kPermissionDenied;
      break;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EFBIG:
      code = absl::StatusCode::kResourceExhausted;
      break;
    case ELOOP:
    case EISDIR:
    case ENOTEMPTY:
    case ENAMETOOLONG:
    case EINVAL:
      code = absl::StatusCode::kFailedPrecondition;
      break;
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
    case ETIMEDOUT:
    case EAGAIN:
      code = absl::StatusCode::kUnavailable;
      break;
    case EIO:
      code = absl::StatusCode::kDataLoss;
      break;
    default:
      break;
  }
  char buffer[128];
  return MakeStatus(code,
                    std::string(what) + ": " + strerror_r(error_number, buffer, sizeof buffer));
}

namespace internal {
void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
  std::abort();
}
}  // namespace internal
}  // namespace mayfly
