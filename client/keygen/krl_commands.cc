// mayfly keygen -k and -Q.
#include <ctime>
#include <string>
#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/keygen/certificate_request.h"
#include "client/keygen/key_files.h"
#include "client/keygen/keygen_commands.h"
#include "client/keygen/krl_files.h"
#include "client/keygen/krl_specification.h"
#include "client/keygen/revocable_key.h"
#include "fmt/format.h"
#include "ssh/krl.h"
#include "ssh/krl_index.h"

namespace mayfly::client {
namespace {

constexpr size_t kMaxSpecification = 512 << 20;  // Ten million lines.

absl::StatusOr<KrlScope> ScopeOf(const Context& context, const KeygenOptions& options) {
  if (!options.ca) return KrlScope{};
  if (*options.ca == "none" || *options.ca == "NONE" || *options.ca == "None") {
    return KrlScope{.any_ca = true};
  }
  MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey ca,
                          LoadPlainPublic(ExpandTilde(context, *options.ca), "CA public key"));
  return KrlScope{.ca = std::move(ca)};
}

// A list is a matter of life and death to an sshd: another reader must find in the bytes what was
// put there.
absl::StatusOr<Bytes> EncodeAndReadBack(ssh::Krl krl) {
  krl.Normalize();
  Bytes bytes = krl.Encode();
  MAYFLY_ASSIGN_OR_RETURN(const ssh::Krl again, ssh::Krl::Parse(bytes));
  if (again != krl) return Internal("the list does not read back as it was written");
  return bytes;
}

std::string LocalStamp(uint64_t unix_s) {
  const time_t seconds = static_cast<time_t>(unix_s);
  std::tm time = {};
  if (localtime_r(&seconds, &time) == nullptr) return "<INVALID>";
  char text[64];
  return std::string(text, std::strftime(text, sizeof(text), "%Y%m%dT%H%M%S", &time));
}

void PrintEntries(std::ostream& out, const ssh::SerialSet& serials,
                  const std::vector<std::string>& key_ids) {
  for (const ssh::SerialRange& range : serials.ranges()) {
    out << (range.first == range.last ? fmt::format("serial: {}\n", range.first)
                                      : fmt::format("serial: {}-{}\n", range.first, range.last));
  }
  for (const std::string& id : key_ids) out << "id: " << EscapeForTerminal(id) << '\n';
}

// In the words of a specification, as ssh-keygen -Ql; but a SHA-256 fingerprint is printed so that
// it can be read again.
void PrintKrl(std::ostream& out, const ssh::Krl& krl) {
  out << fmt::format("# KRL version {}\n# Generated at {}\n", krl.version,
                     LocalStamp(krl.generated_unix_s));
  if (!krl.comment.empty()) out << "# Comment: " << EscapeForTerminal(krl.comment) << '\n';
  out << '\n';
  for (const ssh::PublicKey& key : krl.keys) {
    out << fmt::format("hash: {} # {}\n", key.Fingerprint().text, ssh::KeyTypeName(key.type()));
  }
  for (const Bytes& blob : krl.other_keys) {
    out << fmt::format("hash: {} # of another type\n", ssh::FingerprintOf(blob).text);
  }
  for (const Sha256Digest& digest : krl.sha256s) {
    out << fmt::format("hash: SHA256:{}\n", Base64EncodeUnpadded(digest));
  }
  for (const ssh::Sha1Digest& digest : krl.sha1s) {
    out << fmt::format("# hash SHA1:{}\n", HexEncode(digest));
  }
  if (!krl.serials.empty() || !krl.key_ids.empty()) {
    out << "\n# Wildcard CA\n";
    PrintEntries(out, krl.serials, krl.key_ids);
  }
  for (const ssh::CaRevocations& entry : krl.cas) {
    out << fmt::format("\n# CA key {} {}\n", ssh::KeyTypeName(entry.ca.type()),
                       entry.ca.Fingerprint().text);
    PrintEntries(out, entry.serials, entry.key_ids);
  }
}

}  // namespace

absl::StatusOr<int> MakeKrl(const Context& context, const KeygenOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string path, KrlPath(context, options));
  MAYFLY_ASSIGN_OR_RETURN(const KrlScope scope, ScopeOf(context, options));
  ssh::Krl krl;
  if (options.update) {
    MAYFLY_ASSIGN_OR_RETURN(krl, ReadKrl(path));
  }
  krl.generated_unix_s = static_cast<uint64_t>(absl::ToUnixSeconds(context.clock.Now()));
  if (options.serial) {
    MAYFLY_ASSIGN_OR_RETURN(const uint64_t version, ParseSerial(*options.serial, nullptr));
    if (version != 0) krl.version = version;
  }
  if (options.comment) krl.comment = *options.comment;
  KrlSpecification specification(scope);
  for (const std::string& input : options.operands) {
    const std::string shown = input == "-" ? "(standard input)" : input;
    if (!options.quiet) context.out << "Revoking from " << shown << std::endl;
    MAYFLY_ASSIGN_OR_RETURN(const std::string text,
                            ReadAny(ExpandTilde(context, input), kMaxSpecification));
    MAYFLY_RETURN_IF_ERROR(specification.Read(text, shown));
  }
  MAYFLY_ASSIGN_OR_RETURN(const ssh::Krl more, specification.Take());
  krl.Merge(more);
  MAYFLY_ASSIGN_OR_RETURN(const Bytes bytes, EncodeAndReadBack(std::move(krl)));
  if (!options.sign_with) {
    MAYFLY_RETURN_IF_ERROR(WriteFileAtomically(path, AsText(bytes), 0644));
    return 0;
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::string signature,
                          SignKrlFile(context, *options.sign_with, bytes));
  MAYFLY_RETURN_IF_ERROR(WriteFileAtomically(path, AsText(bytes), 0644));
  MAYFLY_RETURN_IF_ERROR(WriteFileAtomically(path + ".sig", signature, 0644));
  return 0;
}

absl::StatusOr<int> QueryKrl(const Context& context, const KeygenOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string path, KrlPath(context, options));
  if (options.verify_by) {
    MAYFLY_RETURN_IF_ERROR(VerifyKrlFile(context, *options.verify_by, path));
  }
  MAYFLY_ASSIGN_OR_RETURN(ssh::Krl krl, ReadKrl(path));
  if (options.list) PrintKrl(context.out, krl);
  const ssh::KrlIndex index(std::move(krl));
  int exit_code = 0;
  for (const std::string& operand : options.operands) {
    MAYFLY_ASSIGN_OR_RETURN(const LoadedRevocable loaded,
                            LoadRevocable(ExpandTilde(context, operand)));
    const auto found = FindRevocation(index, loaded.key);
    context.out << fmt::format(
        "{}{}: {}\n", operand,
        loaded.comment.empty() ? "" : fmt::format(" ({})", EscapeForTerminal(loaded.comment)),
        found ? "REVOKED" : "ok");
    if (found) exit_code = 1;
  }
  return exit_code;
}

}  // namespace mayfly::client
