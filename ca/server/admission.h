// Who is let in, before and after it is known who asks: floods end here, where they cost least.
#ifndef MAYFLY_CA_SERVER_ADMISSION_H_
#define MAYFLY_CA_SERVER_ADMISSION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "base/network.h"
#include "ca/model/fact.h"
#include "ca/model/limits.h"
#include "ca/server/metrics.h"
#include "ca/server/token_buckets.h"

namespace mayfly::server {

// Who counts as one source: 4 bytes of an IPv4 address, 8 of an IPv6 /64, which one customer has
// whole; empty for the local socket (absent), and all that are unknown together are one.
std::string SourceOf(const model::Fact<IpAddress>& caller);

// A call that has no room: what to tell the caller, and when to try again.
struct Turned {
  std::string sentence;
  absl::Duration retry_after;
};

// Calls wait for their turn in two lines: those for certificates, which are begun by few threads,
// and all others.
enum class Line { kIssuing, kOthers };

// Thread-safe.
class Admission {
 public:
  Admission(const model::Limits& limits, Metrics& metrics);

  // A call arrives, and nothing of it has been looked at. When it is let in, Leave must follow,
  // with the same arguments. `reserved`: it may use the room that is kept for operators; the local
  // socket's may always. `now` is MonotonicNow's.
  std::optional<Turned> Arrive(const std::string& source, bool reserved, absl::Duration now);
  void Leave(const std::string& source, bool reserved);

  // It waited in `line` from `arrived` for its turn: too long? When for half a second every call of
  // a line began late, Arrive lets an eighth in of what it lets in else, for five seconds. A burst
  // may queue; a queue that stays only makes everybody late, and what waits in it goes cold.
  std::optional<Turned> Waited(Line line, absl::Duration arrived, absl::Duration now);
  bool IsKeptShort(absl::Duration now) const;
  // It is known who asks.
  std::optional<Turned> MayAsk(const std::string& subject, absl::Duration now);
  // `subject` was refused, and the ledger has an event more.
  void CountRefusal(const std::string& subject, absl::Duration now);
  // Nobody that we know. True when it may have a line in the log; if so `*suppressed` is how many
  // had none since the last.
  bool CountStranger(const std::string& source, absl::Duration now, int64_t* suppressed);
  // The same for other lines that callers can cause as often as they like.
  bool MayLog(const std::string& kind, absl::Duration now);

  int in_flight() const;

 private:
  // How many of `room` are let in now.
  int RoomOf(int room, absl::Duration now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The count of the calls for which the same room is kept as for this one; null: none is.
  int* KeptFor(const std::string& source, bool reserved) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<Turned> TurnAway(Counter counter, std::string sentence, absl::Duration after);

  const model::Limits limits_;
  Metrics& metrics_;
  TokenBuckets source_calls_, subject_calls_, source_refusals_, subject_refusals_, log_lines_;
  mutable Mutex mutex_;
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  // Those of them that may use what is kept for their like.
  int operators_in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  int local_in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::string, int> per_source_ ABSL_GUARDED_BY(mutex_);
  int64_t suppressed_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of each line, since when every call began late.
  std::array<std::optional<absl::Duration>, 2> late_since_ ABSL_GUARDED_BY(mutex_);
  absl::Duration short_until_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_ADMISSION_H_
