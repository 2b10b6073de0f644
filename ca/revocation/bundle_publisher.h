#ifndef MAYFLY_CA_REVOCATION_BUNDLE_PUBLISHER_H_
#define MAYFLY_CA_REVOCATION_BUNDLE_PUBLISHER_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "ca/keys/signer.h"
#include "ca/revocation/bundle.h"
#include "ssh/krl.h"

namespace mayfly::revocation {

struct PublisherOptions {
  absl::Duration valid_for = kBundleValidity;
  absl::Duration resign_every = absl::Hours(1);
};

// What a bundle says; the KRL is encoded when its version is known.
struct Publication {
  BundleContents contents;  // Its `krl` is filled in from the other.
  ssh::Krl krl;
};

// Keeps the bundle in force, and signs it again in time. Thread-safe. The references outlive it.
class BundlePublisher {
 public:
  using Gather = std::function<absl::StatusOr<Publication>()>;
  using NextVersion = std::function<absl::StatusOr<uint64_t>()>;  // Durable; only grows.
  BundlePublisher(const PublisherOptions& options, Gather gather, NextVersion next_version,
                  const keys::Signer& trust, const Clock& clock);

  // Gathers, builds, signs and puts in force. After an error the last bundle stays.
  absl::Status Publish();
  // The same when it is time to sign again.
  absl::Status PublishIfDue();
  // The one in force; null before the first Publish.
  std::shared_ptr<const SignedBundle> Current() const;

 private:
  const PublisherOptions options_;
  const Gather gather_;
  const NextVersion next_version_;
  const keys::Signer& trust_;
  const Clock& clock_;
  Mutex publishing_;  // One at a time, so that versions in force only grow.
  mutable Mutex mutex_;
  std::shared_ptr<const SignedBundle> current_ ABSL_GUARDED_BY(mutex_);
  absl::Time issued_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace mayfly::revocation

#endif  // MAYFLY_CA_REVOCATION_BUNDLE_PUBLISHER_H_
