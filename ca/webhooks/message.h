// What a webhook is sent: JSON, signed by a shared secret.
#ifndef MAYFLY_CA_WEBHOOKS_MESSAGE_H_
#define MAYFLY_CA_WEBHOOKS_MESSAGE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/secret_bytes.h"

namespace mayfly::webhooks {

// An event as docs/webhooks.md has it.
struct Event {
  int64_t id = 0;    // Grows; the same event has the same id however often it is sent.
  std::string name;  // "request-waiting" …
  absl::Time time;
  std::string subject;
  std::string request_id;
  std::vector<std::pair<std::string, std::string>> details;
};

// One JSON object on one line. Text that is not UTF-8 is escaped.
std::string BodyOf(const Event& event, std::string_view ca_name, std::string_view ca_id);

// The value of Mayfly-Signature: "t=1772442000,v1=HEX", HEX the HMAC-SHA-256 under `secret` of the
// time's digits, a full stop and the body. The time is there so that a receiver can refuse what
// somebody kept and sends again.
std::string SignatureOf(const SecretBytes& secret, std::string_view body, absl::Time now);

}  // namespace mayfly::webhooks

#endif  // MAYFLY_CA_WEBHOOKS_MESSAGE_H_
