#include "ca/policy/user_terms.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/status.h"
#include "ca/model/principal.h"
#include "ca/policy/expand.h"
#include "fmt/format.h"
#include "ssh/certificate.h"

namespace mayfly::policy {
namespace {

// Whether the certificate would open the host that the request names.
Finding TargetFinding(const UserCertificateRule& rule, const Inquiry& inquiry) {
  const std::string host = Shown(*inquiry.request.ask.target_host);
  const model::Fact<model::Labels>& labels = inquiry.facts.target_labels;
  if (rule.hosts.empty()) {
    const model::Labels& scoped_only = inquiry.policy.scoped_only();
    if (labels.known() && !scoped_only.empty() && HasLabels(labels.value(), scoped_only)) {
      return Failed(
          "hosts: any", fmt::format("{} accepts no plain principal", host),
          fmt::format("it yields plain principals, and {} accepts only scoped ones", host));
    }
    return Held("hosts: any", host);
  }
  const std::string condition = fmt::format("hosts: {}", Shown(rule.hosts));
  if (!labels.known()) {
    return Unknown(
        condition, fmt::format("the labels of {} are unknown", host),
        fmt::format("it opens hosts with {}, and {} is not enrolled", Shown(rule.hosts), host));
  }
  const std::string detail = fmt::format("{} has {}", host, Shown(labels.value()));
  if (HasLabels(labels.value(), rule.hosts)) return Held(condition, detail);
  return Failed(condition, detail,
                fmt::format("it opens hosts with {}, and {} has {}", Shown(rule.hosts), host,
                            Shown(labels.value())));
}

std::string NoLoginComplaint(const Logins& logins, const std::string& wanted) {
  const auto withheld = logins.withheld.find(wanted);
  if (withheld != logins.withheld.end()) {
    return fmt::format("it does not yield login {}, which {}", wanted, withheld->second);
  }
  const std::vector<std::string> given(logins.given.begin(), logins.given.end());
  return fmt::format("it has no login {}, only {}", wanted, Shown(given));
}

std::string NoLoginsComplaint(const Logins& logins) {
  if (logins.groups_unknown) return "it has no login for you, because your groups are unknown";
  if (logins.withheld.empty()) return "it has no login for you";
  return fmt::format("it has no login for you: {} {}", logins.withheld.begin()->first,
                     logins.withheld.begin()->second);
}

// Fills `*chosen` with the logins of the certificate: those asked for, else all.
Finding LoginFinding(const Logins& logins, const model::Ask& ask,
                     std::vector<std::string>* chosen) {
  const std::vector<std::string> given(logins.given.begin(), logins.given.end());
  const std::string condition = fmt::format("logins: of {}", Shown(given));
  for (const std::string& login : ask.logins) {
    if (logins.given.contains(login)) continue;
    const std::string detail = fmt::format("{} asked", Shown(login));
    const std::string complaint = NoLoginComplaint(logins, Shown(login));
    return logins.groups_unknown ? Unknown(condition, detail, complaint)
                                 : Failed(condition, detail, complaint);
  }
  const std::set<std::string> wanted(ask.logins.begin(), ask.logins.end());
  *chosen = ask.logins.empty() ? given : std::vector<std::string>(wanted.begin(), wanted.end());
  if (chosen->empty()) return Failed(condition, "none", NoLoginsComplaint(logins));
  if (chosen->size() > ssh::kMaxPrincipals) {
    return Failed(condition, fmt::format("{} logins", chosen->size()),
                  fmt::format("it would have {} logins, and a certificate holds {}: ask for fewer",
                              chosen->size(), ssh::kMaxPrincipals));
  }
  std::string detail = Shown(*chosen);
  for (const auto& [value, why] : logins.withheld) {
    detail += fmt::format("; {} {}", value, why);
    if (detail.size() > 1000) break;
  }
  return Held(condition, detail);
}

Finding PrincipalFinding(const Opening& opening, std::vector<std::string>* principals) {
  std::set<std::string> made;
  for (const std::string& login : opening.logins) {
    absl::StatusOr<std::string> principal = model::MakePrincipal(opening.scope, login);
    if (!principal.ok()) {
      const std::string problem = Message(principal.status());
      return Failed("principals", problem, fmt::format("it has no such principal: {}", problem));
    }
    made.insert(*std::move(principal));
  }
  principals->assign(made.begin(), made.end());
  return Held("principals", Shown(*principals));
}

Finding ExtensionFinding(const UserCertificateRule& rule, const model::Ask& ask,
                         std::vector<std::string>* chosen) {
  const std::string condition = fmt::format("extensions: of {}", Shown(rule.extensions));
  if (!ask.extensions) {
    *chosen = rule.extensions;
    return Held(condition, "default");
  }
  for (const std::string& extension : *ask.extensions) {
    if (std::ranges::find(rule.extensions, extension) != rule.extensions.end()) continue;
    return Failed(
        condition, fmt::format("{} asked", Shown(extension)),
        fmt::format("it has no extension {}, only {}", Shown(extension), Shown(rule.extensions)));
  }
  const std::set<std::string> asked(ask.extensions->begin(), ask.extensions->end());
  chosen->assign(asked.begin(), asked.end());
  return Held(condition, Shown(*chosen));
}

Finding ForceCommandFinding(const UserCertificateRule& rule, const model::Ask& ask,
                            std::optional<std::string>* chosen) {
  *chosen = rule.force_command ? rule.force_command : ask.force_command;
  const std::string condition =
      rule.force_command ? "force-command: forced" : "force-command: the caller's";
  if (!rule.force_command || !ask.force_command || *ask.force_command == *rule.force_command) {
    return Held(condition, *chosen ? Shown(**chosen) : "none");
  }
  return Failed(condition, fmt::format("{} asked", Shown(*ask.force_command)),
                fmt::format("its force-command is \"{}\" and cannot be replaced",
                            Shown(*rule.force_command)));
}

Finding SourceAddressFinding(const UserCertificateRule& rule, const model::Ask& ask,
                             std::vector<IpNetwork>* chosen) {
  const bool forced = !rule.source_addresses.empty();
  const std::string condition = forced ? "source-address: within " + Shown(rule.source_addresses)
                                       : "source-address: the caller's";
  for (const IpNetwork& asked : ask.source_addresses) {
    const bool within = std::ranges::any_of(
        rule.source_addresses, [&](const IpNetwork& network) { return network.Contains(asked); });
    if (within || !forced) continue;
    return Failed(condition, fmt::format("{} asked", asked.ToString()),
                  fmt::format("its source-address is {}, which {} is not within",
                              Shown(rule.source_addresses), asked.ToString()));
  }
  const std::vector<IpNetwork>& source =
      ask.source_addresses.empty() ? rule.source_addresses : ask.source_addresses;
  const std::set<IpNetwork> unique(source.begin(), source.end());
  chosen->assign(unique.begin(), unique.end());
  return Held(condition, Shown(*chosen));
}

}  // namespace

void EvaluateUserTerms(const UserCertificateRule& rule, const Inquiry& inquiry,
                       Evaluation* evaluation) {
  const model::Ask& ask = inquiry.request.ask;
  model::Terms& terms = evaluation->terms;
  std::vector<Finding>& findings = evaluation->findings;
  if (ask.target_host) findings.push_back(TargetFinding(rule, inquiry));
  const Logins logins = ExpandLogins(rule, inquiry.policy, inquiry.identity);
  evaluation->opening.scope = rule.hosts;
  findings.push_back(LoginFinding(logins, ask, &evaluation->opening.logins));
  if (findings.back().held()) {
    findings.push_back(PrincipalFinding(evaluation->opening, &terms.principals));
  }
  findings.push_back(ExtensionFinding(rule, ask, &terms.extensions));
  findings.push_back(ForceCommandFinding(rule, ask, &terms.force_command));
  findings.push_back(SourceAddressFinding(rule, ask, &terms.source_addresses));
  terms.verify_required = rule.verify_required;
}

}  // namespace mayfly::policy
