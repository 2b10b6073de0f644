#include "ca/policy/user_terms.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/status.h"
#include "ca/model/principal.h"
#include "ca/policy/expand.h"
#include "ca/policy/pattern.h"
#include "fmt/format.h"
#include "ssh/certificate.h"

namespace mayfly::policy {
namespace {

// Whether the certificate would open the host that the request names.
void FindTarget(const UserCertificateRule& rule, const Inquiry& inquiry, Findings* findings) {
  const model::Fact<model::Labels>& labels = inquiry.facts.target_labels;
  const std::string& named = *inquiry.request.ask.target_host;
  if (rule.hosts.empty()) {
    const model::Labels& scoped_only = inquiry.policy.scoped_only();
    const bool shut =
        labels.known() && !scoped_only.empty() && HasLabels(labels.value(), scoped_only);
    findings->Add(OutcomeOf(!shut), [&] {
      const std::string host = Shown(named);
      return Text{"hosts: any", shut ? fmt::format("{} accepts no plain principal", host) : host,
                  fmt::format("it yields plain principals, and {} accepts only scoped ones", host)};
    });
    return;
  }
  const model::Outcome outcome =
      labels.known() ? OutcomeOf(HasLabels(labels.value(), rule.hosts)) : model::Outcome::kUnknown;
  findings->Add(outcome, [&] {
    const std::string host = Shown(named);
    const std::string condition = fmt::format("hosts: {}", Shown(rule.hosts));
    if (!labels.known()) {
      return Text{
          condition, fmt::format("the labels of {} are unknown", host),
          fmt::format("it opens hosts with {}, and {} is not enrolled", Shown(rule.hosts), host)};
    }
    const std::string detail = fmt::format("{} has {}", host, Shown(labels.value()));
    return Text{condition, detail,
                fmt::format("it opens hosts with {}, and {}", Shown(rule.hosts), detail)};
  });
}

std::vector<std::string> ListOf(const std::set<std::string>& words) {
  return {words.begin(), words.end()};
}

// What the grant offers, for people: names, then patterns.
std::vector<std::string> Offered(const Logins& logins) {
  std::vector<std::string> offered = ListOf(logins.given);
  offered.insert(offered.end(), logins.patterns.begin(), logins.patterns.end());
  return offered;
}

std::string NoLoginComplaint(const Logins& logins, const std::string& wanted) {
  const auto withheld = logins.withheld.find(wanted);
  if (withheld != logins.withheld.end()) {
    return fmt::format("it does not yield login {}, which {}", wanted, withheld->second);
  }
  return fmt::format("it has no login {}, only {}", wanted, Shown(Offered(logins)));
}

std::string NoLoginsComplaint(const Logins& logins) {
  if (!logins.unknown.empty()) {
    return fmt::format("it has no login for you, because {}", logins.unknown);
  }
  if (!logins.patterns.empty()) {
    return fmt::format("it has no login unless you name one, as {}: add --logins",
                       Shown(logins.patterns));
  }
  if (logins.withheld.empty()) return "it has no login for you";
  return fmt::format("it has no login for you: {} {}", logins.withheld.begin()->first,
                     logins.withheld.begin()->second);
}

std::string HeldLoginsDetail(const Logins& logins, const std::vector<std::string>& chosen) {
  std::string detail = Shown(chosen);
  for (const auto& [value, why] : logins.withheld) {
    detail += fmt::format("; {} {}", value, why);
    if (detail.size() > 1000) break;
  }
  return detail;
}

// A login that is asked for and not given, or null.
const std::string* FirstNotGiven(const UserCertificateRule& rule, const Inquiry& inquiry) {
  for (const std::string& login : inquiry.request.ask.logins) {
    if (!YieldsLogin(rule, inquiry.policy, inquiry.caller, login)) return &login;
  }
  return nullptr;
}

// Fills `*chosen` with the logins of the certificate: those asked for, else all.
void FindLogins(const UserCertificateRule& rule, const Inquiry& inquiry, Findings* findings,
                std::vector<std::string>* chosen) {
  const model::Ask& ask = inquiry.request.ask;
  const auto expand = [&] {
    return ExpandLogins(rule, inquiry.policy, inquiry.caller, ask.logins);
  };
  if (const std::string* missing = FirstNotGiven(rule, inquiry); missing != nullptr) {
    // What is unknown might have given it.
    const bool unknown = HasUnknownLogins(rule, inquiry.caller);
    findings->Add(unknown ? model::Outcome::kUnknown : model::Outcome::kFailed, [&] {
      const Logins logins = expand();
      return Text{fmt::format("logins: of {}", Shown(Offered(logins))),
                  fmt::format("{} asked", Shown(*missing)),
                  NoLoginComplaint(logins, Shown(*missing))};
    });
    return;
  }
  if (ask.logins.empty()) {
    *chosen = ListOf(expand().given);
  } else {
    *chosen = ListOf(std::set<std::string>(ask.logins.begin(), ask.logins.end()));
  }
  const bool too_many = chosen->size() > ssh::kMaxPrincipals;
  findings->Add(OutcomeOf(!chosen->empty() && !too_many), [&] {
    const Logins logins = expand();
    const std::string condition = fmt::format("logins: of {}", Shown(Offered(logins)));
    if (chosen->empty()) return Text{condition, "none", NoLoginsComplaint(logins)};
    if (!too_many) return Text{condition, HeldLoginsDetail(logins, *chosen), ""};
    return Text{condition, fmt::format("{} logins", chosen->size()),
                fmt::format("it would have {} logins, and a certificate holds {}: ask for fewer",
                            chosen->size(), ssh::kMaxPrincipals)};
  });
  if (chosen->empty() || too_many) chosen->clear();
}

void FindPrincipals(const Opening& opening, Findings* findings,
                    std::vector<std::string>* principals) {
  std::set<std::string> made;
  std::string problem;
  for (const std::string& login : opening.logins) {
    absl::StatusOr<std::string> principal = model::MakePrincipal(opening.scope, login);
    if (principal.ok()) {
      made.insert(*std::move(principal));
    } else {
      problem = Message(principal.status());
      break;
    }
  }
  if (problem.empty()) *principals = ListOf(made);
  findings->Add(OutcomeOf(problem.empty()), [&] {
    return Text{"principals", problem.empty() ? Shown(*principals) : problem,
                fmt::format("it has no such principal: {}", problem)};
  });
}

void FindExtensions(const UserCertificateRule& rule, const model::Ask& ask, Findings* findings,
                    std::vector<std::string>* chosen) {
  const std::string* missing = nullptr;
  if (!ask.extensions) {
    *chosen = rule.extensions;
  } else {
    for (const std::string& extension : *ask.extensions) {
      if (missing == nullptr &&
          std::ranges::find(rule.extensions, extension) == rule.extensions.end()) {
        missing = &extension;
      }
    }
    *chosen = ListOf(std::set<std::string>(ask.extensions->begin(), ask.extensions->end()));
  }
  findings->Add(OutcomeOf(missing == nullptr), [&] {
    const std::string condition = fmt::format("extensions: of {}", Shown(rule.extensions));
    if (missing == nullptr) return Text{condition, ask.extensions ? Shown(*chosen) : "default", ""};
    return Text{
        condition, fmt::format("{} asked", Shown(*missing)),
        fmt::format("it has no extension {}, only {}", Shown(*missing), Shown(rule.extensions))};
  });
}

void FindCustomExtensions(const UserCertificateRule& rule, const Caller& caller, Findings* findings,
                          std::map<std::string, std::string>* chosen) {
  for (const auto& [name, value_rule] : rule.custom_extensions) {
    const absl::StatusOr<std::string> value = ExpandValue(value_rule, caller);
    const bool unknown = !value.ok() && value_rule.source == ValueSource::kClaim &&
                         caller.Claim(value_rule.literal).unknown();
    if (value.ok()) (*chosen)[name] = *value;
    findings->Add(unknown ? model::Outcome::kUnknown : OutcomeOf(value.ok()), [&, &key = name] {
      const std::string detail = value.ok() ? Shown(*value) : Message(value.status());
      return Text{fmt::format("extension {}", key), detail,
                  fmt::format("it has no value for the extension {}: {}", key, detail)};
    });
  }
}

void FindForceCommand(const UserCertificateRule& rule, const model::Ask& ask, Findings* findings,
                      std::optional<std::string>* chosen) {
  *chosen = rule.force_command ? rule.force_command : ask.force_command;
  if (!rule.force_command_one_of.empty()) {
    const bool fits = ask.force_command &&
                      std::ranges::any_of(rule.force_command_one_of, [&](const std::string& one) {
                        return MatchesCommand(one, *ask.force_command);
                      });
    findings->Add(OutcomeOf(fits), [&] {
      const std::string listed = Shown(rule.force_command_one_of);
      return Text{
          fmt::format("force-command: one of {}", listed),
          ask.force_command ? fmt::format("{} asked", Shown(*ask.force_command))
                            : std::string("none asked"),
          ask.force_command
              ? fmt::format("its force-command is one of {}, not \"{}\"", listed,
                            Shown(*ask.force_command))
              : fmt::format("it needs a force-command, one of {}: add --force-command", listed)};
    });
    return;
  }
  const bool fits =
      !rule.force_command || !ask.force_command || *ask.force_command == *rule.force_command;
  findings->Add(OutcomeOf(fits), [&] {
    const std::string condition =
        rule.force_command ? "force-command: forced" : "force-command: the caller's";
    if (fits) return Text{condition, *chosen ? Shown(**chosen) : "none", ""};
    return Text{condition, fmt::format("{} asked", Shown(*ask.force_command)),
                fmt::format("its force-command is \"{}\" and cannot be replaced",
                            Shown(*rule.force_command))};
  });
}

void FindSourceAddress(const UserCertificateRule& rule, const model::Ask& ask, Findings* findings,
                       std::vector<IpNetwork>* chosen) {
  const bool must_choose = !rule.source_address_within.empty();
  const std::vector<IpNetwork>& bounds =
      must_choose ? rule.source_address_within : rule.source_addresses;
  const IpNetwork* outside = nullptr;
  for (const IpNetwork& asked : ask.source_addresses) {
    const bool within = std::ranges::any_of(
        bounds, [&](const IpNetwork& network) { return network.Contains(asked); });
    if (!within && !bounds.empty() && outside == nullptr) outside = &asked;
  }
  const bool missing = must_choose && ask.source_addresses.empty();
  const std::vector<IpNetwork>& source =
      ask.source_addresses.empty() ? rule.source_addresses : ask.source_addresses;
  const std::set<IpNetwork> unique(source.begin(), source.end());
  chosen->assign(unique.begin(), unique.end());
  findings->Add(OutcomeOf(outside == nullptr && !missing), [&] {
    const std::string condition =
        bounds.empty() ? "source-address: the caller's" : "source-address: within " + Shown(bounds);
    if (missing) {
      return Text{
          condition, "none asked",
          fmt::format("it needs a source-address within {}: add --source-address", Shown(bounds))};
    }
    if (outside == nullptr) return Text{condition, Shown(*chosen), ""};
    return Text{condition, fmt::format("{} asked", outside->ToString()),
                fmt::format("its source-address is {}, which {} is not within", Shown(bounds),
                            outside->ToString())};
  });
}

}  // namespace

void EvaluateUserTerms(const UserCertificateRule& rule, const Inquiry& inquiry,
                       Evaluation* evaluation) {
  const model::Ask& ask = inquiry.request.ask;
  model::Terms& terms = evaluation->terms;
  Findings* findings = &evaluation->findings;
  if (ask.target_host) FindTarget(rule, inquiry, findings);
  if (findings->over()) return;
  const size_t before = findings->not_held();
  FindLogins(rule, inquiry, findings, &evaluation->opening.logins);
  if (findings->over()) return;
  evaluation->opening.scope = rule.hosts;
  if (findings->not_held() == before) {
    FindPrincipals(evaluation->opening, findings, &terms.principals);
  }
  FindExtensions(rule, ask, findings, &terms.extensions);
  FindCustomExtensions(rule, inquiry.caller, findings, &terms.custom_extensions);
  FindForceCommand(rule, ask, findings, &terms.force_command);
  FindSourceAddress(rule, ask, findings, &terms.source_addresses);
  terms.verify_required = rule.verify_required;
}

}  // namespace mayfly::policy
