#include "client/login/remembered_login.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/secret_bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "client/login/keyring.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

constexpr std::string_view kRememberedVersion = "1";

std::string KeyringNameOf(const std::string& ca_id) {
  return "mayfly:login:" + HexEncode(BytesView(Sha256(AsBytes(ca_id))).first(8));
}

// Takes the first line off `text`.
std::string_view TakeLineOf(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

absl::StatusOr<RememberedLogin> ParseRemembered(std::string_view text) {
  const absl::Status strange = NotFound("what is remembered is of another version");
  if (TakeLineOf(text) != kRememberedVersion) return strange;
  RememberedLogin login;
  login.authenticator = TakeLineOf(text);
  login.refresh_token = TakeLineOf(text);
  const absl::StatusOr<Bytes> seed = HexDecode(TakeLineOf(text));
  const SecretBytes file = SecretBytes::CopyOf(AsBytes(text));
  absl::StatusOr<ssh::PrivateKey> key = ssh::PrivateKey::ParseFile(file);
  if (!seed.ok() || !key.ok()) return strange;
  login.seed = *seed;
  login.key = std::make_shared<const ssh::PrivateKey>(*std::move(key));
  return login;
}

}  // namespace

absl::Status Remember(const std::string& ca_id, const RememberedLogin& login, Random& random) {
  if (login.refresh_token.find('\n') != std::string::npos ||
      login.authenticator.find('\n') != std::string::npos) {
    return InvalidArgument("the refresh token holds what no token holds");
  }
  std::string head = fmt::format("{}\n{}\n{}\n{}\n", kRememberedVersion, login.authenticator,
                                 login.refresh_token, HexEncode(login.seed));
  const SecretBytes key = login.key->SerializeFile("mayfly remembered login", random);
  SecretBytes all(head.size() + key.size());
  all.Fill([&](std::span<uint8_t> bytes) {
    const auto rest = std::copy(head.begin(), head.end(), bytes.begin());
    key.Expose([&](BytesView file) { std::copy(file.begin(), file.end(), rest); });
  });
  Wipe(head);
  return KeepInKeyring(KeyringNameOf(ca_id), all, kRememberedFor);
}

absl::StatusOr<RememberedLogin> Recall(const std::string& ca_id) {
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes secret, ReadFromKeyring(KeyringNameOf(ca_id)));
  return secret.Expose([](BytesView bytes) { return ParseRemembered(AsText(bytes)); });
}

absl::Status Forget(const std::string& ca_id) {
  const absl::Status status = DropFromKeyring(KeyringNameOf(ca_id));
  return absl::IsUnavailable(status) ? absl::OkStatus() : status;
}

}  // namespace mayfly::client
