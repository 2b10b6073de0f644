#include "ca/revocation/bundle_publisher.h"

#include <utility>

#include "base/status.h"

namespace mayfly::revocation {

BundlePublisher::BundlePublisher(const PublisherOptions& options, Gather gather,
                                 NextVersion next_version, const keys::Signer& trust,
                                 const Clock& clock)
    : options_(options),
      gather_(std::move(gather)),
      next_version_(std::move(next_version)),
      trust_(trust),
      clock_(clock) {}

absl::Status BundlePublisher::Publish() {
  MutexLock publishing(publishing_);
  {
    MutexLock lock(mutex_);
    issued_at_ = absl::InfinitePast();  // What is to be said has changed: due until it has worked.
  }
  MAYFLY_ASSIGN_OR_RETURN(Publication publication, gather_());
  MAYFLY_ASSIGN_OR_RETURN(const uint64_t version, next_version_());
  const absl::Time now = clock_.Now();
  publication.krl.version = version;
  publication.krl.generated_unix_s = static_cast<uint64_t>(absl::ToUnixSeconds(now));
  publication.contents.krl = publication.krl.Encode();
  MAYFLY_ASSIGN_OR_RETURN(SignedBundle built, BuildBundle(publication.contents, version, now,
                                                          trust_, options_.valid_for));
  MutexLock lock(mutex_);
  current_ = std::make_shared<const SignedBundle>(std::move(built));
  issued_at_ = now;
  return absl::OkStatus();
}

absl::Status BundlePublisher::PublishIfDue() {
  {
    MutexLock lock(mutex_);
    if (clock_.Now() < issued_at_ + options_.resign_every) return absl::OkStatus();
  }
  return Publish();
}

std::shared_ptr<const SignedBundle> BundlePublisher::Current() const {
  MutexLock lock(mutex_);
  return current_;
}

}  // namespace mayfly::revocation
