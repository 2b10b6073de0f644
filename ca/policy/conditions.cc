#include "ca/policy/conditions.h"

#include <algorithm>

#include "base/text.h"
#include "ca/policy/pattern.h"
#include "ca/policy/policy_set.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

using model::Outcome;
using Words = std::vector<std::string>;

std::string Who(const Caller& caller) { return Shown(caller.identity().subject.name); }

void FindAuthenticator(const Words& wanted, const Caller& caller, Findings* findings) {
  const std::string& used = caller.identity().authenticator;
  const bool holds = std::ranges::find(wanted, used) != wanted.end();
  findings->Add(OutcomeOf(holds), [&] {
    return Text{fmt::format("authenticators: any of {}", Shown(wanted)),
                fmt::format("proven by {}", Shown(used)),
                fmt::format("it is for authenticators {}, not {}", Shown(wanted), Shown(used))};
  });
}

void FindRealm(const std::string& wanted, const Caller& caller, Findings* findings) {
  const std::string& realm = caller.identity().subject.realm;
  findings->Add(OutcomeOf(realm == wanted), [&] {
    return Text{fmt::format("realm: {}", wanted),
                fmt::format("{} is of realm {}", Who(caller), realm),
                fmt::format("it is for realm {}, not {}", wanted, realm)};
  });
}

std::string GroupsDetail(const Caller& caller) {
  const model::Fact<Words>& groups = caller.identity().groups;
  if (groups.unknown()) return fmt::format("the groups of {} are unknown", Who(caller));
  if (groups.absent() || groups.value().empty()) return Who(caller) + " is in no group";
  return fmt::format("{} is in {}", Who(caller), Shown(groups.value()));
}

// `holds` is meaningful when the groups are not unknown. `of` is "any of", "all of" or "none of".
void FindGroups(std::string_view of, const Words& wanted, bool holds, std::string_view is_for,
                const Caller& caller, Findings* findings) {
  const Outcome outcome = caller.identity().groups.unknown() ? Outcome::kUnknown : OutcomeOf(holds);
  findings->Add(outcome, [&] {
    const std::string detail = GroupsDetail(caller);
    return Text{fmt::format("groups: {} {}", of, Shown(wanted)), detail,
                outcome == Outcome::kHeld
                    ? ""
                    : fmt::format("it is for {} {}, and {}", is_for, Shown(wanted), detail)};
  });
}

void FindLabels(const model::Labels& wanted, const Caller& caller, Findings* findings) {
  static const model::Labels none;
  const model::Fact<model::Labels>& fact = caller.identity().labels;
  const model::Labels& labels = fact.known() ? fact.value() : none;
  const Outcome outcome = fact.unknown() ? Outcome::kUnknown : OutcomeOf(HasLabels(labels, wanted));
  findings->Add(outcome, [&] {
    const std::string detail =
        fact.unknown()   ? fmt::format("the labels of {} are unknown", Who(caller))
        : labels.empty() ? fmt::format("{} has no labels", Who(caller))
                         : fmt::format("{} has {}", Who(caller), Shown(labels));
    return Text{fmt::format("labels: {}", Shown(wanted)), detail,
                fmt::format("it is for hosts with {}, and {}", Shown(wanted), detail)};
  });
}

void FindNetwork(const std::vector<IpNetwork>& wanted, const Caller& caller, Findings* findings) {
  const model::Fact<IpAddress>& peer = caller.peer();
  const bool within = peer.known() && std::ranges::any_of(wanted, [&](const IpNetwork& network) {
                        return network.Contains(peer.value());
                      });
  findings->Add(peer.unknown() ? Outcome::kUnknown : OutcomeOf(within), [&] {
    Text text;
    text.condition = fmt::format("networks: any of {}", Shown(wanted));
    if (peer.known()) {
      const std::string address = peer.value().ToString();
      text.detail = fmt::format("called from {}", address);
      text.complaint = fmt::format("it is for networks {}, not {}", Shown(wanted), address);
      return text;
    }
    text.detail = peer.unknown() ? "the caller's address is unknown"
                                 : "the call came through the local socket";
    text.complaint = fmt::format("it is for networks {}, and {}", Shown(wanted), text.detail);
    return text;
  });
}

void FindClaim(const std::string& name, const Words& wanted, bool patterns, const Caller& caller,
               Findings* findings) {
  const model::Fact<std::string> claim = caller.Claim(name);
  const bool holds = claim.known() && std::ranges::any_of(wanted, [&](const std::string& value) {
                       return patterns ? Matches(value, claim.value()) : value == claim.value();
                     });
  findings->Add(claim.unknown() ? Outcome::kUnknown : OutcomeOf(holds), [&] {
    const std::string_view how = patterns ? "like" : "any of";
    const std::string detail =
        claim.unknown()  ? fmt::format("the claim {} of {} is unknown", name, Who(caller))
        : claim.absent() ? fmt::format("{} has no claim {}", Who(caller), name)
                         : fmt::format("{} has {} {}", Who(caller), name, Shown(claim.value()));
    return Text{fmt::format("claim {}: {} {}", name, how, Shown(wanted)), detail,
                fmt::format("it is for {} {} {}, and {}", name, how, Shown(wanted), detail)};
  });
}

