#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/file.h"
#include "base/status.h"
#include "ca/init/init.h"
#include "ca/model/subject.h"
#include "fmt/format.h"

namespace mayfly::init {
namespace {

constexpr size_t kMaxKeyFile = 64 << 10;

absl::StatusOr<ssh::PublicKey> ReadKey(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxKeyFile));
  absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseLine(text);
  if (!key.ok()) return Annotate(key.status(), path);
  MAYFLY_RETURN_IF_ERROR(Annotate(ssh::CheckSubjectKey(*key), path));
  return key;
}

}  // namespace

absl::StatusOr<FirstOperator> FirstOperator::Parse(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return InvalidArgument(fmt::format(
        "--operator {}: expected USER=PUBKEYFILE, such as alice=/home/alice/.ssh/id_ed25519.pub",
        text));
  }
  const std::string user = text.substr(0, equals);
  MAYFLY_RETURN_IF_ERROR(Annotate(
      model::Subject::Create(model::SubjectKind::kUser, user, "people").status(), "--operator"));
  absl::StatusOr<ssh::PublicKey> key = ReadKey(text.substr(equals + 1));
  if (!key.ok()) return Annotate(key.status(), "--operator");
  return FirstOperator{user, *std::move(key)};
}

absl::StatusOr<FirstOperator> FirstOperator::OfInvokingUser() {
  const char* sudo_user = std::getenv("SUDO_USER");
  const bool behind_sudo = sudo_user != nullptr && *sudo_user != '\0';
  const passwd* entry = behind_sudo ? getpwnam(sudo_user) : getpwuid(getuid());
  if (entry != nullptr) {
    const std::string user = entry->pw_name;
    // Behind sudo, $HOME may be root's.
    const char* home = behind_sudo ? nullptr : std::getenv("HOME");
    const std::string folder =
        JoinPath(home != nullptr && *home != '\0' ? home : entry->pw_dir, ".ssh");
    for (const char* name : {"id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub"}) {
      const std::string path = JoinPath(folder, name);
      if (FileExists(path)) return Parse(user + "=" + path);
    }
  }
  return NotFound(
      "there is no SSH key of yours to name the first operator by; give --operator "
      "USER=PUBKEYFILE, or make one: ssh-keygen -t ed25519");
}

}  // namespace mayfly::init
