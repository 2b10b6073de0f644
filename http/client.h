// HTTPS to servers that are not ours: identity providers and the services of a platform.
#ifndef MAYFLY_HTTP_CLIENT_H_
#define MAYFLY_HTTP_CLIENT_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "http/url.h"

namespace mayfly::http {

struct Request {
  std::string url;              // https only.
  std::optional<Form> form;     // POST when set, else GET.
  std::string bearer;           // For "Authorization: Bearer"; empty = none. Never in a message.
  size_t max_size = 256 << 10;  // Of the answer.
  absl::Duration limit = absl::Seconds(10);  // For all of it.
};

struct Response {
  int status = 0;  // 200 …
  std::string body;
};

// Thread-safe. Blocks at most for the request's limit.
class Client {
 public:
  virtual ~Client() = default;
  // A whole answer, whatever its status; redirects are answers and are never followed.
  //   kUnavailable        no answer: the name, the connection, TLS, or it took too long
  //   kResourceExhausted  the answer is larger than max_size
  //   kInvalidArgument    the bearer is none; nothing was asked
  // Messages name the host and what went wrong, never the query, the form or the bearer.
  virtual absl::StatusOr<Response> Fetch(const Request& request) = 0;
};

struct ClientOptions {
  std::string roots_pem;            // The only roots to believe; empty = the system's.
  std::function<bool()> cancelled;  // Asked now and then; true ends what is under way.
};
std::unique_ptr<Client> MakeClient(ClientOptions options);

}  // namespace mayfly::http

#endif  // MAYFLY_HTTP_CLIENT_H_
