#include "ca/keys/ssh_import.h"

#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::keys {
namespace {

absl::StatusOr<ssh::PrivateKey> ReadSshKey(const ImportRequest& request,
                                           const ssh::BcryptPbkdf& kdf) {
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes text, ReadSecretFile(request.in));
  absl::StatusOr<ssh::PrivateKey> key = ssh::PrivateKey::ParseFile(text);
  if (absl::IsFailedPrecondition(key.status())) {  // Encrypted.
    MAYFLY_ASSIGN_OR_RETURN(
        const SecretBytes passphrase,
        Annotate(ReadPassphrase(request.in_passphrase, fmt::format("passphrase of {}", request.in),
                                /*confirm=*/false),
                 "passphrase of the ssh-keygen key"));
    key = ssh::PrivateKey::ParseFile(text, &passphrase, kdf);
  }
  return Annotate(std::move(key), request.in);
}

// A CA's key is held to what its subjects' keys are held to.
absl::Status CheckStrength(const ImportRequest& request, const ssh::PublicKey& key) {
  const absl::Status strong = ssh::CheckSubjectKey(key);
  if (strong.ok()) return absl::OkStatus();
  return FailedPrecondition(
      fmt::format("{}: {}; a CA cannot be built on it: make a new key with "
                  "mayflyd init and let hosts trust both for a while",
                  request.in, Message(strong)));
}

}  // namespace

absl::StatusOr<KeyFileHeader> ImportSshKey(const ImportRequest& request,
                                           const ssh::BcryptPbkdf& kdf, absl::Time now,
                                           Random& random) {
  // Asked again by CreateFile; here, so that nobody types passphrases in vain.
  if (FileExists(request.out)) {
    return AlreadyExists(fmt::format(
        "{}: exists and is never overwritten; move it away or name another", request.out));
  }
  MAYFLY_ASSIGN_OR_RETURN(const ssh::PrivateKey key, ReadSshKey(request, kdf));
  MAYFLY_RETURN_IF_ERROR(CheckStrength(request, key.public_key()));
  KeyFileHeader header{request.role, KeyOrigin::kAdopted, absl::ToUnixSeconds(now),
                       key.public_key()};
  MAYFLY_ASSIGN_OR_RETURN(
      const SecretBytes passphrase,
      Annotate(ReadPassphrase(request.out_passphrase, fmt::format("passphrase for {}", request.out),
                              /*confirm=*/true),
               "passphrase of the new key file"));
  MAYFLY_ASSIGN_OR_RETURN(const std::string contents,
                          SealKeyFile(header, key, passphrase, request.cost, random));
  MAYFLY_RETURN_IF_ERROR(CreateFile(request.out, contents, 0600));
  return header;
}

}  // namespace mayfly::keys
