#ifndef MAYFLY_CLIENT_RPC_CLIENT_CERTIFICATE_H_
#define MAYFLY_CLIENT_RPC_CLIENT_CERTIFICATE_H_

#include <string>

#include "absl/status/status.h"

namespace mayfly::client {

// PEM files: the certificate with its intermediates, and its private key, which gRPC reads itself.
struct ClientCertificateFiles {
  std::string certificate;
  std::string key;
  bool empty() const { return certificate.empty() && key.empty(); }
};

// Whether both are there, and nobody else can read the key. kUsage when one is not given.
absl::Status CheckClientCertificate(const ClientCertificateFiles& files);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_RPC_CLIENT_CERTIFICATE_H_
