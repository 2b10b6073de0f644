#include "client/trust/trust_store.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace mayfly::client {
namespace {

constexpr std::string_view kSuffix = ".json";
constexpr std::string_view kAddHint =
    "run: mayfly trust add HOST:PORT --fingerprint SHA256:…, with the CA id from your "
    "administrator";

absl::Status NoSuchCa(const std::string& name, const std::vector<std::string>& names) {
  const std::string near = Nearest(name, names);
  const std::string hint = !near.empty()   ? fmt::format("did you mean {}?", near)
                           : names.empty() ? std::string(kAddHint)
                                           : fmt::format("you trust: {}", fmt::join(names, ", "));
  return Failure(ExitCode::kNotTrusted,
                 fmt::format("no CA named \"{}\" is trusted", EscapeForTerminal(name)), hint);
}

}  // namespace

TrustStore::TrustStore(std::string_view config_directory)
    : directory_(JoinPath(config_directory, "trust")) {}

std::string TrustStore::Path(const std::string& name) const {
  return JoinPath(directory_, name + std::string(kSuffix));
}

absl::Status TrustStore::Save(const TrustRecord& record) const {
  MAYFLY_RETURN_IF_ERROR(CheckTrustName(record.name));
  MAYFLY_RETURN_IF_ERROR(MakeDirectories(directory_, 0700));
  return WriteFileAtomically(Path(record.name), record.Serialize(), 0600);
}

absl::StatusOr<TrustedCa> TrustStore::Load(const std::string& name) const {
  MAYFLY_RETURN_IF_ERROR(CheckTrustName(name));
  const std::string path = Path(name);
  if (!FileExists(path)) return NoSuchCa(name, Names());
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  absl::StatusOr<TrustRecord> record = TrustRecord::Parse(text);
  absl::StatusOr<TrustedCa> ca = record.ok() ? TrustedCa::Verify(*std::move(record))
                                             : absl::StatusOr<TrustedCa>(record.status());
  if (ca.ok() && ca->record.name != name) ca = InvalidArgument("holds a CA of another name");
  if (ca.ok()) return ca;
  return WithHint(
      WithExitCode(Annotate(ca.status(), path), ExitCode::kNotTrusted),
      fmt::format("remove it with: mayfly trust remove {}; then add the CA again", name));
}

absl::Status TrustStore::Remove(const std::string& name) const {
  MAYFLY_RETURN_IF_ERROR(CheckTrustName(name));
  if (!FileExists(Path(name))) return NoSuchCa(name, Names());
  return RemoveFile(Path(name));
}

std::vector<std::string> TrustStore::Names() const {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator file(directory_, error), end; !error && file != end;
       file.increment(error)) {
    const std::string name = file->path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    std::string stem = name.substr(0, name.size() - kSuffix.size());
    if (CheckTrustName(stem).ok()) names.push_back(std::move(stem));
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<TrustedCa> TrustStore::Choose(const std::string& name) const {
  if (!name.empty()) return Load(name);
  const std::vector<std::string> names = Names();
  if (names.empty()) return Failure(ExitCode::kNotTrusted, "no CA is trusted yet", kAddHint);
  if (names.size() > 1) {
    return Failure(ExitCode::kUsage,
                   fmt::format("several CAs are trusted: {}", fmt::join(names, ", ")),
                   "say which one with --ca NAME or MAYFLY_CA");
  }
  return Load(names.front());
}

}  // namespace mayfly::client
