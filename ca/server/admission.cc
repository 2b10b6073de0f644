#include "ca/server/admission.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/status.h"

namespace mayfly::server {
namespace {

constexpr absl::Duration kSoon = absl::Seconds(1);
constexpr absl::Duration kPromptly = absl::Milliseconds(100);
constexpr absl::Duration kBurst = absl::Milliseconds(500);
constexpr absl::Duration kKeptShort = absl::Seconds(5);
constexpr int kShortShare = 8;
constexpr char kBusy[] = "the CA is busy; the call was not looked at";

TokenBuckets::Rate PerSecond(int calls) { return {static_cast<double>(calls), 2.0 * calls}; }
TokenBuckets::Rate PerMinute(int calls) { return {calls / 60.0, static_cast<double>(calls)}; }

}  // namespace

std::string SourceOf(const model::Fact<IpAddress>& caller) {
  if (!caller.known()) return caller.absent() ? "" : "unknown";
  const std::string text = caller.value().ToString();
  std::array<char, 16> bytes = {};
  const bool v4 = caller.value().is_ipv4();
  MAYFLY_CHECK(inet_pton(v4 ? AF_INET : AF_INET6, text.c_str(), bytes.data()) == 1);
  return std::string(bytes.data(), v4 ? 4 : 8);
}

Admission::Admission(const model::Limits& limits, Metrics& metrics)
    : limits_(limits),
      metrics_(metrics),
      source_calls_(PerSecond(limits.calls_per_second_per_source)),
      subject_calls_(PerSecond(limits.calls_per_second_per_subject)),
      source_refusals_(PerMinute(limits.refusals_per_minute_per_source)),
      subject_refusals_(PerMinute(limits.refusals_per_minute_per_subject)),
      log_lines_(PerMinute(limits.stranger_log_lines_per_minute)) {}

int Admission::RoomOf(int room, absl::Duration now) const {
  return now < short_until_ ? std::max(1, room / kShortShare) : room;
}

std::optional<Turned> Admission::TurnAway(Counter counter, std::string sentence,
                                          absl::Duration after) {
  metrics_.Count(counter);
  // Whole seconds: a herd that was told 30 ms would be back before the queue is shorter.
  return Turned{std::move(sentence), std::max(kSoon, absl::Ceil(after, absl::Seconds(1)))};
}

std::optional<Turned> Admission::Arrive(const std::string& source, bool reserved,
                                        absl::Duration now) {
  metrics_.Count(Counter::kCalls);
  if (!source.empty()) {
    if (const absl::Duration wait = source_refusals_.Look(source, now); wait > kSoon / 1000) {
      return TurnAway(Counter::kCallsLimitedSource,
                      "too many calls from your address were not authenticated", wait);
    }
    if (const absl::Duration wait = source_calls_.Take(source, now); wait > absl::ZeroDuration()) {
      return TurnAway(Counter::kCallsLimitedSource, "too many calls from your address", wait);
    }
  }
  MutexLock lock(mutex_);
  if (in_flight_ == 0) late_since_ = {};
  // Strangers may call operators' methods too, so the socket's is apart.
  int* const kept = KeptFor(source, reserved);
  const bool has_kept = kept != nullptr && *kept < model::kReservedInFlight / 2;
  if (in_flight_ >= RoomOf(limits_.max_in_flight, now) && !has_kept) {
    return TurnAway(Counter::kCallsShed, kBusy, kSoon);
  }
  if (!source.empty()) {
    int& here = per_source_[source];
    const int share = limits_.max_in_flight_per_source;
    if (here >= (has_kept ? share : RoomOf(share, now))) {
      return TurnAway(Counter::kCallsLimitedSource, "too many calls at once from your address",
                      kSoon);
    }
    ++here;
  }
  ++in_flight_;
  if (kept != nullptr) ++*kept;
  return std::nullopt;
}

int* Admission::KeptFor(const std::string& source, bool reserved) {
  if (source.empty()) return &local_in_flight_;
  return reserved ? &operators_in_flight_ : nullptr;
}

void Admission::Leave(const std::string& source, bool reserved) {
  MutexLock lock(mutex_);
  --in_flight_;
  if (int* const kept = KeptFor(source, reserved); kept != nullptr) --*kept;
  if (source.empty()) return;
  const auto found = per_source_.find(source);
  if (found != per_source_.end() && --found->second <= 0) per_source_.erase(found);
}

std::optional<Turned> Admission::Waited(Line line, absl::Duration arrived, absl::Duration now) {
  {
    MutexLock lock(mutex_);
    std::optional<absl::Duration>& late_since = late_since_.at(static_cast<size_t>(line));
    if (now - arrived <= kPromptly) {
      late_since.reset();
    } else if (!late_since) {
      late_since = now;
    } else if (now - *late_since > kBurst) {
      short_until_ = now + kKeptShort;
    }
  }
  if (now - arrived <= limits_.request_timeout) return std::nullopt;
  return TurnAway(Counter::kCallsShed, kBusy, kSoon);
}

std::optional<Turned> Admission::MayAsk(const std::string& subject, absl::Duration now) {
  if (const absl::Duration wait = subject_refusals_.Look(subject, now); wait > kSoon / 1000) {
    return TurnAway(Counter::kCallsLimitedSubject, "too many of your calls were refused", wait);
  }
  if (const absl::Duration wait = subject_calls_.Take(subject, now); wait > absl::ZeroDuration()) {
    return TurnAway(Counter::kCallsLimitedSubject, "too many calls of yours", wait);
  }
  return std::nullopt;
}

void Admission::CountRefusal(const std::string& subject, absl::Duration now) {
  subject_refusals_.Take(subject, now);
}

bool Admission::CountStranger(const std::string& source, absl::Duration now, int64_t* suppressed) {
  metrics_.Count(Counter::kStrangers);
  if (!source.empty()) source_refusals_.Take(source, now);
  const bool may = MayLog("stranger", now);
  if (may) {
    MutexLock lock(mutex_);
    *suppressed = std::exchange(suppressed_, 0);
  }
  return may;
}

bool Admission::MayLog(const std::string& kind, absl::Duration now) {
  if (log_lines_.Take(kind, now) == absl::ZeroDuration()) return true;
  metrics_.Count(Counter::kLogLinesSuppressed);
  MutexLock lock(mutex_);
  ++suppressed_;
  return false;
}

bool Admission::IsKeptShort(absl::Duration now) const {
  MutexLock lock(mutex_);
  return now < short_until_;
}

int Admission::in_flight() const {
  MutexLock lock(mutex_);
  return in_flight_;
}

}  // namespace mayfly::server
