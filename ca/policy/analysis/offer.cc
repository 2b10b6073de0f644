#include <algorithm>

#include "base/text.h"
#include "ca/policy/analysis/access.h"
#include "ca/policy/approvals.h"
#include "ca/policy/finding.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

bool Cover(const std::vector<IpNetwork>& wide, const std::vector<IpNetwork>& narrow) {
  if (wide.empty()) return true;
  return !narrow.empty() && std::ranges::all_of(narrow, [&](const IpNetwork& inner) {
    return std::ranges::any_of(wide, [&](const IpNetwork& outer) { return outer.Contains(inner); });
  });
}

void Append(std::string_view part, std::string* text) {
  if (!text->empty()) *text += ", ";
  *text += part;
}

std::string Only(const std::optional<std::string>& command) {
  return command ? fmt::format("only \"{}\"", Shown(*command)) : "any command";
}

std::string From(const std::vector<IpNetwork>& networks) {
  return networks.empty() ? "from anywhere" : "only from " + Shown(networks);
}

// Rules are compared whole: of whom, as well as how many.
std::string Approvals(const Offer& offer) {
  std::string by;
  for (const ApprovalRule& rule : offer.approvals) {
    by += fmt::format("{}{} from {}", by.empty() ? "" : " and ", rule.count, ApproversText(rule));
  }
  return "approval by " + by;
}

std::string Reason(const Offer& offer) {
  return offer.reason_pattern.empty() ? "needs a reason"
                                      : "needs a reason like " + offer.reason_pattern;
}

void DescribeListChange(std::string_view what, const std::vector<std::string>& before,
                        const std::vector<std::string>& now, std::string* text) {
  if (before == now) return;
  Append(fmt::format("{} {} instead of {}", what, Shown(now), Shown(before)), text);
}

}  // namespace

// The structured bindings below stop compiling when a bound is added: then it belongs there too.
Offer OfferOf(const Grant& grant, const Ceilings& ceilings) {
  Offer offer;
  offer.requires_reason = grant.requires_reason;
  offer.reason_pattern = grant.reason_pattern;
  offer.approvals = grant.approvals;
  offer.authenticated_within = grant.authenticated_within;
  offer.break_glass = grant.break_glass;
  if (grant.conditions.until) offer.until = *grant.conditions.until;
  const Lifetime& bound = grant.user() != nullptr ? grant.user()->lifetime : grant.host()->lifetime;
  if (bound.end_with_hours && grant.conditions.hours) {
    offer.ends_with = grant.conditions.hours->ToString();
  }
  if (grant.host() != nullptr) {
    offer.lifetime = std::min(grant.host()->lifetime.max, ceilings.host_lifetime);
    return offer;
  }
  const UserCertificateRule& rule = *grant.user();
  offer.lifetime = std::min(rule.lifetime.max, ceilings.user_lifetime);
  offer.extensions = rule.extensions;
  offer.force_command = rule.force_command;
  offer.source_addresses = rule.source_addresses;
  offer.verify_required = rule.verify_required;
  offer.commands = rule.force_command_one_of;
  std::ranges::sort(offer.commands);
  offer.within = rule.source_address_within;
  for (const auto& [name, value] : rule.custom_extensions) {
    const std::string text = value.source == ValueSource::kUsername ? "${username}"
                             : value.source == ValueSource::kClaim
                                 ? fmt::format("${{claims.{}}}", value.literal)
                                 : value.literal;
    offer.custom_extensions.push_back(name + "=" + text);
  }
  return offer;
}

bool AtLeast(const Offer& a, const Offer& b) {
  const auto& [lifetime, extensions, force_command, source_addresses, verify_required,
               requires_reason, reason_pattern, commands, within, custom_extensions, ends_with,
               until, approvals, authenticated_within, break_glass] = a;
  const bool approved = std::ranges::all_of(approvals, [&](const ApprovalRule& rule) {
    return std::ranges::find(b.approvals, rule) != b.approvals.end();
  });
  const bool fresh = !authenticated_within ||
                     (b.authenticated_within && *authenticated_within >= *b.authenticated_within);
  const bool any_command = !force_command && commands.empty();
  const bool same_command =
      force_command == b.force_command &&
      (commands.empty() || (!b.commands.empty() && std::ranges::includes(commands, b.commands)));
  const bool reason =
      !requires_reason ||
      (b.requires_reason && (reason_pattern.empty() || reason_pattern == b.reason_pattern));
  return lifetime >= b.lifetime && until >= b.until &&
         (ends_with.empty() || ends_with == b.ends_with) &&
         std::ranges::includes(extensions, b.extensions) &&
         std::ranges::includes(custom_extensions, b.custom_extensions) &&
         (any_command || same_command) && Cover(source_addresses, b.source_addresses) &&
         Cover(within, b.within) && (!verify_required || b.verify_required) && reason && approved &&
         fresh && (!break_glass || b.break_glass);
}

