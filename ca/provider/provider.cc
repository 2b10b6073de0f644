#include "ca/provider/provider.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::provider {
namespace {

constexpr absl::Duration kRequestLimit = absl::Seconds(10);
constexpr absl::Duration kUserinfoLimit = absl::Seconds(5);
constexpr auto kTick = std::chrono::milliseconds(200);

}  // namespace

Provider::Provider(Options options, std::unique_ptr<http::Client> http, const Clock& clock,
                   Log& log)
    : options_(std::move(options)),
      http_(std::move(http)),
      clock_(clock),
      log_(log),
      failure_(Unavailable("its keys are not fetched yet")),
      thread_([this] { Loop(); }) {}

Provider::~Provider() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

absl::StatusOr<std::shared_ptr<const token::KeySet>> Provider::Current() const {
  MutexLock lock(mutex_);
  if (keys_ == nullptr) {
    return Unavailable(
        fmt::format("the keys of {} are not known: {}", options_.issuer, Message(failure_)));
  }
  if (clock_.Now() - fetched_at_ > options_.keep) {
    return Unavailable(fmt::format("the keys of {} are of {}, too long ago: {}", options_.issuer,
                                   TimeText(fetched_at_), Message(failure_)));
  }
  return keys_;
}

void Provider::Refresh() const {
  MutexLock lock(mutex_);
  if (!wanted_ && clock_.Now() - last_attempt_ < options_.min_interval) return;
  const uint64_t before = attempts_;
  wanted_ = true;
  changed_.NotifyAll();
  const absl::Time until = absl::Now() + options_.wait;  // Real time: somebody is waiting.
  while (attempts_ == before && !closing_ && absl::Now() < until) changed_.WaitFor(mutex_, kTick);
}

absl::StatusOr<token::Claims> Provider::Userinfo(const std::string& access_token) const {
  std::string url;
  {
    MutexLock lock(mutex_);
    url = discovery_.userinfo_endpoint;
  }
  if (url.empty()) return Unavailable(fmt::format("{} has no userinfo", options_.issuer));
  http::Request request;
  request.url = url;
  request.bearer = access_token;
  request.limit = kUserinfoLimit;
  MAYFLY_ASSIGN_OR_RETURN(const http::Response response, http_->Fetch(request));
  if (response.status != 200) {
    return Unavailable(fmt::format("{}: answered {}", url, response.status));
  }
  return Annotate(token::Claims::Parse(response.body), url);
}

void Provider::Loop() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      while (!closing_ && !wanted_) {
        changed_.WaitFor(mutex_, kTick);
        const absl::Duration pause = failure_.ok() ? options_.refresh : options_.retry;
        if (clock_.Now() - last_attempt_ >= pause) wanted_ = true;
      }
      if (closing_) return;
      last_attempt_ = clock_.Now();
    }
    Take(Fetch());
  }
}

void Provider::Take(const absl::StatusOr<Fetched>& fetched) {
  const absl::Status status = fetched.status();
  bool changed = false;
  bool has_keys = false;
  {
    MutexLock lock(mutex_);
    changed = failure_.code() != status.code() || attempts_ == 0;
    failure_ = status.ok() ? status : Annotate(status, options_.issuer);
    if (fetched.ok()) {
      discovery_ = fetched->discovery;
      keys_ = fetched->keys;
      fetched_at_ = clock_.Now();
    } else if (absl::IsFailedPrecondition(status)) {
      keys_ = nullptr;  // Anybody can sign as the issuer now.
    }
    has_keys = keys_ != nullptr;
    wanted_ = false;
    last_attempt_ = clock_.Now();
    ++attempts_;
  }
  changed_.NotifyAll();
  if (!changed) return;  // Said already.
  if (!status.ok()) {
    log_.Error(has_keys ? "an identity provider's keys cannot be fetched; the last good ones stay "
                          "in force"
                        : "an identity provider's keys cannot be fetched; nobody logs in by it",
               {{"issuer", options_.issuer}, {"error", Message(status)}});
    return;
  }
  log_.Info("an identity provider's keys are in force",
            {{"issuer", options_.issuer}, {"keys", std::to_string(fetched->keys->size())}});
}

absl::StatusOr<Provider::Fetched> Provider::Fetch() const {
  Fetched fetched;
  fetched.discovery.jwks_uri = options_.jwks_uri;
  if (options_.jwks_uri.empty()) {
    const std::string url = DiscoveryUrl(options_.issuer);
    MAYFLY_ASSIGN_OR_RETURN(const std::string text, FetchText(url));
    MAYFLY_ASSIGN_OR_RETURN(fetched.discovery,
                            Annotate(ParseDiscovery(text, options_.issuer), url));
  }
  const std::string& url = fetched.discovery.jwks_uri;
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, FetchText(url));
  MAYFLY_ASSIGN_OR_RETURN(token::KeySet keys, Annotate(token::KeySet::Parse(text), url));
  fetched.keys = std::make_shared<const token::KeySet>(std::move(keys));
  return fetched;
}

absl::StatusOr<std::string> Provider::FetchText(const std::string& url) const {
  http::Request request;
  request.url = url;
  request.max_size = token::kMaxKeySetSize;
  request.limit = kRequestLimit;
  MAYFLY_ASSIGN_OR_RETURN(http::Response response, http_->Fetch(request));
  if (response.status != 200) {
    return Unavailable(fmt::format("{}: answered {}", url, response.status));
  }
  return std::move(response.body);
}

}  // namespace mayfly::provider
