// Files that hold public keys and certificates, found and read as ssh-keygen does.
#ifndef MAYFLY_CLIENT_KEYGEN_KEY_FILES_H_
#define MAYFLY_CLIENT_KEYGEN_KEY_FILES_H_

#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/context.h"
#include "ssh/certificate.h"
#include "ssh/public_key.h"

namespace mayfly::client {

using KeyOrCertificate = std::variant<ssh::PublicKey, ssh::Certificate>;
const ssh::PublicKey& PlainKey(const KeyOrCertificate& key);

// "TYPE BASE64 comment", a key or a certificate. kInvalidArgument.
absl::StatusOr<KeyOrCertificate> ParseKeyLine(std::string_view line,
                                              std::string* comment = nullptr);

struct LoadedKey {
  KeyOrCertificate key;
  std::string comment;  // Where the file has none: the file's name, as ssh-keygen has it.
};

// The first line of `path` that `judge` takes; where that is a private key, of `path`.pub; without
// such a neighbour, the public half of the private key when it is not encrypted. Every error names
// `path`.
struct KeyLine {
  std::string text;
  std::string path;  // The file where it stood.
};
absl::StatusOr<KeyLine> FindKeyLine(const std::string& path,
                                    const std::function<absl::Status(std::string_view)>& judge);

// The first key of a file, found so.
absl::StatusOr<LoadedKey> LoadPublic(const std::string& path);
// The same, and a certificate is refused. `noun` names it in errors: "CA public key".
absl::StatusOr<ssh::PublicKey> LoadPlainPublic(const std::string& path, std::string_view noun);

// A whole file; "-" is standard input. Unlike ReadFile it reads pipes too, for <(command).
absl::StatusOr<std::string> ReadAny(const std::string& path, size_t max_size);

// "~/x" in a glued value, which the shell leaves alone.
std::string ExpandTilde(const Context& context, const std::string& path);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_KEYGEN_KEY_FILES_H_
