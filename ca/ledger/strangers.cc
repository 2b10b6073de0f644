#include "ca/ledger/strangers.h"

namespace mayfly::ledger {
namespace {

constexpr absl::Duration kInterval = absl::Minutes(1);
constexpr int kMaxEventsPerDay = 1000;
// Causes are words of ours; were one ever made from what a peer sends, this bounds it.
constexpr size_t kMaxCauses = 64;
constexpr size_t kMaxCauseSize = 100;

absl::Time DayOf(absl::Time now) {
  return absl::UnixEpoch() + absl::Floor(now - absl::UnixEpoch(), absl::Hours(24));
}

}  // namespace

Strangers::Cause& Strangers::Find(const std::string& cause) {
  const std::string name = cause.substr(0, kMaxCauseSize);
  const auto found = causes_.find(name);
  if (found != causes_.end()) return found->second;
  return causes_[causes_.size() < kMaxCauses ? name : "other"];
}

void Strangers::Add(const std::string& cause) {
  MutexLock lock(mutex_);
  ++Find(cause).count;
}

std::vector<Strangers::Count> Strangers::TakeDue(absl::Time now) {
  MutexLock lock(mutex_);
  if (DayOf(now) != day_) {
    day_ = DayOf(now);
    taken_today_ = 0;
  }
  std::vector<Count> due;
  for (auto& [name, cause] : causes_) {
    if (cause.count == 0 || now - cause.last_taken < kInterval) continue;
    if (taken_today_ == kMaxEventsPerDay) break;  // The counts go on; tomorrow's event has them.
    ++taken_today_;
    cause.last_taken = now;
    Count& one = due.emplace_back();
    one.cause = name;
    one.count = cause.count;
    cause.count = 0;
  }
  return due;
}

void Strangers::PutBack(const std::vector<Count>& counts) {
  MutexLock lock(mutex_);
  for (const Count& one : counts) Find(one.cause).count += one.count;
}

}  // namespace mayfly::ledger
