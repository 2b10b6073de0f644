#include "ca/authn/certificate_file.h"

#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

constexpr size_t kMaxCertificates = 256;  // AWS has some forty regions.

absl::StatusOr<std::shared_ptr<const Certificates>> ReadCertificates(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string pem, ReadFile(path, kMaxPem));
  MAYFLY_ASSIGN_OR_RETURN(Certificates certificates,
                          Annotate(ParseCertificates(pem, kMaxCertificates), path));
  if (certificates.empty()) {
    return InvalidArgument(fmt::format("{}: no PEM certificate in it", path));
  }
  return std::make_shared<const Certificates>(std::move(certificates));
}

}  // namespace

absl::StatusOr<std::unique_ptr<CertificateFile>> CertificateFile::Open(std::string path) {
  std::unique_ptr<CertificateFile> file(new CertificateFile(std::move(path)));
  MAYFLY_RETURN_IF_ERROR(file->Reload(/*always=*/true));
  return file;
}

absl::Status CertificateFile::Reload(bool always, bool* was_read) {
  const std::string stamp = FileStamp(path_);  // Before reading: a change meanwhile is seen later.
  bool changed = false;
  {
    MutexLock lock(mutex_);
    changed = always || stamp != stamp_;
    if (was_read != nullptr) *was_read = changed;
    // What could not be read may have been the machine's fault: it is tried until it can.
    if (!changed && status_.ok()) return status_;
  }
  absl::StatusOr<std::shared_ptr<const Certificates>> read = ReadCertificates(path_);
  MutexLock lock(mutex_);
  stamp_ = stamp;
  status_ = read.status();
  if (was_read != nullptr) *was_read = changed || read.ok();
  if (read.ok()) certificates_ = *std::move(read);
  return status_;
}

std::shared_ptr<const Certificates> CertificateFile::Current() const {
  MutexLock lock(mutex_);
  return certificates_;
}

}  // namespace mayfly::authn
