#include "ca/authn/remembered_certificates.h"

#include <utility>

namespace mayfly::authn {

std::optional<VerifiedCertificate> RememberedCertificates::Find(const std::string& text,
                                                                absl::Time now) const {
  MutexLock lock(mutex_);
  const auto found = all_.find(text);
  if (found == all_.end()) return std::nullopt;
  const One& one = found->second;
  if (now < one.from || now >= one.until) return std::nullopt;
  return one.verified;
}

void RememberedCertificates::Add(std::string text, const VerifiedCertificate& verified,
                                 absl::Time from, absl::Time until) {
  if (text.size() > kMaxText) return;
  MutexLock lock(mutex_);
  if (all_.size() >= kMaxCount && !all_.contains(text)) all_.clear();
  all_.insert_or_assign(std::move(text), One{verified, from, until});
}

}  // namespace mayfly::authn