void FindHours(const Hours& hours, const Caller& caller, Findings* findings) {
  findings->Add(OutcomeOf(hours.EndAt(caller.now()).has_value()), [&] {
    const std::string clock = hours.ClockText(caller.now());
    return Text{fmt::format("hours: {}", hours.ToString()), fmt::format("it is {} there", clock),
                fmt::format("it is for {}, and it is {} there", hours.ToString(), clock)};
  });
}

void FindHardware(bool wanted, const Caller& caller, Findings* findings) {
  const model::Fact<bool>& hardware = caller.identity().hardware;
  const bool has = hardware.known() && hardware.value();
  findings->Add(hardware.unknown() ? Outcome::kUnknown : OutcomeOf(has == wanted), [&] {
    const std::string detail =
        hardware.unknown()
            ? fmt::format("what {} proved it with is unknown", Who(caller))
            : fmt::format("{} proved it {} a security key", Who(caller), has ? "with" : "without");
    return Text{fmt::format("hardware_proof: {}", wanted), detail,
                fmt::format("it is for those who prove who they are {} a security key, and {}",
                            wanted ? "with" : "without", detail)};
  });
}

void FindTime(std::string_view name, absl::Time bound, bool holds, const Caller& caller,
              Findings* findings) {
  findings->Add(OutcomeOf(holds), [&] {
    return Text{fmt::format("{}: {}", name, TimeText(bound)),
                fmt::format("it is {}", TimeText(caller.now())),
                fmt::format("it holds {} {}", name == "since" ? "from" : "until", TimeText(bound))};
  });
}

void FindAllGroups(const Conditions& conditions, const Caller& caller, Findings* findings) {
  const auto in_group = [&](const std::string& group) { return caller.InGroup(group); };
  if (!conditions.groups.empty()) {
    FindGroups("any of", conditions.groups, std::ranges::any_of(conditions.groups, in_group),
               "groups", caller, findings);
  }
  if (!conditions.all_groups.empty()) {
    FindGroups("all of", conditions.all_groups,
               std::ranges::all_of(conditions.all_groups, in_group), "members of all of", caller,
               findings);
  }
  if (!conditions.no_groups.empty()) {
    FindGroups("none of", conditions.no_groups,
               std::ranges::none_of(conditions.no_groups, in_group), "members of none of", caller,
               findings);
  }
}

}  // namespace

Caller::Caller(const model::Identity& identity, const model::Fact<IpAddress>& peer, absl::Time now)
    : identity_(identity), peer_(peer), now_(now) {
  if (!identity.groups.known()) return;
  for (const std::string& group : identity.groups.value()) groups_.insert(group);
}

model::Fact<std::string> Caller::Claim(const std::string& name) const {
  const auto found = identity_.claims.find(name);
  return found == identity_.claims.end() ? model::Fact<std::string>::Unknown() : found->second;
}

void EvaluateConditions(const Conditions& conditions, const Caller& caller, Findings* findings) {
  if (!conditions.authenticators.empty()) {
    FindAuthenticator(conditions.authenticators, caller, findings);
  }
  if (conditions.realm) FindRealm(*conditions.realm, caller, findings);
  if (findings->over()) return;
  FindAllGroups(conditions, caller, findings);
  if (!conditions.labels.empty()) FindLabels(conditions.labels, caller, findings);
  if (findings->over()) return;
  if (!conditions.networks.empty()) FindNetwork(conditions.networks, caller, findings);
  if (conditions.hardware_proof) FindHardware(*conditions.hardware_proof, caller, findings);
  if (conditions.since) {
    FindTime("since", *conditions.since, caller.now() >= *conditions.since, caller, findings);
  }
  if (conditions.until) {
    FindTime("until", *conditions.until, caller.now() < *conditions.until, caller, findings);
  }
  if (findings->over()) return;
  for (const auto& [name, values] : conditions.claims) {
    FindClaim(name, values, /*patterns=*/false, caller, findings);
  }
  for (const auto& [name, patterns] : conditions.claim_patterns) {
    FindClaim(name, patterns, /*patterns=*/true, caller, findings);
  }
  if (conditions.hours && !findings->over()) FindHours(*conditions.hours, caller, findings);
}

}  // namespace mayfly::policy
