#include "ca/policy/analysis/explain.h"

#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "client/policy/json_output.h"
#include "client/policy/label_options.h"
#include "client/policy/policy_commands.h"
#include "client/policy/trace_output.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

using policy::SituationText;

// Which option gives the member that a situation's error names.
struct OptionOf {
  std::string_view field, option;
};
constexpr OptionOf kOptions[] = {
    {"as", "--as"},
    {"as.user", "--as"},
    {"as.host", "--as-host"},
    {"as.groups", "--groups"},
    {"as.labels", "--labels"},
    {"ask.source_address", "--source-address"},
    {"ask.host", "--host"},
    {"ask.host.labels", "--host-labels"},
    {"from", "--from"},
    {"key.rsa_bits", "--key"},
};

std::string_view OptionName(std::string_view field) {
  for (const OptionOf& one : kOptions) {
    if (one.field == field) return one.option;
  }
  return field;
}

absl::Status ReadDuration(const std::string& text, std::optional<absl::Duration>* duration) {
  if (text.empty()) return absl::OkStatus();
  MAYFLY_ASSIGN_OR_RETURN(*duration, Annotate(ParseDuration(text), "--lifetime"));
  return absl::OkStatus();
}

// "rsa:4096", "sk-ed25519".
absl::Status ReadKey(const std::string& text, SituationText* to) {
  if (text.empty()) return absl::OkStatus();
  const size_t colon = text.find(':');
  MAYFLY_ASSIGN_OR_RETURN(to->key_type,
                          Annotate(ssh::ParseKeyTypeShortName(text.substr(0, colon)), "--key"));
  if (colon == std::string::npos) return absl::OkStatus();
  to->rsa_bits = std::atoi(text.c_str() + colon + 1);
  return absl::OkStatus();
}

absl::Status ReadIdentity(const ExplainOptions& options, SituationText* to) {
  to->user = options.user;
  to->host = options.host;
  to->realm = options.realm;
  to->authenticator = options.authenticator;
  if (options.groups_unknown) {
    to->groups = model::Fact<std::vector<std::string>>::Unknown();
  } else if (!options.groups.empty()) {
    to->groups = model::Fact<std::vector<std::string>>::Known(WordsOf(options.groups));
  }
  for (const std::string& claim : options.claims) {
    const size_t equals = claim.find('=');
    if (equals == std::string::npos) {
      return InvalidArgument(fmt::format("--claim: expected name=value, found {}",
                                         EscapeForTerminal(claim.substr(0, 64))));
    }
    to->claims[claim.substr(0, equals)] = claim.substr(equals + 1);
  }
  if (!options.user.empty()) to->hardware = model::Fact<bool>::Known(options.hardware);
  if (!options.labels.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(model::Labels labels, LabelsOf("--labels", options.labels));
    to->labels = model::Fact<model::Labels>::Known(std::move(labels));
  }
  return absl::OkStatus();
}

absl::Status ReadAsk(const ExplainOptions& options, SituationText* to) {
  to->grant = options.grant;
  to->target = options.target;
  to->logins = WordsOf(options.logins);
  to->principals = WordsOf(options.names);
  if (!options.target_labels.empty()) {
    // Which host it is does not matter, only what labels it has.
    if (to->target.empty()) to->target = "host";
    MAYFLY_ASSIGN_OR_RETURN(model::Labels labels, LabelsOf("--host-labels", options.target_labels));
    to->target_labels = model::Fact<model::Labels>::Known(std::move(labels));
  }
  if (!options.extensions.empty()) to->extensions = WordsOf(options.extensions);
  if (options.no_extensions) to->extensions.emplace();
  to->force_command = options.force_command;
  to->source_addresses = options.source_addresses;
  to->reason = options.reason;
  return ReadDuration(options.lifetime, &to->lifetime);
}

absl::StatusOr<policy::Situation> SituationOf(const ExplainOptions& options) {
  SituationText text;
  MAYFLY_RETURN_IF_ERROR(ReadIdentity(options, &text));
  MAYFLY_RETURN_IF_ERROR(ReadAsk(options, &text));
  MAYFLY_RETURN_IF_ERROR(ReadKey(options.key, &text));
  text.from_local = options.from == "local";
  text.from_unknown = options.from == "unknown";
  if (!text.from_local && !text.from_unknown) text.from = options.from;
  if (!options.at.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(text.at, Annotate(ParseTime(options.at), "--at"));
  }
  absl::Status problem;
  auto situation =
      policy::MakeSituation(text, [&](std::string_view field, std::string_view message) {
        if (problem.ok()) {
          problem = InvalidArgument(fmt::format("{}: {}", OptionName(field), message));
        }
      });
  if (!situation) return problem;
  return *std::move(situation);
}

}  // namespace

ExitCode ExplainPolicy(const Context& context, const ExplainOptions& options) {
  const absl::StatusOr<policy::Situation> situation = SituationOf(options);
  if (!situation.ok()) {
    return context.Report(WithExitCode(situation.status(), ExitCode::kUsage));
  }
  const absl::StatusOr<LoadedSet> set = LoadSet(options.folder);
  if (!set.ok()) return context.Report(set.status());
  const policy::Explanation explanation = policy::Explain(*set->policy, *situation);
  if (context.json) {
    PrintExplanationJson(context, explanation, set->sources);
  } else {
    PrintAnswer(context, explanation.decision);
    context.out << "why, rule by rule:\n";
    PrintTrace(context, explanation, set->sources, options.all, "  ");
    PrintNearest(context, explanation, set->sources);
  }
  const bool granted = std::holds_alternative<model::Granted>(explanation.decision);
  return granted ? ExitCode::kOk : ExitCode::kNo;
}

}  // namespace mayfly::client
