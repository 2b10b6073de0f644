// What an operator's files say: read again when they change, and the last good reading while they
// are wrong.
#ifndef MAYFLY_CA_AUTHN_LAST_GOOD_H_
#define MAYFLY_CA_AUTHN_LAST_GOOD_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file.h"
#include "base/mutex.h"

namespace mayfly::authn {

// Thread-safe; readings are made by whoever calls Reload, without a lock.
template <typename T>
class LastGood {
 public:
  using Reader = std::function<absl::StatusOr<std::shared_ptr<const T>>()>;
  // `read` reads the files at `paths`, of which some may be empty, and never yields null. Nothing
  // is read yet.
  LastGood(std::vector<std::string> paths, Reader read)
      : paths_(std::move(paths)), read_(std::move(read)) {}

  // Reads the files if one has changed, or `always`, or if they could not be read before;
  // `*was_read` (may be null) says whether it did and that is news. The answer is how the last
  // reading went.
  absl::Status Reload(bool always, bool* was_read = nullptr) {
    const std::string stamp = Stamp();  // Before reading: a change meanwhile is seen next time.
    bool changed = false;
    {
      MutexLock lock(mutex_);
      changed = always || stamp != stamp_;
      if (was_read != nullptr) *was_read = changed;
      // What could not be read may have been the machine's fault: it is tried until it can.
      if (!changed && status_.ok()) return status_;
    }
    absl::StatusOr<std::shared_ptr<const T>> read = read_();
    MutexLock lock(mutex_);
    stamp_ = stamp;
    status_ = read.status();
    if (was_read != nullptr) *was_read = changed || read.ok();
    if (read.ok()) value_ = *std::move(read);
    return status_;
  }

  // Null until a reading went well.
  std::shared_ptr<const T> Current() const {
    MutexLock lock(mutex_);
    return value_;
  }

 private:
  std::string Stamp() const {
    std::string stamp;
    for (const std::string& path : paths_) stamp += FileStamp(path) + " ";
    return stamp;
  }

  const std::vector<std::string> paths_;
  const Reader read_;
  mutable Mutex mutex_;
  std::shared_ptr<const T> value_ ABSL_GUARDED_BY(mutex_);
  std::string stamp_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_LAST_GOOD_H_
