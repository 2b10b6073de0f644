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

CertificateFile::CertificateFile(std::string path)
    : path_(std::move(path)), file_({path_}, [this] { return ReadCertificates(path_); }) {}

absl::StatusOr<std::unique_ptr<CertificateFile>> CertificateFile::Open(std::string path) {
  std::unique_ptr<CertificateFile> file(new CertificateFile(std::move(path)));
  MAYFLY_RETURN_IF_ERROR(file->Reload(/*always=*/true));
  return file;
}

}  // namespace mayfly::authn