std::string Describe(const Offer& offer) {
  std::string text = "up to " + DurationText(offer.lifetime);
  if (offer.force_command) Append(Only(offer.force_command), &text);
  if (!offer.source_addresses.empty()) Append(From(offer.source_addresses), &text);
  if (offer.verify_required) Append("the security key must verify its user", &text);
  if (offer.requires_reason) Append(Reason(offer), &text);
  if (!offer.approvals.empty()) Append("needs " + Approvals(offer), &text);
  if (offer.authenticated_within) {
    Append("needs a login within " + DurationText(*offer.authenticated_within), &text);
  }
  if (offer.break_glass) Append("break-glass", &text);
  if (!offer.commands.empty()) Append("only a command of " + Shown(offer.commands), &text);
  if (!offer.within.empty())
    Append("only from addresses chosen within " + Shown(offer.within), &text);
  if (!offer.custom_extensions.empty()) Append("with " + Shown(offer.custom_extensions), &text);
  if (!offer.ends_with.empty()) Append("not beyond " + offer.ends_with, &text);
  if (offer.until != absl::InfiniteFuture()) Append("not beyond " + TimeText(offer.until), &text);
  return text;
}

std::string DescribeChange(const Offer& before, const Offer& now) {
  std::string text;
  if (before.lifetime != now.lifetime) {
    Append(fmt::format("up to {} instead of {}", DurationText(now.lifetime),
                       DurationText(before.lifetime)),
           &text);
  }
  if (before.extensions != now.extensions) {
    Append(
        fmt::format("extensions {} instead of {}", Shown(now.extensions), Shown(before.extensions)),
        &text);
  }
  if (before.force_command != now.force_command) {
    Append(fmt::format("{} instead of {}", Only(now.force_command), Only(before.force_command)),
           &text);
  }
  if (before.source_addresses != now.source_addresses) {
    Append(
        fmt::format("{} instead of {}", From(now.source_addresses), From(before.source_addresses)),
        &text);
  }
  if (before.verify_required != now.verify_required) {
    Append(now.verify_required ? "the security key must now verify its user"
                               : "the security key need not verify its user any more",
           &text);
  }
  if (before.requires_reason != now.requires_reason ||
      before.reason_pattern != now.reason_pattern) {
    Append(now.requires_reason ? "now " + Reason(now) : "needs no reason any more", &text);
  }
  if (before.approvals != now.approvals) {
    Append(now.approvals.empty()
               ? "needs no approval any more"
               : fmt::format("needs {} instead of {}", Approvals(now),
                             before.approvals.empty() ? "none" : Approvals(before)),
           &text);
  }
  if (before.authenticated_within != now.authenticated_within) {
    Append(now.authenticated_within
               ? "needs a login within " + DurationText(*now.authenticated_within)
               : "needs no fresh login any more",
           &text);
  }
  if (before.break_glass != now.break_glass) {
    Append(now.break_glass ? "now break-glass" : "not break-glass any more: no alarm", &text);
  }
  DescribeListChange("commands to choose from", before.commands, now.commands, &text);
  if (before.within != now.within) {
    Append(fmt::format("addresses to choose within {} instead of {}", Shown(now.within),
                       Shown(before.within)),
           &text);
  }
  DescribeListChange("extensions of others", before.custom_extensions, now.custom_extensions,
                     &text);
  if (before.ends_with != now.ends_with) {
    Append(now.ends_with.empty() ? "does not end with its hours any more"
                                 : "ends with its hours, " + now.ends_with,
           &text);
  }
  if (before.until != now.until) {
    Append(now.until == absl::InfiniteFuture() ? "without an end"
                                               : "not beyond " + TimeText(now.until),
           &text);
  }
  return text.empty() ? "as before" : text;
}

}  // namespace mayfly::policy
