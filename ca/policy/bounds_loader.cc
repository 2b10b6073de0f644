// What user and host certificates have in common: how long, and of which keys.
#include <set>

#include "base/text.h"
#include "ca/policy/rule_loader.h"
#include "fmt/format.h"
#include "mayfly/v1/policy.pb.h"

namespace mayfly::policy {
namespace {

using document::ElementPath;
using document::FieldPath;

absl::Duration LoadDuration(const google::protobuf::Duration& message, const std::string& path,
                            const LoadContext& context) {
  if (message.seconds() <= 0) context.Add(path, "expected a lifetime of at least 1s");
  return absl::Seconds(message.seconds());
}

}  // namespace

ssh::KeyType KeyTypeOf(v1::PolicyKeyType type) {
  switch (type) {
    case v1::POLICY_KEY_TYPE_ECDSA_P256:
      return ssh::KeyType::kEcdsaP256;
    case v1::POLICY_KEY_TYPE_ECDSA_P384:
      return ssh::KeyType::kEcdsaP384;
    case v1::POLICY_KEY_TYPE_ECDSA_P521:
      return ssh::KeyType::kEcdsaP521;
    case v1::POLICY_KEY_TYPE_RSA:
      return ssh::KeyType::kRsa;
    case v1::POLICY_KEY_TYPE_SK_ED25519:
      return ssh::KeyType::kSkEd25519;
    case v1::POLICY_KEY_TYPE_SK_ECDSA_P256:
      return ssh::KeyType::kSkEcdsaP256;
    case v1::POLICY_KEY_TYPE_MLDSA44_ED25519:
      return ssh::KeyType::kMldsa44Ed25519;
    default:
      return ssh::KeyType::kEd25519;
  }
}

Lifetime LoadLifetime(const v1::PolicyLifetime& message, const std::string& certificate,
                      std::string_view ceiling_name, absl::Duration ceiling,
                      const LoadContext& context) {
  const std::string path = FieldPath(certificate, "lifetime");
  Lifetime lifetime;
  if (!message.has_default_() || !message.has_max()) {
    context.Add(context.map.Contains(path) ? path : certificate,
                "a lifetime is needed, as {default: 8h, max: 16h}");
    return lifetime;
  }
  lifetime.standard = LoadDuration(message.default_(), FieldPath(path, "default"), context);
  lifetime.max = LoadDuration(message.max(), FieldPath(path, "max"), context);
  lifetime.end_with_hours = message.end_with_hours();
  if (lifetime.standard > lifetime.max) {
    context.Add(FieldPath(path, "default"),
                fmt::format("the default of {} is more than the max of {}",
                            DurationText(lifetime.standard), DurationText(lifetime.max)));
  }
  if (lifetime.max > ceiling) {
    context.Add(FieldPath(path, "max"),
                fmt::format("the max of {} is more than the ceiling {} of {}",
                            DurationText(lifetime.max), ceiling_name, DurationText(ceiling)));
  }
  return lifetime;
}

KeyRule LoadKeys(const v1::PolicyKeys& message, const std::string& certificate,
                 const LoadContext& context) {
  const std::string path = FieldPath(certificate, "keys");
  const std::string types = FieldPath(path, "types");
  const std::string bits = FieldPath(path, "min_rsa_bits");
  KeyRule keys;
  RefuseEmptyList(types, static_cast<size_t>(message.types_size()), context);
  std::set<ssh::KeyType> seen;
  for (int i = 0; i < message.types_size(); ++i) {
    if (seen.insert(KeyTypeOf(message.types(i))).second) continue;
    context.Add(ElementPath(types, static_cast<size_t>(i)), "this type is in the list twice");
  }
  if (!seen.empty()) keys.types.assign(seen.begin(), seen.end());
  if (!context.map.Contains(bits)) return keys;
  if (message.min_rsa_bits() < kLeastMinRsaBits || message.min_rsa_bits() > kGreatestMinRsaBits) {
    context.Add(bits, fmt::format("expected {} to {} bits", kLeastMinRsaBits, kGreatestMinRsaBits));
  } else if (!seen.empty() && !seen.contains(ssh::KeyType::kRsa)) {
    context.Add(bits, "min_rsa_bits means nothing here, because keys.types has no rsa");
  }
  keys.min_rsa_bits = static_cast<int>(message.min_rsa_bits());
  return keys;
}

}  // namespace mayfly::policy
