#include "tests/ca/policy/policy_world.h"

#include "base/text.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace mayfly::policy {

std::string Summary(const model::Decision& decision) {
  if (const auto* denied = std::get_if<model::Denied>(&decision)) {
    return fmt::format("denied {}: {}", denied->rule, denied->message);
  }
  if (const auto* pending = std::get_if<model::Pending>(&decision)) {
    return fmt::format("waits for approval by {}", pending->terms.grant);
  }
  const model::Terms& terms = std::get<model::Granted>(decision).terms;
  return fmt::format("granted {} [{}] {}", terms.grant, fmt::join(terms.principals, ", "),
                     DurationText(terms.lifetime));
}

}  // namespace mayfly::policy
