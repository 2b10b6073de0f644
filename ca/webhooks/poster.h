// HTTP, as far as webhooks need it.
#ifndef MAYFLY_CA_WEBHOOKS_POSTER_H_
#define MAYFLY_CA_WEBHOOKS_POSTER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace mayfly::webhooks {

struct Post {
  std::string url;
  std::string body;  // JSON.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string roots_file;  // PEM of the only roots to believe; empty = the system's.
};

// Thread-safe.
class Poster {
 public:
  virtual ~Poster() = default;
  // OK when the receiver answered 2xx. Otherwise kUnavailable with what happened: no connection,
  // another TLS identity, too slow, another status (a redirect too: it is never followed). The
  // message names neither query nor body.
  virtual absl::Status Send(const Post& post) = 0;
};

// By libcurl. TLS is verified; plain http goes to loopback addresses only (CheckUrl). `cancelled`
// is asked now and then while a call is under way; true ends it.
std::unique_ptr<Poster> MakePoster(absl::Duration limit, std::function<bool()> cancelled);

// https://HOST…, or http://127.0.0.1…, http://[::1]…: kInvalidArgument for anything else, also for
// a user in front of the host.
absl::Status CheckUrl(const std::string& url);

}  // namespace mayfly::webhooks

#endif  // MAYFLY_CA_WEBHOOKS_POSTER_H_
