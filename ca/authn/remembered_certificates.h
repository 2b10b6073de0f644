// Client certificates that verified a moment ago.
#ifndef MAYFLY_CA_AUTHN_REMEMBERED_CERTIFICATES_H_
#define MAYFLY_CA_AUTHN_REMEMBERED_CERTIFICATES_H_

#include <map>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "ca/authn/x509.h"

namespace mayfly::authn {

// A client certificate that one of the roots stands for.
struct VerifiedCertificate {
  CertificateNames names;
  std::string sha256;  // Hex, of the certificate.
  std::string serial;  // Hex.
  absl::Time not_after;
};

// What verified, by its text, for as long as nothing can have changed that it hung on. Thread-safe.
class RememberedCertificates {
 public:
  // Of text at most 2 MiB, then; a leaf with its intermediate is some 2 KiB.
  static constexpr size_t kMaxCount = 256;
  static constexpr size_t kMaxText = 8 << 10;

  std::optional<VerifiedCertificate> Find(const std::string& text, absl::Time now) const;
  // Good from `from` on and before `until`. A text beyond kMaxText is not remembered; one more than
  // kMaxCount empties the memory: whoever still calls is back with its next call.
  void Add(std::string text, const VerifiedCertificate& verified, absl::Time from,
           absl::Time until);

 private:
  struct One {
    VerifiedCertificate verified;
    absl::Time from, until;
  };
  mutable Mutex mutex_;
  std::map<std::string, One> all_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_REMEMBERED_CERTIFICATES_H_
