// Revocation lists as files, with the signature that stands beside.
#ifndef MAYFLY_CLIENT_KEYGEN_KRL_FILES_H_
#define MAYFLY_CLIENT_KEYGEN_KRL_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "client/context.h"
#include "client/keygen/keygen_options.h"
#include "ssh/krl.h"

namespace mayfly::client {

// -f, which a list always needs.
absl::StatusOr<std::string> KrlPath(const Context& context, const KeygenOptions& options);

absl::StatusOr<ssh::Krl> ReadKrl(const std::string& path);

// An armored SSHSIG over `krl` (ssh/krl_signature.h) by the private key in a file.
absl::StatusOr<std::string> SignKrlFile(const Context& context, const std::string& key_path,
                                        BytesView krl);

// Checks PATH.sig: made over the list by the key whose public half is in a file.
// kUnauthenticated, or what stops the files from being read.
absl::Status VerifyKrlFile(const Context& context, const std::string& signer_path,
                           const std::string& path);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_KEYGEN_KRL_FILES_H_
