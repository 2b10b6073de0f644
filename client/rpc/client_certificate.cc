#include "client/rpc/client_certificate.h"

#include "base/file.h"
#include "base/status.h"
#include "client/failure.h"

namespace mayfly::client {

absl::Status CheckClientCertificate(const ClientCertificateFiles& files) {
  constexpr size_t kMaxSize = 1 << 20;
  if (files.certificate.empty() || files.key.empty()) {
    return Failure(ExitCode::kUsage,
                   "a client certificate needs --tls-cert FILE and --tls-key FILE");
  }
  MAYFLY_RETURN_IF_ERROR(ReadFile(files.certificate, kMaxSize).status());
  return ReadSecretFile(files.key, kMaxSize).status();
}

}  // namespace mayfly::client
