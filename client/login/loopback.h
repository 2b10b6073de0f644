#ifndef MAYFLY_CLIENT_LOGIN_LOOPBACK_H_
#define MAYFLY_CLIENT_LOGIN_LOOPBACK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/file.h"

namespace mayfly::client {

// Where the browser comes back to: an HTTP listener on 127.0.0.1, on a port that was free, for one
// login (RFC 8252 section 7.3). Not thread-safe.
class LoopbackListener {
 public:
  static absl::StatusOr<LoopbackListener> Open();

  const std::string& redirect_uri() const { return redirect_uri_; }

  // Serves until the provider's answer to `state` comes, and returns its code. A request without
  // it, or with another state, gets a page that says so and changes nothing: anybody on this
  // machine can make one. With `issuer` the answer must also name it (RFC 9207).
  //   kUnauthenticated   the provider said no, in its words
  //   kDeadlineExceeded  nobody came within `limit`
  absl::StatusOr<std::string> WaitForCode(const std::string& state, const std::string& issuer,
                                          absl::Duration limit);

 private:
  LoopbackListener(FileDescriptor fd, std::string redirect_uri)
      : fd_(std::move(fd)), redirect_uri_(std::move(redirect_uri)) {}
  FileDescriptor fd_;
  std::string redirect_uri_;
};

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_LOOPBACK_H_
