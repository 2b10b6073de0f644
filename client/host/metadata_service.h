// A cloud's metadata service: plain HTTP on a link-local address, asked by the machine itself.
#ifndef MAYFLY_CLIENT_HOST_METADATA_SERVICE_H_
#define MAYFLY_CLIENT_HOST_METADATA_SERVICE_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mayfly::client {

inline constexpr size_t kMaxMetadataAnswer = 64 << 10;
inline constexpr char kMetadataAddress[] = "169.254.169.254:80";

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // Names in lower case; the last of two counts.
  std::string body;
};
// One whole answer of HTTP/1.0 or 1.1, whose connection was closed behind it. kInvalidArgument: not
// HTTP, a body shorter than its Content-Length, or chunked, which no metadata service does.
absl::StatusOr<HttpAnswer> ParseHttpAnswer(std::string_view text);

// Asks one server. No proxy, no name is looked up, no redirect is followed, and a call ends when
// `timeout` has passed.
class MetadataService {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  // `address` is ADDRESS:PORT or [IPV6]:PORT.
  MetadataService(std::string address, absl::Duration timeout)
      : address_(std::move(address)), timeout_(timeout) {}

  // The whole answer when it is 200. kUnavailable: nobody answers in time; kNotFound for 404 and
  // its like; kFailedPrecondition for a redirect and every other answer. No answer's text stands in
  // a message.
  absl::StatusOr<HttpAnswer> Get(const std::string& path, const Headers& headers) const;
  absl::StatusOr<HttpAnswer> Put(const std::string& path, const Headers& headers) const;

 private:
  absl::StatusOr<HttpAnswer> Ask(std::string_view method, const std::string& path,
                                 const Headers& headers) const;
  const std::string address_;
  const absl::Duration timeout_;
};

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_METADATA_SERVICE_H_
