#include "ca/webhooks/sender.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace mayfly::webhooks {
namespace {

constexpr absl::Duration kPostLimit = absl::Seconds(10);
constexpr absl::Duration kSlice = absl::Milliseconds(100);  // How soon a pause notices the end.
constexpr size_t kMaxSubjects = 10'000;                     // Whose denials are counted at a time.
constexpr std::string_view kDenial = "denial";
constexpr std::string_view kBurst = "denial-burst";

}  // namespace

bool Bursts::Add(const Event& denial, Event* burst) {
  if (by_subject_.size() >= kMaxSubjects && !by_subject_.contains(denial.subject)) {
    by_subject_.clear();  // So many at once is a burst of its own; counting starts again.
  }
  Recent& recent = by_subject_[denial.subject];
  recent.times.push_back(denial.time);
  while (recent.times.front() + options_.burst_window < denial.time) recent.times.pop_front();
  if (static_cast<int>(recent.times.size()) < options_.burst) return false;
  if (recent.told + options_.burst_pause > denial.time) return false;
  recent.told = denial.time;
  *burst = denial;
  burst->name = kBurst;
  burst->details.emplace_back("count", std::to_string(recent.times.size()));
  burst->details.emplace_back("within", DurationText(options_.burst_window));
  return true;
}

Sender::Sender(SenderOptions options, std::vector<Endpoint> endpoints, Queue queue,
               const Clock& clock, Log& log)
    : options_(std::move(options)),
      endpoints_(std::move(endpoints)),
      queue_(std::move(queue)),
      clock_(clock),
      log_(log),
      poster_(MakePoster(kPostLimit, [this] { return stopping(); })) {
  for (const Endpoint& endpoint : endpoints_) {
    threads_.emplace_back([this, &endpoint] { Run(endpoint); });
  }
}

Sender::~Sender() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

bool Sender::stopping() const {
  MutexLock lock(mutex_);
  return stopping_;
}

bool Sender::Pause(absl::Duration duration) {
  // Real time, in slices: what paces a thread is no decision, so the injected clock has no part.
  for (absl::Duration left = duration; left > absl::ZeroDuration(); left -= kSlice) {
    if (stopping()) return false;
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(std::min(left, kSlice)));
  }
  return !stopping();
}

void Sender::Run(const Endpoint& endpoint) {
  Bursts bursts(options_);
  absl::StatusOr<int64_t> position = queue_.position(endpoint.name);
  while (!position.ok()) {
    log_.Error("webhook: the queue cannot be read",
               {{"webhook", endpoint.name}, {"error", Message(position.status())}});
    if (!Pause(absl::Seconds(10))) return;
    position = queue_.position(endpoint.name);
  }
  while (Pause(options_.poll)) {
    const absl::StatusOr<Batch> batch = queue_.read(*position);
    if (!batch.ok()) {
      log_.Error("webhook: the queue cannot be read",
                 {{"webhook", endpoint.name}, {"error", Message(batch.status())}});
      if (!Pause(absl::Seconds(10))) return;
      continue;
    }
    for (const Event& event : batch->events) {
      Event told = event;
      if (event.name == kDenial && !bursts.Add(event, &told)) continue;
      if (!endpoint.events.empty() && !endpoint.events.contains(told.name)) continue;
      if (!Deliver(endpoint, told)) return;
      // After each: what was received is not sent again by the next start.
      position = event.id;
      queue_.advance(endpoint.name, *position).IgnoreError();
    }
    if (batch->read_to == *position) continue;
    position = batch->read_to;
    queue_.advance(endpoint.name, *position).IgnoreError();
  }
}

absl::Status Sender::SendOnce(const Endpoint& endpoint, const Event& event) {
  Post post;
  post.url = endpoint.url;
  post.roots_file = endpoint.roots_file;
  post.body = BodyOf(event, options_.ca_name, options_.ca_id);
  post.headers = {{"Mayfly-Event", event.name},
                  {"Mayfly-Delivery", std::to_string(event.id)},
                  {"Mayfly-Signature", SignatureOf(endpoint.secret, post.body, clock_.Now())}};
  return poster_->Send(post);
}

bool Sender::Deliver(const Endpoint& endpoint, const Event& event) {
  const absl::Time began = clock_.Now();
  absl::Duration retry = options_.first_retry;
  for (bool first = true;; first = false) {
    const absl::Status sent = SendOnce(endpoint, event);
    if (sent.ok()) return true;
    if (stopping()) return false;
    if (clock_.Now() - began >= options_.give_up) {
      log_.Alert("webhook: an event was given up", {{"webhook", endpoint.name},
                                                    {"event", event.name},
                                                    {"id", std::to_string(event.id)},
                                                    {"error", Message(sent)}});
      return true;
    }
    if (first) {
      log_.Warning("webhook: not delivered yet; it is tried again",
                   {{"webhook", endpoint.name}, {"event", event.name}, {"error", Message(sent)}});
    }
    if (!Pause(retry)) return false;
    retry = std::min(retry * 2, options_.longest_retry);
  }
}

}  // namespace mayfly::webhooks
