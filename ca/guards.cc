#include "ca/guards.h"

#include <sys/resource.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly {
namespace {

// Key files, database, logs, epoll, gRPC's own: measured 60.
constexpr int kOtherDescriptors = 200;
// A leap second is repeated, and NTP steps by less than this.
constexpr absl::Duration kClockSlack = absl::Seconds(5);
constexpr absl::Duration kKeepEvery = absl::Minutes(1);

}  // namespace

model::Limits FitToDescriptors(model::Limits limits, Log& log) {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return limits;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const auto most = static_cast<int>(std::min<rlim_t>(files.rlim_max, 1 << 20));
  const int fit = std::max(1, (most - kOtherDescriptors) / 2);
  if (limits.max_connections <= fit) return limits;
  log.Warning("fewer connections than configured: the limit of open files is too low",
              {{"open_files", most},
               {"max_connections", limits.max_connections},
               {"in_force", fit},
               {"hint", "raise LimitNOFILE= of the service"}});
  limits.max_connections = fit;
  limits.max_connections_per_source = std::min(limits.max_connections_per_source, fit);
  limits.max_silent_connections = std::min(limits.max_silent_connections, fit);
  return limits;
}

absl::StatusOr<int64_t> FreeBytes(const std::string& folder) {
  struct statvfs disk = {};
  if (statvfs(folder.c_str(), &disk) != 0) return ErrnoStatus(errno, folder);
  return static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
}

absl::Status CheckDisk(const std::string& folder, int min_free_mib) {
  MAYFLY_ASSIGN_OR_RETURN(const int64_t free, FreeBytes(folder));
  const int64_t free_mib = free >> 20;
  if (free_mib >= min_free_mib) return absl::OkStatus();
  return ResourceExhausted(fmt::format(
      "{} has {} MiB left, below limits.min_free_disk_mib ({}): nothing is issued until there is "
      "more; free some space, and issuance goes on by itself",
      folder, free_mib, min_free_mib));
}

absl::StatusOr<ClockGuard> ClockGuard::Start(ledger::Ledger& ledger, absl::Time now, bool accept) {
  MAYFLY_ASSIGN_OR_RETURN(absl::Time newest, ledger.NewestTime());
  if (accept && now < newest) {
    MAYFLY_RETURN_IF_ERROR(ledger.RecordNotice(
        {ledger::NoticeKind::kClockAccepted, {{"was", TimeText(newest)}, {"is", TimeText(now)}}}));
    newest = now;
    MAYFLY_RETURN_IF_ERROR(ledger.KeepNewestTime(newest));
  }
  return ClockGuard(ledger, newest);
}

absl::Status ClockGuard::Check(absl::Time now) {
  if (now + kClockSlack < newest_) {
    return FailedPrecondition(fmt::format(
        "the clock says {}, but there are records of {}: nothing is issued until it is past that; "
        "set the clock, or if it is right now and was ahead then, start mayflyd once with "
        "--accept-clock",
        TimeText(now), TimeText(newest_)));
  }
  newest_ = std::max(newest_, now);
  // A disk that takes nothing says so to whoever wants to record; the clock is right all the same.
  if (newest_ - kept_ >= kKeepEvery && ledger_->KeepNewestTime(newest_).ok()) kept_ = newest_;
  return absl::OkStatus();
}

}  // namespace mayfly
