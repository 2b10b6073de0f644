#include "ca/ledger/serial_allocator.h"

#include "base/status.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/statements.h"

namespace mayfly::ledger {
namespace {

constexpr uint64_t kBlock = 256;  // What a restart leaves unused, against one commit in 256 calls.
constexpr int kCounterBits = 40;
constexpr uint64_t kMaxCounter = (uint64_t{1} << kCounterBits) - 1;

}  // namespace

absl::StatusOr<ssh::Serial> SerialAllocator::Next() {
  MutexLock lock(mutex_);
  if (next_ > last_) MAYFLY_RETURN_IF_ERROR(Reserve());
  return ssh::Serial{era_ << kCounterBits | next_++};
}

absl::Status SerialAllocator::Reserve() {
  MAYFLY_ASSIGN_OR_RETURN(
      const std::vector<store::Rows> results,
      store_.Write({Run(kAdvanceCounter, {int64_t{kBlock}, std::string("serial")}),
                    Run(kReadCounter, {std::string("era")})}));
  const auto last = static_cast<uint64_t>(IntegerAt(results.at(0).at(0), 0));
  if (last > kMaxCounter) {
    return ResourceExhausted("this era of the CA has no serials left: begin a new one");
  }
  era_ = static_cast<uint64_t>(IntegerAt(results.at(1).at(0), 0));
  last_ = last;
  next_ = last - kBlock + 1;
  return absl::OkStatus();
}

}  // namespace mayfly::ledger
