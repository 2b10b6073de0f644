// Where the passphrase of the key files comes from.
#ifndef MAYFLY_CA_KEYS_PASSPHRASE_H_
#define MAYFLY_CA_KEYS_PASSPHRASE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret_bytes.h"

namespace mayfly::keys {

// A place to read a passphrase from. Never an argument or an environment variable: other processes
// read those.
struct PassphraseSource {
  enum class Kind { kPrompt, kFile, kDescriptor, kCredential };
  Kind kind = Kind::kPrompt;
  std::string name;     // kFile: the path. kCredential: its name.
  int descriptor = -1;  // kDescriptor.

  // "prompt", "file:/path", "fd:3", "credential:NAME". kInvalidArgument lists the forms.
  static absl::StatusOr<PassphraseSource> Parse(std::string_view text);
  std::string ToString() const;
  friend bool operator==(const PassphraseSource&, const PassphraseSource&) = default;
};

inline constexpr size_t kMinPassphraseSize = 8;  // For a new passphrase.
inline constexpr size_t kMaxPassphraseSize = 1024;

// Reads a passphrase. One newline at the end of a file, descriptor or credential is dropped.
//   kPrompt      asks on the terminal without echo, "PROMPT: "; blocks
//   kFile        as ReadSecretFile
//   kDescriptor  to its end; can be read once
//   kCredential  $CREDENTIALS_DIRECTORY/NAME, as systemd's LoadCredential= puts it
// With `confirm`, for a new passphrase: a prompt asks twice, and fewer than kMinPassphraseSize
// bytes are refused.
//   kFailedPrecondition  there is no terminal (names the other ways), others can read the file, or
//   the
//                        process was given no credentials
//   kInvalidArgument     empty, too long, too short when new, or the two answers differ
//   kNotFound, kPermissionDenied
absl::StatusOr<SecretBytes> ReadPassphrase(const PassphraseSource& source, std::string_view prompt,
                                           bool confirm);

}  // namespace mayfly::keys

#endif  // MAYFLY_CA_KEYS_PASSPHRASE_H_
