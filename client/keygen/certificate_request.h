// What ssh-keygen's options ask a certificate to say. A format tool has no policy: empty
// principals, serial 0, for ever and unknown critical options are all made when asked for.
#ifndef MAYFLY_CLIENT_KEYGEN_CERTIFICATE_REQUEST_H_
#define MAYFLY_CLIENT_KEYGEN_CERTIFICATE_REQUEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/keygen/keygen_options.h"
#include "client/keygen/validity.h"
#include "ssh/certificate.h"
#include "ssh/options.h"

namespace mayfly::client {

struct CertificateRequest {
  ssh::CertificateKind kind = ssh::CertificateKind::kUser;
  std::string key_id;
  std::vector<std::string> principals;
  Validity validity;
  uint64_t serial = 0;
  bool count_up = false;  // -z +N: the next key gets the next serial.
  ssh::OptionList critical_options;
  ssh::OptionList extensions;

  // kInvalidArgument says which option is wrong and what was expected.
  static absl::StatusOr<CertificateRequest> Of(const KeygenOptions& options, absl::Time now);
};

// -z: decimal, "+" in front for counting up.
absl::StatusOr<uint64_t> ParseSerial(std::string_view text, bool* count_up);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_KEYGEN_CERTIFICATE_REQUEST_H_
