#include "ca/token/key_set.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/text.h"
#include "ca/token/strict_json.h"
#include "fmt/format.h"

namespace mayfly::token {
namespace {

constexpr std::array<const char*, 8> kSecretMembers = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

std::string NameOf(const nlohmann::json& jwk) {
  const std::string kid = StringMember(jwk, "kid");
  return kid.empty() ? std::string("a key without an id") : EscapeForTerminal(kid.substr(0, 64));
}

// Empty when the key is there to verify signatures.
std::string OtherPurpose(const nlohmann::json& jwk) {
  if (const std::string use = StringMember(jwk, "use"); !use.empty() && use != "sig") {
    return "not for signatures";
  }
  const auto operations = jwk.find("key_ops");
  if (operations == jwk.end()) return "";
  const bool verifies = operations->is_array() &&
                        std::ranges::any_of(*operations, [](const nlohmann::json& operation) {
                          return operation.is_string() && operation == "verify";
                        });
  return verifies ? "" : "not for signatures";
}

absl::Status CheckPublic(const nlohmann::json& jwk) {
  for (const char* member : kSecretMembers) {
    if (!jwk.contains(member)) continue;
    return FailedPrecondition(fmt::format(
        "{}: a private or secret key (member \"{}\") stands where everybody can read it; its owner "
        "must replace it, and nothing that it signed can be believed",
        NameOf(jwk), member));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<KeySet> KeySet::Parse(std::string_view text) {
  if (text.size() > kMaxKeySetSize) {
    return InvalidArgument(
        fmt::format("a JWK Set of {} bytes; at most {} are allowed", text.size(), kMaxKeySetSize));
  }
  MAYFLY_ASSIGN_OR_RETURN(const nlohmann::json json, ParseStrictJson(text));
  const auto keys = json.find("keys");
  if (keys == json.end() || !keys->is_array()) {
    return InvalidArgument("not a JWK Set: no list \"keys\"");
  }
  if (keys->size() > kMaxKeys) {
    return InvalidArgument(fmt::format("{} keys; at most {} are allowed", keys->size(), kMaxKeys));
  }
  KeySet set;
  for (const nlohmann::json& jwk : *keys) {
    if (!jwk.is_object()) return InvalidArgument("a key that is not a JSON object");
    MAYFLY_RETURN_IF_ERROR(CheckPublic(jwk));
    const std::string purpose = OtherPurpose(jwk);
    if (!purpose.empty()) {
      set.skipped_.push_back(fmt::format("{}: {}", NameOf(jwk), purpose));
      continue;
    }
    absl::StatusOr<VerificationKey> key = VerificationKey::FromJwk(jwk);
    if (!key.ok()) {
      set.skipped_.push_back(fmt::format("{}: {}", NameOf(jwk), Message(key.status())));
      continue;
    }
    set.keys_.push_back(*std::move(key));
  }
  if (set.keys_.empty()) {
    return InvalidArgument(
        set.skipped_.empty()
            ? std::string("the JWK Set is empty")
            : fmt::format("no key of the JWK Set can be used ({})", set.skipped_.front()));
  }
  return set;
}

const VerificationKey* KeySet::Find(std::string_view kid, Algorithm algorithm) const {
  const VerificationKey* found = nullptr;
  for (const VerificationKey& key : keys_) {
    if (!key.MayVerify(algorithm)) continue;
    if (!kid.empty()) {
      if (key.kid() == kid) return &key;
      continue;
    }
    if (found != nullptr) return nullptr;  // Which one is not said.
    found = &key;
  }
  return found;
}

bool KeySet::Holds(std::string_view kid) const {
  return std::ranges::any_of(keys_, [&](const VerificationKey& key) { return key.kid() == kid; });
}

}  // namespace mayfly::token
