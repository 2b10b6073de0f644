#ifndef MAYFLY_CA_PROVIDER_PROVIDER_H_
#define MAYFLY_CA_PROVIDER_PROVIDER_H_

#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "ca/provider/discovery.h"
#include "ca/token/claims.h"
#include "ca/token/key_set.h"
#include "http/client.h"

namespace mayfly::provider {

// One issuer on the network: its keys, fetched by a thread of its own, so that whoever verifies a
// token finds them in memory and never waits for a stranger's server.
//
// Keys are fetched at start, every `refresh`, and when a token names one that is not there, at most
// once in `min_interval`. When the issuer cannot be reached, or answers with something that is no
// key set, the last good keys stay in force for `keep`; when it publishes a private key there are
// none. Thread-safe.
class Provider final : public token::KeySource {
 public:
  struct Options {
    std::string issuer;
    std::string jwks_uri;  // Where the keys are, when they are not to be discovered; may be empty.
    absl::Duration refresh = absl::Hours(1);
    absl::Duration keep = absl::Hours(24);
    absl::Duration min_interval = absl::Seconds(10);
    absl::Duration retry = absl::Seconds(30);  // After a failure.
    absl::Duration wait = absl::Seconds(5);    // Of one caller of Refresh.
  };
  // `clock` and `log` outlive the provider.
  Provider(Options options, std::unique_ptr<http::Client> http, const Clock& clock, Log& log);
  ~Provider() override;  // Joins, at most after the request under way.

  absl::StatusOr<std::shared_ptr<const token::KeySet>> Current() const override;
  void Refresh() const override;
  bool CanRefresh() const override { return true; }

  // What the issuer says about the bearer of an access token (OpenID Connect Core 5.3). Blocks for
  // some seconds at most. kUnavailable when it does not say; kInvalidArgument when that is no JSON
  // object.
  absl::StatusOr<token::Claims> Userinfo(const std::string& access_token) const;

 private:
  struct Fetched {
    Discovery discovery;
    std::shared_ptr<const token::KeySet> keys;
  };
  void Loop();
  absl::StatusOr<Fetched> Fetch() const;
  absl::StatusOr<std::string> FetchText(const std::string& url) const;
  void Take(const absl::StatusOr<Fetched>& fetched);

  const Options options_;
  const std::unique_ptr<http::Client> http_;
  const Clock& clock_;
  Log& log_;
  mutable Mutex mutex_;
  mutable ConditionVariable changed_;
  mutable bool wanted_ ABSL_GUARDED_BY(mutex_) = true;  // By a caller, or the first of all.
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t attempts_ ABSL_GUARDED_BY(mutex_) = 0;  // That have ended.
  absl::Time last_attempt_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time fetched_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  Discovery discovery_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const token::KeySet> keys_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;  // Last: uses all of the above.
};

}  // namespace mayfly::provider

#endif  // MAYFLY_CA_PROVIDER_PROVIDER_H_
