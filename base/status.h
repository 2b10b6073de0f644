// Status helpers: early return, a noun added on the way up, and the few constructors that accept
// std::string_view (absl's own string_view is another type on Debian 12).
#ifndef MAYFLY_BASE_STATUS_H_
#define MAYFLY_BASE_STATUS_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mayfly {

// Makes a status of `code`. Constructors by name read better: `InvalidArgument("…")`.
absl::Status MakeStatus(absl::StatusCode code, std::string_view message);

inline absl::Status InvalidArgument(std::string_view m) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, m);
}
inline absl::Status NotFound(std::string_view m) {
  return MakeStatus(absl::StatusCode::kNotFound, m);
}
inline absl::Status AlreadyExists(std::string_view m) {
  return MakeStatus(absl::StatusCode::kAlreadyExists, m);
}
inline absl::Status PermissionDenied(std::string_view m) {
  return MakeStatus(absl::StatusCode::kPermissionDenied, m);
}
inline absl::Status Unauthenticated(std::string_view m) {
  return MakeStatus(absl::StatusCode::kUnauthenticated, m);
}
inline absl::Status FailedPrecondition(std::string_view m) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, m);
}
inline absl::Status ResourceExhausted(std::string_view m) {
  return MakeStatus(absl::StatusCode::kResourceExhausted, m);
}
inline absl::Status Aborted(std::string_view m) {
  return MakeStatus(absl::StatusCode::kAborted, m);
}
inline absl::Status Unavailable(std::string_view m) {
  return MakeStatus(absl::StatusCode::kUnavailable, m);
}
inline absl::Status Unimplemented(std::string_view m) {
  return MakeStatus(absl::StatusCode::kUnimplemented, m);
}
inline absl::Status DataLoss(std::string_view m) {
  return MakeStatus(absl::StatusCode::kDataLoss, m);
}
inline absl::Status Internal(std::string_view m) {
  return MakeStatus(absl::StatusCode::kInternal, m);
}

// The message of `status` without its code.
std::string Message(const absl::Status& status);

// Returns `status` with "noun: " before its message and the same code and payloads; OK stays OK.
absl::Status Annotate(const absl::Status& status, std::string_view noun);
template <typename T>
absl::StatusOr<T> Annotate(absl::StatusOr<T> value, std::string_view noun) {
  if (value.ok()) return value;
  return Annotate(value.status(), noun);
}

// A failed system call: the code that fits `error_number` (ENOENT -> NotFound, EACCES ->
// PermissionDenied, ENOSPC -> ResourceExhausted …) and "what: strerror".
absl::Status ErrnoStatus(int error_number, std::string_view what);

namespace internal {
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);
}  // namespace internal
}  // namespace mayfly

#define MAYFLY_STATUS_CONCAT_INNER(a, b) a##b
#define MAYFLY_STATUS_CONCAT(a, b) MAYFLY_STATUS_CONCAT_INNER(a, b)

// Returns the status of `expression` from the enclosing function unless it is OK.
#define MAYFLY_RETURN_IF_ERROR(expression)                                                    \
  do {                                                                                        \
    if (absl::Status mayfly_status = (expression); !mayfly_status.ok()) return mayfly_status; \
  } while (false)

// Assigns the value of a StatusOr, or returns its status from the enclosing function.
#define MAYFLY_ASSIGN_OR_RETURN(target, expression) \
  MAYFLY_ASSIGN_OR_RETURN_INNER(MAYFLY_STATUS_CONCAT(mayfly_value_, __LINE__), target, expression)
#define MAYFLY_ASSIGN_OR_RETURN_INNER(holder, target, expression) \
  auto holder = (expression);                                     \
  if (!holder.ok()) return holder.status();                       \
  target = std::move(holder).value()

// Ends the process when one of our own invariants is broken; never for what input can cause.
#define MAYFLY_CHECK(condition)                                                        \
  do {                                                                                 \
    if (!(condition)) ::mayfly::internal::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)

#endif  // MAYFLY_BASE_STATUS_H_
