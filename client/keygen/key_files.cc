#include "client/keygen/key_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "ssh/private_key.h"

namespace mayfly::client {
namespace {

constexpr size_t kMaxKeyFile = 1 << 20;

absl::StatusOr<KeyLine> FirstKeyLine(const std::string& path,
                                     const std::function<absl::Status(std::string_view)>& judge) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadAny(path, kMaxKeyFile));
  absl::Status last = InvalidArgument("there is no public key in it");
  for (const std::string& line : SplitLines(text)) {
    const std::string_view trimmed = TrimBlanks(line);
    if (trimmed.empty() || trimmed.front() == '#') continue;
    if (trimmed.starts_with("-----BEGIN")) break;
    last = judge(trimmed);
    if (last.ok()) return KeyLine{std::string(trimmed), path};
  }
  return Annotate(last, EscapeForTerminal(path));
}

}  // namespace

const ssh::PublicKey& PlainKey(const KeyOrCertificate& key) {
  const auto* certificate = std::get_if<ssh::Certificate>(&key);
  return certificate == nullptr ? std::get<ssh::PublicKey>(key) : certificate->body.key;
}

absl::StatusOr<KeyOrCertificate> ParseKeyLine(std::string_view line, std::string* comment) {
  if (ssh::IsCertificateTypeName(line.substr(0, line.find_first_of(" \t")))) {
    return ssh::Certificate::ParseLine(line, comment);
  }
  return ssh::PublicKey::ParseLine(line, comment);
}

absl::StatusOr<KeyLine> FindKeyLine(const std::string& path,
                                    const std::function<absl::Status(std::string_view)>& judge) {
  absl::StatusOr<KeyLine> found = FirstKeyLine(path, judge);
  if (found.ok()) return found;
  absl::StatusOr<KeyLine> beside = FirstKeyLine(path + ".pub", judge);
  if (beside.ok()) return beside;
  if (const absl::StatusOr<SecretBytes> text = ReadSecretFile(path); text.ok()) {
    const absl::StatusOr<ssh::PrivateKey> key = ssh::PrivateKey::ParseFile(*text);
    if (key.ok()) return KeyLine{key->public_key().Line(), path};
  }
  // The neighbour's error when only the neighbour is there.
  return absl::IsNotFound(found.status()) && !absl::IsNotFound(beside.status()) ? beside.status()
                                                                                : found.status();
}

absl::StatusOr<LoadedKey> LoadPublic(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const KeyLine line, FindKeyLine(path, [](std::string_view text) {
                            return ParseKeyLine(text).status();
                          }));
  std::string comment;
  MAYFLY_ASSIGN_OR_RETURN(KeyOrCertificate key, ParseKeyLine(line.text, &comment));
  return LoadedKey{std::move(key), comment.empty() ? line.path : comment};
}

absl::StatusOr<ssh::PublicKey> LoadPlainPublic(const std::string& path, std::string_view noun) {
  MAYFLY_ASSIGN_OR_RETURN(const LoadedKey loaded, Annotate(LoadPublic(path), noun));
  if (const auto* key = std::get_if<ssh::PublicKey>(&loaded.key)) return *key;
  return InvalidArgument(
      fmt::format("{}: {} is a certificate; expected a plain key", noun, EscapeForTerminal(path)));
}

absl::StatusOr<std::string> ReadAny(const std::string& path, size_t max_size) {
  if (path == "-") return ReadStandardInput(max_size);
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return ErrnoStatus(errno, EscapeForTerminal(path));
  std::string text;
  std::array<char, 1 << 16> buffer;
  while (true) {
    const ssize_t size = read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return ErrnoStatus(errno, EscapeForTerminal(path));
    if (size == 0) return text;
    text.append(buffer.data(), static_cast<size_t>(size));
    if (text.size() > max_size) {
      return ResourceExhausted(
          fmt::format("{}: more than {} bytes", EscapeForTerminal(path), max_size));
    }
  }
}

std::string ExpandTilde(const Context& context, const std::string& path) {
  if (!path.starts_with("~/")) return path;
  const absl::StatusOr<std::string> home = context.HomeDirectory();
  return home.ok() ? JoinPath(*home, path.substr(2)) : path;
}

}  // namespace mayfly::client
