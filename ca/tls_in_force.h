// The TLS key and certificate that mayflyd serves, renewed while it runs.
#ifndef MAYFLY_CA_TLS_IN_FORCE_H_
#define MAYFLY_CA_TLS_IN_FORCE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/log.h"

namespace mayfly {

// gRPC reads a PEM file again and again, and serves nobody while what it finds there is no pair of
// key and certificate. So it is given a copy, in the state directory and with mode 0600, which
// changes to what was looked at first. Used by one thread at a time.
class TlsInForce {
 public:
  // Reads and checks `path` and makes the copy. Errors name the file.
  static absl::StatusOr<std::unique_ptr<TlsInForce>> Open(const std::string& path,
                                                          const std::string& state_directory,
                                                          const Clock& clock, Log& log);

  const std::string& copy() const { return copy_; }

  // Reads the file again if it has changed; `*renewed` says whether another pair is in force now.
  // A file that a server cannot use leaves the last good pair in force: it is logged once, and is
  // the answer until it is mended.
  absl::Status Reload(bool* renewed);

 private:
  TlsInForce(const std::string& path, const std::string& state_directory, const Clock& clock,
             Log& log);
  absl::Status Take();

  const std::string path_;
  const std::string copy_;
  const Clock& clock_;
  Log& log_;
  std::string stamp_;
  absl::Status status_;
};

}  // namespace mayfly

#endif  // MAYFLY_CA_TLS_IN_FORCE_H_
