#include "ca/provider/static_keys.h"

#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::provider {
namespace {

absl::StatusOr<std::shared_ptr<const token::KeySet>> ReadKeys(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, token::kMaxKeySetSize));
  MAYFLY_ASSIGN_OR_RETURN(token::KeySet keys, Annotate(token::KeySet::Parse(text), path));
  return std::make_shared<const token::KeySet>(std::move(keys));
}

}  // namespace

StaticKeys::StaticKeys(std::string path, std::shared_ptr<const token::KeySet> keys)
    : path_(std::move(path)), keys_(std::move(keys)) {}

absl::StatusOr<std::unique_ptr<StaticKeys>> StaticKeys::Load(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(std::shared_ptr<const token::KeySet> keys, ReadKeys(path));
  return std::unique_ptr<StaticKeys>(new StaticKeys(path, std::move(keys)));
}

absl::StatusOr<std::shared_ptr<const token::KeySet>> StaticKeys::Current() const {
  MutexLock lock(mutex_);
  if (keys_ == nullptr) {
    return Unavailable(fmt::format("{}: a private key stood among the keys", path_));
  }
  return keys_;
}

absl::Status StaticKeys::Reload() {
  absl::StatusOr<std::shared_ptr<const token::KeySet>> keys = ReadKeys(path_);
  MutexLock lock(mutex_);
  if (keys.ok()) {
    keys_ = *std::move(keys);
    return absl::OkStatus();
  }
  if (absl::IsFailedPrecondition(keys.status())) keys_ = nullptr;
  return keys.status();
}

}  // namespace mayfly::provider
