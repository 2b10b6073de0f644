#include "client/login/token_key.h"

#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/status.h"
#include "client/login/session_store.h"

namespace mayfly::client {
namespace {

constexpr std::string_view kKeyPrefix = "token-";

absl::StatusOr<std::string> StateFolder(const Context& context, const std::string& ca_id) {
  std::string state = context.environment("XDG_STATE_HOME");
  if (!state.starts_with("/")) {  // The XDG base directory specification: others are to be ignored.
    MAYFLY_ASSIGN_OR_RETURN(const std::string home, context.HomeDirectory());
    state = JoinPath(home, ".local/state");
  }
  return JoinPath(state, SessionFolderName(ca_id));
}

absl::StatusOr<std::string> KeyFolder(const Context& context, const std::string& ca_id) {
  return context.environment("XDG_RUNTIME_DIR").empty() ? StateFolder(context, ca_id)
                                                        : SessionFolder(context, ca_id);
}

// By the token's digest: the token itself would be one more copy of a secret.
std::string KeyPath(const std::string& folder, std::string_view token) {
  const Sha256Digest digest = Sha256(AsBytes(token));
  return JoinPath(folder, std::string(kKeyPrefix) + HexEncode(BytesView(digest).first(16)));
}

// All, or those that are too old for their token to live.
absl::Status RemoveKeys(const std::string& folder, bool all) {
  constexpr auto kLongestToken = std::chrono::hours(24);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!entry.path().filename().string().starts_with(kKeyPrefix)) continue;
    const auto age = std::filesystem::file_time_type::clock::now() - entry.last_write_time(error);
    if (all || age > kLongestToken) MAYFLY_RETURN_IF_ERROR(RemoveFile(entry.path().string()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status KeepTokenKey(const Context& context, const std::string& ca_id, std::string_view token,
                          const ssh::PrivateKey& key) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string folder, KeyFolder(context, ca_id));
  MAYFLY_RETURN_IF_ERROR(MakeDirectories(folder, 0700));
  const std::string path = KeyPath(folder, token);
  const SecretBytes text = key.SerializeFile("mayfly workload", context.random);
  MAYFLY_RETURN_IF_ERROR(
      text.Expose([&](BytesView bytes) { return WriteFileAtomically(path, AsText(bytes), 0600); }));
  return RemoveKeys(folder, /*all=*/false);
}

absl::StatusOr<std::shared_ptr<const ssh::PrivateKey>> RecallTokenKey(const Context& context,
                                                                      const std::string& ca_id,
                                                                      std::string_view token) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string folder, KeyFolder(context, ca_id));
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes secret, ReadSecretFile(KeyPath(folder, token)));
  MAYFLY_ASSIGN_OR_RETURN(ssh::PrivateKey key, ssh::PrivateKey::ParseFile(secret));
  return std::make_shared<const ssh::PrivateKey>(std::move(key));
}

absl::Status DropTokenKeys(const Context& context, const std::string& ca_id) {
  // In both: a login without a runtime folder may be ended by somebody who has one.
  for (const absl::StatusOr<std::string>& folder :
       {KeyFolder(context, ca_id), StateFolder(context, ca_id)}) {
    if (folder.ok()) MAYFLY_RETURN_IF_ERROR(RemoveKeys(*folder, /*all=*/true));
  }
  return absl::OkStatus();
}

absl::StatusOr<FileDescriptor> LockTokenKeys(const Context& context, const std::string& ca_id) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string folder, KeyFolder(context, ca_id));
  return LockFolder(folder);
}

}  // namespace mayfly::client
