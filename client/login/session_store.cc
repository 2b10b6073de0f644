#include "client/login/session_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

// A runtime folder is its owner's alone (XDG base directory specification): in one that others can
// write to, somebody else could have put "mayfly" there before us.
absl::Status CheckRuntimeFolder(const std::string& runtime) {
  constexpr std::string_view kHint =
      "it must be a folder of yours with mode 0700: see id -u, ls -ld";
  const auto refuse = [&](std::string_view why) {
    return Failure(ExitCode::kLocal,
                   fmt::format("XDG_RUNTIME_DIR={}: {}", EscapeForTerminal(runtime), why), kHint);
  };
  struct stat status = {};
  if (runtime.front() != '/') return refuse("not an absolute path");
  if (lstat(runtime.c_str(), &status) != 0) return refuse("there is no such folder");
  if (!S_ISDIR(status.st_mode)) return refuse("not a folder");
  if (status.st_uid != geteuid()) return refuse("belongs to somebody else");
  if ((status.st_mode & 0077) != 0) return refuse("others have access to it");
  return absl::OkStatus();
}

absl::Status NoSession() {
  return Failure(ExitCode::kNotAuthenticated, "you are not logged in", "run: mayfly login");
}

}  // namespace

std::string SessionFolderName(const std::string& ca_id) {
  const Sha256Digest digest = Sha256(AsBytes(ca_id));
  return "mayfly/" + HexEncode(BytesView(digest).first(8));
}

absl::StatusOr<std::string> SessionFolder(const Context& context, const std::string& ca_id) {
  const std::string runtime = context.environment("XDG_RUNTIME_DIR");
  if (runtime.empty()) {
    return Failure(ExitCode::kLocal, "there is no runtime folder to keep a session in",
                   "set XDG_RUNTIME_DIR to a folder of yours with mode 0700 that does not outlive "
                   "your login, for example one in /run/user");
  }
  MAYFLY_RETURN_IF_ERROR(CheckRuntimeFolder(runtime));
  return JoinPath(runtime, SessionFolderName(ca_id));
}

absl::Status SaveSession(const Context& context, const std::string& ca_id,
                         const StoredSession& session) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string folder, SessionFolder(context, ca_id));
  MAYFLY_RETURN_IF_ERROR(MakeDirectories(folder, 0700));
  const nlohmann::ordered_json json = {{"ca_id", ca_id},
                                       {"subject", session.subject},
                                       {"username", session.username},
                                       {"ends_at", absl::ToUnixSeconds(session.ends_at)}};
  const SecretBytes text = session.key->SerializeFile("mayfly session", context.random);
  MAYFLY_RETURN_IF_ERROR(text.Expose([&](BytesView bytes) {
    return WriteFileAtomically(JoinPath(folder, "session"), AsText(bytes), 0600);
  }));
  return WriteFileAtomically(JoinPath(folder, "session.json"), json.dump() + "\n", 0600);
}

absl::StatusOr<StoredSession> LoadSession(const Context& context, const std::string& ca_id) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string folder, SessionFolder(context, ca_id));
  absl::StatusOr<std::string> text = ReadFile(JoinPath(folder, "session.json"), 1 << 16);
  if (absl::IsNotFound(text.status())) return NoSession();
  if (!text.ok()) return text.status();
  const nlohmann::json json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  StoredSession session;
  try {
    if (json.is_discarded() || json.at("ca_id").get<std::string>() != ca_id) return NoSession();
    json.at("subject").get_to(session.subject);
    json.at("username").get_to(session.username);
    session.ends_at = absl::FromUnixSeconds(json.at("ends_at").get<int64_t>());
  } catch (const nlohmann::json::exception&) {
    return NoSession();
  }
  struct stat status = {};
  if (stat(JoinPath(folder, "session.json").c_str(), &status) == 0) {
    session.saved_at = absl::TimeFromTimespec(status.st_mtim);
  }
  if (context.clock.Now() >= session.ends_at) {
    return Failure(ExitCode::kNotAuthenticated, "your session has ended", "run: mayfly login");
  }
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes secret, ReadSecretFile(JoinPath(folder, "session")));
  MAYFLY_ASSIGN_OR_RETURN(ssh::PrivateKey key, ssh::PrivateKey::ParseFile(secret));
  session.key = std::make_shared<const ssh::PrivateKey>(std::move(key));
  return session;
}

absl::StatusOr<FileDescriptor> LockSessions(const Context& context, const std::string& ca_id) {
  if (context.environment("XDG_RUNTIME_DIR").empty()) return FileDescriptor();
  MAYFLY_ASSIGN_OR_RETURN(const std::string folder, SessionFolder(context, ca_id));
  return LockFolder(folder);
}

absl::StatusOr<FileDescriptor> LockFolder(const std::string& folder) {
  MAYFLY_RETURN_IF_ERROR(MakeDirectories(folder, 0700));
  const std::string path = JoinPath(folder, "lock");
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return ErrnoStatus(errno, path);
  while (flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return ErrnoStatus(errno, path);
  }
  return file;
}

absl::Status RemoveSession(const Context& context, const std::string& ca_id) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string folder, SessionFolder(context, ca_id));
  MAYFLY_RETURN_IF_ERROR(RemoveFile(JoinPath(folder, "session.json")));
  return RemoveFile(JoinPath(folder, "session"));
}

}  // namespace mayfly::client
