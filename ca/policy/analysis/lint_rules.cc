// Lint that looks at one rule at a time.
#include <algorithm>

#include "base/text.h"
#include "ca/model/principal.h"
#include "ca/policy/analysis/lint.h"
#include "ca/policy/finding.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

class RuleLint {
 public:
  RuleLint(const Surroundings& surroundings, std::vector<Lint>* lint)
      : surroundings_(surroundings), lint_(*lint) {}

  void Look(const Grant& grant) {
    rule_ = "grant " + grant.name;
    conditions_ = "for";
    if (grant.description.empty()) {
      Warn("no-description", "", "a grant without a description: whoever reviews it has to guess",
           "add description: with one sentence on who gets what");
    }
    Look(grant.conditions);
    if (grant.conditions.until && *grant.conditions.until <= surroundings_.now) {
      Warn("ended-grant", "for.until",
           fmt::format("it ended at {}", TimeText(*grant.conditions.until)), "take it out");
    }
    if (grant.user() != nullptr) Look(grant, *grant.user());
  }

  void Look(const Denial& denial) {
    rule_ = "denial " + denial.name;
    conditions_ = "when";
    if (denial.message.empty()) {
      Note("no-message", "", "a denial without a message: the caller is told its name alone",
           "add message: with what to do instead");
    }
    Look(denial.conditions);
  }

  void Look(const Operator& rule) {
    rule_ = "operator " + rule.name;
    conditions_ = "for";
    Look(rule.conditions);
  }

 private:
  void Look(const Conditions& conditions) {
    for (const IpNetwork& network : conditions.networks) {
      if (network.prefix() != 0) continue;
      Warn("whole-internet", conditions_ + ".networks",
           fmt::format("{} is every {} address, so it restricts nothing", network.ToString(),
                       network.address().is_ipv4() ? "IPv4" : "IPv6"),
           "name the networks that are meant, or leave networks out");
    }
    const auto look_at_groups = [&](const std::vector<std::string>& groups,
                                    std::string_view field) {
      Missing(groups, surroundings_.groups, "unknown-group", field, "no user is in group {}",
              "check the name, or add the group to the users file");
    };
    look_at_groups(conditions.groups, "groups");
    look_at_groups(conditions.all_groups, "all_groups");
    look_at_groups(conditions.no_groups, "no_groups");
    Missing(conditions.authenticators, surroundings_.authenticators, "unknown-authenticator",
            "authenticators", "no authenticator is called {}",
            "check the name against the configuration of mayflyd");
  }

  void Missing(const std::vector<std::string>& named, const std::set<std::string>& there,
               std::string_view check, std::string_view field, std::string_view message,
               std::string_view advice) {
    if (there.empty()) return;
    for (const std::string& name : named) {
      if (there.contains(name)) continue;
      const std::string nearest =
          Nearest(name, std::vector<std::string>(there.begin(), there.end()));
      Warn(check, fmt::format("{}.{}", conditions_, field),
           fmt::format(fmt::runtime(message), Shown(name)),
           nearest.empty() ? std::string(advice) : fmt::format("did you mean {}?", nearest));
    }
  }

  void Look(const Grant& grant, const UserCertificateRule& rule) {
    LookAtReserved(grant, rule);
    const bool forwards = std::ranges::any_of(rule.extensions, [](const std::string& extension) {
      return extension == "permit-port-forwarding" || extension == "permit-agent-forwarding" ||
             extension == "permit-X11-forwarding";
    });
    if (rule.force_command && forwards) {
      Warn("command-with-forwarding", "user_certificate.extensions",
           "the forced command limits what runs, and forwarding goes around it",
           "take the forwarding extensions out: extensions: []");
    }
  }

  // Root everywhere, or for a whole realm, is seldom meant.
  void LookAtReserved(const Grant& grant, const UserCertificateRule& rule) {
    const auto reserved = std::ranges::find_if(rule.logins, [](const LoginRule& login) {
      return login.source == LoginSource::kLiteral && model::IsReservedLogin(login.literal);
    });
    if (reserved == rule.logins.end()) return;
    if (rule.hosts.empty()) {
      Warn("reserved-anywhere", "user_certificate.hosts",
           fmt::format("hosts: any gives {} on every server that trusts the CA", reserved->literal),
           "name the hosts by their labels, as {env: staging}");
    }
    Conditions without_realm = grant.conditions;
    without_realm.realm.reset();
    without_realm.authenticators.clear();
    if (without_realm == Conditions()) {
      Warn("reserved-for-all", "for",
           fmt::format("{} for whoever the authenticator lets in: no group, no network",
                       reserved->literal),
           "name the groups that are meant");
    }
  }

  void Warn(std::string_view check, std::string_view field, std::string_view message,
            std::string_view advice) {
    Add(Severity::kWarning, check, field, message, advice);
  }
  void Note(std::string_view check, std::string_view field, std::string_view message,
            std::string_view advice) {
    Add(Severity::kNote, check, field, message, advice);
  }
  void Add(Severity severity, std::string_view check, std::string_view field,
           std::string_view message, std::string_view advice) {
    lint_.push_back(Lint{severity, check, rule_, std::string(field), std::string(message),
                         std::string(advice)});
  }

  const Surroundings& surroundings_;
  std::vector<Lint>& lint_;
  std::string rule_, conditions_;
};

void LintCeiling(std::string_view name, absl::Duration ceiling, absl::Duration usual,
                 std::vector<Lint>* lint) {
  if (ceiling <= usual) return;
  lint->push_back(
      Lint{Severity::kWarning, "high-ceiling", "ceilings", std::string(name),
           fmt::format("certificates may live for {}: one that is stolen is good for as "
                       "long",
                       DurationText(ceiling)),
           fmt::format("{} is usual", DurationText(usual))});
}

}  // namespace

void LintRules(const PolicySet& policy, const Surroundings& surroundings, std::vector<Lint>* lint) {
  RuleLint rules(surroundings, lint);
  for (const Grant& grant : policy.grants()) rules.Look(grant);
  for (const Denial& denial : policy.denials()) rules.Look(denial);
  for (const Operator& rule : policy.operators()) rules.Look(rule);
  LintCeiling("user_lifetime", policy.ceilings().user_lifetime, kDefaultUserCeiling, lint);
  LintCeiling("host_lifetime", policy.ceilings().host_lifetime, kDefaultHostCeiling, lint);
}

std::vector<Lint> FindLint(const PolicySet& policy, const Surroundings& surroundings) {
  std::vector<Lint> lint;
  LintRules(policy, surroundings, &lint);
  LintReach(policy, &lint);
  LintOrder(policy, &lint);
  return lint;
}

}  // namespace mayfly::policy
