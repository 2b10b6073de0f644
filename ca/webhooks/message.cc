#include "ca/webhooks/message.h"

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::webhooks {

using Json = nlohmann::ordered_json;

std::string BodyOf(const Event& event, std::string_view ca_name, std::string_view ca_id) {
  Json json = {{"id", std::to_string(event.id)},
               {"event", event.name},
               {"time", TimeText(event.time)},
               {"ca", {{"name", std::string(ca_name)}, {"id", std::string(ca_id)}}}};
  if (!event.subject.empty()) json["subject"] = event.subject;
  if (!event.request_id.empty()) json["request_id"] = event.request_id;
  json["details"] = Json::object();
  for (const auto& [name, value] : event.details) json["details"][name] = value;
  return json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

std::string SignatureOf(const SecretBytes& secret, std::string_view body, absl::Time now) {
  const std::string time = std::to_string(absl::ToUnixSeconds(now));
  const std::string message = fmt::format("{}.{}", time, body);
  return secret.Expose([&](BytesView key) {
    return fmt::format("t={},v1={}", time, HexEncode(HmacSha256(key, AsBytes(message))));
  });
}

}  // namespace mayfly::webhooks
