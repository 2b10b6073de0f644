#include "ca/keys/passphrase.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "base/file.h"
#include "base/status.h"
#include "base/terminal_prompt.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::keys {
namespace {

constexpr std::string_view kForms = "file:/path, fd:NUMBER, credential:NAME or prompt";
constexpr int kMaxDescriptor = 1 << 20;  // As the kernel's default fs.nr_open.

absl::Status BadSource(std::string_view text) {
  // Not quoted: it could be a passphrase that was given in place of its source.
  return InvalidArgument(fmt::format("a passphrase source is {}; this one {}", kForms, text));
}

bool IsCredentialName(std::string_view name) {
  return !name.empty() && name.size() <= 255 && name.front() != '.' &&
         std::ranges::none_of(name, [](char c) { return c == '/' || c == '\0'; });
}

absl::StatusOr<PassphraseSource> ParseDescriptor(std::string_view number) {
  int descriptor = -1;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), descriptor);
  if (error != std::errc() || end != number.data() + number.size() || descriptor < 0 ||
      descriptor > kMaxDescriptor) {
    return BadSource("has no descriptor number after fd:");
  }
  return PassphraseSource{PassphraseSource::Kind::kDescriptor, "", descriptor};
}

void DropTrailingNewline(SecretBytes& secret) {
  const bool newline =
      secret.Expose([](BytesView bytes) { return !bytes.empty() && bytes.back() == '\n'; });
  if (newline) secret.Truncate(secret.size() - 1);
}

absl::StatusOr<SecretBytes> ReadFromFile(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(SecretBytes secret, ReadSecretFile(path, kMaxPassphraseSize + 1));
  DropTrailingNewline(secret);
  return secret;
}

// systemd guards the folder, a mount of the service's own; the file in it may belong to root and
// open to the service by an ACL, which looks like group access, so ReadSecretFile would refuse it.
absl::StatusOr<SecretBytes> ReadCredential(const std::string& name) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0') {
    return FailedPrecondition(fmt::format(
        "credential:{}: this process was given no credentials ($CREDENTIALS_DIRECTORY is "
        "not set); add LoadCredential={}:/path or LoadCredentialEncrypted= to the systemd "
        "unit",
        EscapeForTerminal(name), EscapeForTerminal(name)));
  }
  const std::string path = JoinPath(folder, name);
  const FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return ErrnoStatus(errno, path);
  return Annotate(ReadSecretDescriptor(fd.get(), kMaxPassphraseSize + 1), path);
}

absl::StatusOr<SecretBytes> Ask(std::string_view prompt, bool confirm) {
  absl::StatusOr<SecretBytes> first =
      AskOnTerminal(fmt::format("{}: ", prompt), kMaxPassphraseSize);
  if (absl::IsFailedPrecondition(first.status())) {
    return FailedPrecondition(
        fmt::format("{}; give the passphrase by file:/path, fd:NUMBER or credential:NAME",
                    Message(first.status())));
  }
  if (!first.ok() || !confirm) return first;
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes second,
                          AskOnTerminal(fmt::format("{}, again: ", prompt), kMaxPassphraseSize));
  if (!(*first == second)) return InvalidArgument("the two passphrases differ; try again");
  return first;
}

absl::StatusOr<SecretBytes> ReadFrom(const PassphraseSource& source, std::string_view prompt,
                                     bool confirm) {
  switch (source.kind) {
    case PassphraseSource::Kind::kPrompt:
      return Ask(prompt, confirm);
    case PassphraseSource::Kind::kFile:
      return ReadFromFile(source.name);
    case PassphraseSource::Kind::kDescriptor:
      return ReadSecretDescriptor(source.descriptor, kMaxPassphraseSize + 1);
    case PassphraseSource::Kind::kCredential:
      return ReadCredential(source.name);
  }
  return Internal("a passphrase source of no known kind");
}

absl::Status CheckPassphrase(const SecretBytes& passphrase, bool is_new) {
  if (passphrase.empty()) return InvalidArgument("the passphrase is empty");
  if (passphrase.size() > kMaxPassphraseSize) {
    return InvalidArgument(
        fmt::format("the passphrase has more than {} bytes", kMaxPassphraseSize));
  }
  if (is_new && passphrase.size() < kMinPassphraseSize) {
    return InvalidArgument(fmt::format(
        "the passphrase is too short; a new one has at least {} bytes", kMinPassphraseSize));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PassphraseSource> PassphraseSource::Parse(std::string_view text) {
  if (text == "prompt") return PassphraseSource{};
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return BadSource("is none of these");
  const std::string_view form = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  if (form == "fd") return ParseDescriptor(rest);
  if (form == "file") {
    if (rest.empty() || rest.find('\0') != std::string_view::npos) {
      return BadSource("has no path after file:");
    }
    return PassphraseSource{Kind::kFile, std::string(rest)};
  }
  if (form == "credential") {
    if (!IsCredentialName(rest)) return BadSource("has no plain file name after credential:");
    return PassphraseSource{Kind::kCredential, std::string(rest)};
  }
  return BadSource("is none of these");
}

std::string PassphraseSource::ToString() const {
  switch (kind) {
    case Kind::kPrompt:
      return "prompt";
    case Kind::kFile:
      return "file:" + name;
    case Kind::kDescriptor:
      return fmt::format("fd:{}", descriptor);
    case Kind::kCredential:
      return "credential:" + name;
  }
  return "";
}

absl::StatusOr<SecretBytes> ReadPassphrase(const PassphraseSource& source, std::string_view prompt,
                                           bool confirm) {
  MAYFLY_ASSIGN_OR_RETURN(SecretBytes passphrase, ReadFrom(source, prompt, confirm));
  MAYFLY_RETURN_IF_ERROR(CheckPassphrase(passphrase, /*is_new=*/confirm));
  return passphrase;
}

}  // namespace mayfly::keys
