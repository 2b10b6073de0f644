// Certificates that an operator names in a file: a cloud's, which renews them now and then.
#ifndef MAYFLY_CA_AUTHN_CERTIFICATE_FILE_H_
#define MAYFLY_CA_AUTHN_CERTIFICATE_FILE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ca/authn/last_good.h"
#include "ca/authn/x509.h"

namespace mayfly::authn {

using Certificates = std::vector<X509Pointer>;
// What is in force now; never null, never empty. Thread-safe.
using CertificateSource = std::function<std::shared_ptr<const Certificates>()>;

// Thread-safe. Reads its file at Open and whenever Reload finds it changed; a file that is wrong
// leaves the last good certificates in force.
class CertificateFile {
 public:
  // A PEM file with at least one certificate. Errors name it.
  static absl::StatusOr<std::unique_ptr<CertificateFile>> Open(std::string path);

  // As LastGood's.
  absl::Status Reload(bool always, bool* was_read = nullptr) {
    return file_.Reload(always, was_read);
  }
  std::shared_ptr<const Certificates> Current() const { return file_.Current(); }
  const std::string& path() const { return path_; }

 private:
  explicit CertificateFile(std::string path);

  const std::string path_;
  LastGood<Certificates> file_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_CERTIFICATE_FILE_H_
