#include "ca/issuance/policy_in_force.h"

#include <filesystem>
#include <utility>

#include "base/status.h"
#include "ca/policy/policy_loader.h"
#include "ca/policy/widening.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace mayfly::issuance {
namespace {

// Where a symbolic link points; empty for anything else.
std::string LinkTarget(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::read_symlink(path, ignored).string();
}

}  // namespace

PolicyInForce::PolicyInForce(std::string path, ledger::Ledger& ledger, Log& log)
    : path_(std::move(path)), ledger_(ledger), log_(log) {}

absl::StatusOr<std::unique_ptr<PolicyInForce>> PolicyInForce::Load(const std::string& path,
                                                                   ledger::Ledger& ledger,
                                                                   Log& log) {
  std::unique_ptr<PolicyInForce> policy(new PolicyInForce(path, ledger, log));
  MAYFLY_RETURN_IF_ERROR(policy->Reload(/*allow_widening=*/true, "start").status());
  return policy;
}

std::shared_ptr<const policy::PolicySet> PolicyInForce::Current() const {
  MutexLock lock(mutex_);
  return current_;
}

absl::StatusOr<PolicyInForce::Change> PolicyInForce::Reload(bool allow_widening,
                                                            const std::string& why) {
  MutexLock lock(reloading_);
  {
    MutexLock state(mutex_);
    link_ = LinkTarget(path_);
  }
  absl::StatusOr<Change> change = LoadAndSwap(allow_widening, why);
  if (change.ok()) return change;
  log_.Error("policy refused; the last good set stays in force",
             {{"why", why}, {"error", Message(change.status())}});
  MAYFLY_RETURN_IF_ERROR(ledger_.RecordNotice(
      {ledger::NoticeKind::kPolicyRefused, {{"why", why}, {"error", Message(change.status())}}}));
  return change;
}

absl::StatusOr<PolicyInForce::Change> PolicyInForce::LoadAndSwap(bool allow_widening,
                                                                 const std::string& why) {
  absl::StatusOr<std::shared_ptr<const policy::PolicySet>> read = policy::LoadPolicySet(path_);
  // Whatever is wrong is wrong with the files, not with the call that had them read, nor with us.
  if (!read.ok()) return FailedPrecondition(Message(read.status()));
  std::shared_ptr<const policy::PolicySet> loaded = *std::move(read);
  const std::shared_ptr<const policy::PolicySet> previous = Current();
  Change change;
  change.hash = loaded->hash();
  if (previous != nullptr) {
    change.previous_hash = previous->hash();
    change.widenings = policy::Widenings(*previous, *loaded);
  }
  const std::string what = fmt::format("{}", fmt::join(change.widenings, "; "));
  if (!change.widenings.empty()) {
    log_.Alert("policy widens", {{"why", why}, {"what", what}, {"allowed", allow_widening}});
    if (!allow_widening) {
      return FailedPrecondition(
          fmt::format("the new set drops limits: {}; allow it with --allow-widening", what));
    }
  }
  // Recorded before it decides anything.
  MAYFLY_RETURN_IF_ERROR(ledger_.RecordNotice({ledger::NoticeKind::kPolicyApplied,
                                               {{"why", why},
                                                {"hash", change.hash},
                                                {"previous", change.previous_hash},
                                                {"widening", what}}}));
  {
    MutexLock lock(mutex_);
    current_ = std::move(loaded);
  }
  log_.Info("policy in force", {{"why", why}, {"hash", change.hash}});
  return change;
}

bool PolicyInForce::LinkSwitched() const {
  MutexLock lock(mutex_);
  return LinkTarget(path_) != link_;
}

}  // namespace mayfly::issuance
