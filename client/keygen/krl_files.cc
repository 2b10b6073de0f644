#include "client/keygen/krl_files.h"

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/keygen/ca_key.h"
#include "client/keygen/key_files.h"
#include "fmt/format.h"
#include "ssh/krl_signature.h"
#include "ssh/sshsig.h"

namespace mayfly::client {

absl::StatusOr<std::string> KrlPath(const Context& context, const KeygenOptions& options) {
  if (!options.file) return InvalidArgument("a revocation list is a file: name it with -f FILE");
  return ExpandTilde(context, *options.file);
}

absl::StatusOr<ssh::Krl> ReadKrl(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadAny(path, ssh::kMaxKrlSize));
  return Annotate(ssh::Krl::Parse(AsBytes(text)), EscapeForTerminal(path));
}

absl::StatusOr<std::string> SignKrlFile(const Context& context, const std::string& key_path,
                                        BytesView krl) {
  MAYFLY_ASSIGN_OR_RETURN(const CaKey signer,
                          LoadPrivateFile(context, ExpandTilde(context, key_path)));
  return ssh::SignKrl(signer.key, signer.sign, krl);
}

absl::Status VerifyKrlFile(const Context& context, const std::string& signer_path,
                           const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const ssh::PublicKey signer,
                          LoadPlainPublic(ExpandTilde(context, signer_path), "signer"));
  MAYFLY_ASSIGN_OR_RETURN(const std::string krl, ReadAny(path, ssh::kMaxKrlSize));
  MAYFLY_ASSIGN_OR_RETURN(const std::string armored,
                          ReadAny(path + ".sig", 2 * ssh::kMaxSshsigSize));
  return Annotate(ssh::VerifyKrlSignature(signer, armored, AsBytes(krl)),
                  EscapeForTerminal(path + ".sig"));
}

}  // namespace mayfly::client
