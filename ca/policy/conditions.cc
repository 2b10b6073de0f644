#include "ca/policy/conditions.h"

#include <algorithm>

#include "ca/policy/policy_set.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

Finding AuthenticatorFinding(const std::vector<std::string>& wanted,
                             const model::Identity& identity) {
  const std::string condition = fmt::format("authenticators: any of {}", Shown(wanted));
  const std::string detail = fmt::format("proven by {}", Shown(identity.authenticator));
  if (std::ranges::find(wanted, identity.authenticator) != wanted.end()) {
    return Held(condition, detail);
  }
  return Failed(condition, detail,
                fmt::format("it is for authenticators {}, not {}", Shown(wanted),
                            Shown(identity.authenticator)));
}

Finding RealmFinding(const std::string& wanted, const model::Identity& identity) {
  const std::string condition = fmt::format("realm: {}", wanted);
  const std::string& realm = identity.subject.realm;
  const std::string detail = fmt::format("{} is of realm {}", Shown(identity.subject.name), realm);
  if (realm == wanted) return Held(condition, detail);
  return Failed(condition, detail, fmt::format("it is for realm {}, not {}", wanted, realm));
}

Finding GroupFinding(const std::vector<std::string>& wanted, const model::Identity& identity) {
  const std::string condition = fmt::format("groups: any of {}", Shown(wanted));
  const std::string who = Shown(identity.subject.name);
  if (identity.groups.unknown()) {
    const std::string detail = fmt::format("the groups of {} are unknown", who);
    return Unknown(condition, detail,
                   fmt::format("it is for groups {}, and {}", Shown(wanted), detail));
  }
  if (identity.groups.absent() || identity.groups.value().empty()) {
    const std::string detail = fmt::format("{} is in no group", who);
    return Failed(condition, detail,
                  fmt::format("it is for groups {}, and {}", Shown(wanted), detail));
  }
  const std::vector<std::string>& groups = identity.groups.value();
  const std::string detail = fmt::format("{} is in {}", who, Shown(groups));
  for (const std::string& group : wanted) {
    if (std::ranges::find(groups, group) != groups.end()) return Held(condition, detail);
  }
  return Failed(condition, detail,
                fmt::format("it is for groups {}, and {}", Shown(wanted), detail));
}

Finding LabelFinding(const model::Labels& wanted, const model::Identity& identity) {
  const std::string condition = fmt::format("labels: {}", Shown(wanted));
  const std::string who = Shown(identity.subject.name);
  if (identity.labels.unknown()) {
    const std::string detail = fmt::format("the labels of {} are unknown", who);
    return Unknown(condition, detail,
                   fmt::format("it is for hosts with {}, and {}", Shown(wanted), detail));
  }
  const model::Labels none;
  const model::Labels& labels = identity.labels.known() ? identity.labels.value() : none;
  const std::string detail = labels.empty() ? fmt::format("{} has no labels", who)
                                            : fmt::format("{} has {}", who, Shown(labels));
  if (HasLabels(labels, wanted)) return Held(condition, detail);
  return Failed(condition, detail,
                fmt::format("it is for hosts with {}, and {}", Shown(wanted), detail));
}

Finding NetworkFinding(const std::vector<IpNetwork>& wanted, const model::Fact<IpAddress>& peer) {
  const std::string condition = fmt::format("networks: any of {}", Shown(wanted));
  if (peer.unknown()) {
    const std::string detail = "the caller's address is unknown";
    return Unknown(condition, detail,
                   fmt::format("it is for networks {}, and {}", Shown(wanted), detail));
  }
  if (peer.absent()) {
    const std::string detail = "the call came through the local socket";
    return Failed(condition, detail,
                  fmt::format("it is for networks {}, and {}", Shown(wanted), detail));
  }
  const std::string address = peer.value().ToString();
  const std::string detail = fmt::format("called from {}", address);
  for (const IpNetwork& network : wanted) {
    if (network.Contains(peer.value())) return Held(condition, detail);
  }
  return Failed(condition, detail,
                fmt::format("it is for networks {}, not {}", Shown(wanted), address));
}

}  // namespace

std::vector<Finding> EvaluateConditions(const Conditions& conditions,
                                        const model::Identity& identity,
                                        const model::Fact<IpAddress>& peer) {
  std::vector<Finding> findings;
  if (!conditions.authenticators.empty()) {
    findings.push_back(AuthenticatorFinding(conditions.authenticators, identity));
  }
  if (conditions.realm) findings.push_back(RealmFinding(*conditions.realm, identity));
  if (!conditions.groups.empty()) findings.push_back(GroupFinding(conditions.groups, identity));
  if (!conditions.labels.empty()) findings.push_back(LabelFinding(conditions.labels, identity));
  if (!conditions.networks.empty()) findings.push_back(NetworkFinding(conditions.networks, peer));
  return findings;
}

}  // namespace mayfly::policy
