#ifndef MAYFLY_CA_PROVIDER_STATIC_KEYS_H_
#define MAYFLY_CA_PROVIDER_STATIC_KEYS_H_

#include <memory>
#include <string>

#include "base/mutex.h"
#include "ca/token/key_set.h"

namespace mayfly::provider {

// The keys of an issuer from a file: for clusters whose issuer cannot be reached from here.
// Thread-safe.
class StaticKeys final : public token::KeySource {
 public:
  // The path and what is wrong with it.
  static absl::StatusOr<std::unique_ptr<StaticKeys>> Load(const std::string& path);

  absl::StatusOr<std::shared_ptr<const token::KeySet>> Current() const override;
  void Refresh() const override {}
  bool CanRefresh() const override { return false; }

  // Reads the file again. A file that is wrong leaves the last good keys in force, but for one that
  // holds a private key: then there are none.
  absl::Status Reload();

 private:
  StaticKeys(std::string path, std::shared_ptr<const token::KeySet> keys);
  const std::string path_;
  mutable Mutex mutex_;
  std::shared_ptr<const token::KeySet> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mayfly::provider

#endif  // MAYFLY_CA_PROVIDER_STATIC_KEYS_H_
