#include "client/login/standing.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "client/command_line/output.h"
#include "client/login/caller.h"
#include "client/login/chosen_ca.h"
#include "client/login/delivery.h"
#include "client/login/session_store.h"
#include "client/login/who_am_i.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

absl::StatusOr<ExitCode> RunStatus(const Context& context) {
  MAYFLY_ASSIGN_OR_RETURN(const TrustedCa trusted, ChosenCa(context));
  const absl::Time now = context.clock.Now();
  const absl::StatusOr<StoredSession> session = LoadSession(context, trusted.record.ca_id.text);
  std::vector<ssh::Certificate> certificates;
  if (!context.environment("SSH_AUTH_SOCK").empty()) {
    MAYFLY_ASSIGN_OR_RETURN(certificates, AgentCertificates(context, trusted.user_cas));
  }
  bool any_valid = false;
  nlohmann::ordered_json json = {{"ca", trusted.record.name},
                                 {"session", nullptr},
                                 {"certificates", nlohmann::ordered_json::array()}};
  if (session.ok()) {
    json["session"] = {{"subject", session->subject}, {"ends_at", TimeText(session->ends_at)}};
  }
  for (const ssh::Certificate& certificate : certificates) {
    json["certificates"].push_back(CertificateJson(certificate));
    any_valid = any_valid ||
                (certificate.body.valid_after() <= now && now < certificate.body.valid_before());
  }
  if (context.json) {
    PrintJson(context, json);
  } else {
    context.out << fmt::format("CA {} at {}\n", trusted.record.name, trusted.record.address);
    context.out << (session.ok() ? fmt::format("session of {}, ends {}\n",
                                               EscapeForTerminal(session->subject),
                                               Relative(session->ends_at, now))
                                 : std::string("no session\n"));
    for (const ssh::Certificate& certificate : certificates) PrintCertificate(context, certificate);
    if (certificates.empty()) context.out << "no certificate in the agent\n";
  }
  return any_valid ? ExitCode::kOk : ExitCode::kNo;
}

absl::Status RunWhoAmI(const Context& context) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  MAYFLY_ASSIGN_OR_RETURN(const v1::WhoAmIResponse who, AskWhoAmI(caller));
  if (context.json) {
    PrintJson(context, WhoAmIJson(who));
  } else {
    PrintWhoAmI(context, who);
  }
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> RunWhy(const Context& context, const std::string& request_id,
                                const AskOptions& ask) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  v1::CallDocument document;
  v1::Decision decision;
  if (request_id.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(*document.mutable_explain_user()->mutable_ask(), ToProto(ask));
    MAYFLY_ASSIGN_OR_RETURN(const v1::ExplainUserResponse response,
                            caller.Call(&CaClient::ExplainUser, document));
    decision = response.decision();
  } else {
    document.mutable_get_decision()->set_request_id(request_id);
    MAYFLY_ASSIGN_OR_RETURN(const v1::GetDecisionResponse response,
                            caller.Call(&CaClient::GetDecision, document));
    decision = response.decision();
    if (!context.json) {
      context.out << fmt::format("{} asked at {}\n", EscapeForTerminal(response.subject()),
                                 TimeText(FromProto(response.time())));
    }
  }
  if (context.json) {
    PrintJson(context, DecisionJson(decision));
  } else {
    PrintDecision(context, decision);
  }
  return decision.granted() ? ExitCode::kOk : ExitCode::kNo;
}

}  // namespace

ExitCode Status(const Context& context) { return context.Finish(RunStatus(context)); }
ExitCode WhoAmI(const Context& context) { return context.Finish(RunWhoAmI(context)); }
ExitCode Why(const Context& context, const std::string& request_id, const AskOptions& ask) {
  return context.Finish(RunWhy(context, request_id, ask));
}

}  // namespace mayfly::client
