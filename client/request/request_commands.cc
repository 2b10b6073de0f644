#include "client/request/request_commands.h"

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/text.h"
#include "ca/model/asked_digest.h"
#include "client/command_line/output.h"
#include "client/failure.h"
#include "client/login/caller.h"
#include "client/login/identity_keys.h"
#include "client/print.h"
#include "client/request/waiting.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> TextsOf(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

absl::StatusOr<model::Ask> AskOf(const v1::UserAsk& from) {
  model::Ask ask;
  if (!from.grant().empty()) ask.grant = from.grant();
  if (!from.target_host().empty()) ask.target_host = from.target_host();
  ask.logins = TextsOf(from.logins());
  if (from.has_lifetime()) ask.lifetime = FromProto(from.lifetime());
  if (from.choose_extensions()) ask.extensions = TextsOf(from.extensions());
  if (!from.force_command().empty()) ask.force_command = from.force_command();
  for (const std::string& text : from.source_addresses()) {
    MAYFLY_ASSIGN_OR_RETURN(const IpNetwork network, IpNetwork::Parse(text));
    ask.source_addresses.push_back(network);
  }
  ask.reason = from.reason();
  return ask;
}

// The digest of what was shown, computed here: an approval is for that and for nothing else.
absl::StatusOr<std::string> DigestOf(const v1::FiledRequest& filed) {
  MAYFLY_ASSIGN_OR_RETURN(const model::Subject subject, model::Subject::Parse(filed.subject()));
  MAYFLY_ASSIGN_OR_RETURN(const model::Ask ask, AskOf(filed.ask()));
  const std::string digest = model::AskedDigest(subject, ssh::CertificateKind::kUser, ask);
  if (digest == filed.digest()) return digest;
  return Failure(ExitCode::kNotTrusted,
                 "the CA shows something else than was asked; nothing was approved");
}

Json FiledJson(const v1::FiledRequest& filed) {
  Json json = {{"number", std::to_string(filed.number())},
               {"state", filed.state()},
               {"subject", filed.subject()},
               {"grant", filed.grant()},
               {"reason", filed.ask().reason()},
               {"host", filed.ask().target_host()},
               {"logins", TextsOf(filed.ask().logins())},
               {"principals", TextsOf(filed.principals())},
               {"filed_at", TimeText(FromProto(filed.filed_at()))},
               {"expires_at", TimeText(FromProto(filed.expires_at()))},
               {"digest", filed.digest()},
               {"may_approve", filed.may_approve()},
               {"needs", Json::array()}};
  for (const v1::ApprovalNeed& need : filed.needs()) {
    json["needs"].push_back({{"count", need.count()},
                             {"from", need.from()},
                             {"approved_by", TextsOf(need.approved_by())}});
  }
  if (!filed.closed_by().empty()) {
    json["closed_by"] = filed.closed_by();
    json["word"] = filed.word();
  }
  return json;
}

void Line(const Context& context, std::string_view name, const std::string& value) {
  context.out << fmt::format("  {:<12} {}\n", name, value);
}

void PrintFiled(const Context& context, const v1::FiledRequest& filed) {
  const v1::UserAsk& ask = filed.ask();
  context.out << fmt::format("request {}: {}\n", filed.number(), EscapeForTerminal(filed.state()));
  Line(context, "who", EscapeForTerminal(filed.subject()));
  Line(context, "grant", EscapeForTerminal(filed.grant()));
  if (!ask.target_host().empty()) Line(context, "host", EscapeForTerminal(ask.target_host()));
  if (filed.principals_size() > 0) {
    Line(context, "opens", ListText(TextsOf(filed.principals())));
  } else {
    Line(context, "logins",
         ask.logins_size() == 0 ? "all of the grant's" : ListText(TextsOf(ask.logins())));
  }
  if (ask.has_lifetime()) Line(context, "lifetime", DurationText(FromProto(ask.lifetime())));
  if (ask.choose_extensions()) Line(context, "extensions", ListText(TextsOf(ask.extensions())));
  if (!ask.force_command().empty()) {
    Line(context, "command", EscapeForTerminal(ask.force_command()));
  }
  if (ask.source_addresses_size() > 0) {
    Line(context, "only from", ListText(TextsOf(ask.source_addresses())));
  }
  Line(context, "reason", ask.reason().empty() ? "none" : EscapeForTerminal(ask.reason()));
  Line(context, "filed", TimeText(FromProto(filed.filed_at())));
  Line(context, "until", TimeText(FromProto(filed.expires_at())));
  for (const v1::ApprovalNeed& need : filed.needs()) {
    Line(context, "approved by",
         fmt::format(
             "{} ({} of {}, {})",
             need.approved_by_size() == 0 ? "nobody yet" : ListText(TextsOf(need.approved_by())),
             need.approved_by_size(), need.count(), EscapeForTerminal(need.from())));
  }
  if (!filed.closed_by().empty()) {
    Line(context, EscapeForTerminal(filed.state()),
         fmt::format("by {}{}", EscapeForTerminal(filed.closed_by()),
                     filed.word().empty() ? "" : ": " + EscapeForTerminal(filed.word())));
  }
}

void Print(const Context& context, const v1::FiledRequest& filed) {
  if (context.json) {
    PrintJson(context, FiledJson(filed));
  } else {
    PrintFiled(context, filed);
  }
}

absl::StatusOr<v1::FiledRequest> Get(Caller& caller, uint64_t number) {
  v1::CallDocument document;
  document.mutable_get_request()->set_number(number);
  return caller.Call(&CaClient::GetRequest, document);
}

absl::Status RunListRequests(const Context& context, const RequestListOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  v1::CallDocument document;
  document.mutable_list_requests()->set_all(options.all);
  document.mutable_list_requests()->set_limit(options.limit);
  MAYFLY_ASSIGN_OR_RETURN(const v1::ListRequestsResponse response,
                          caller.Call(&CaClient::ListRequests, document));
  if (context.json) {
    Json json = {{"requests", Json::array()}};
    for (const v1::FiledRequest& filed : response.requests()) {
      json["requests"].push_back(FiledJson(filed));
    }
    PrintJson(context, json);
    return absl::OkStatus();
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::FiledRequest& filed : response.requests()) {
    rows.push_back({std::to_string(filed.number()), EscapeForTerminal(filed.state()),
                    EscapeForTerminal(filed.subject()), EscapeForTerminal(filed.grant()),
                    RelativeText(FromProto(filed.expires_at()), context.clock.Now()),
                    EscapeForTerminal(filed.ask().reason())});
  }
  PrintTable(context.out, {"NUMBER", "STATE", "WHO", "GRANT", "ENDS", "REASON"}, rows);
  if (rows.empty()) context.Say(options.all ? "no request" : "no request waits");
  return absl::OkStatus();
}

absl::Status RunShowRequest(const Context& context, const RequestOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  MAYFLY_ASSIGN_OR_RETURN(const v1::FiledRequest filed, Get(caller, options.number));
  Print(context, filed);
  return absl::OkStatus();
}

absl::Status RunApprove(const Context& context, const RequestOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, options.identity.empty()
                                             ? Caller::ConnectAsSession(context)
                                             : Caller::Connect(context));
  if (!options.identity.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(const IdentityKey identity, KeyOfFile(context, options.identity));
    caller.Use({v1::CREDENTIAL_KIND_SSH_KEY, "", identity.signer});
  }
  MAYFLY_ASSIGN_OR_RETURN(const v1::FiledRequest shown, Get(caller, options.number));
  MAYFLY_ASSIGN_OR_RETURN(const std::string digest, DigestOf(shown));
  v1::CallDocument document;
  document.mutable_approve_request()->set_number(options.number);
  document.mutable_approve_request()->set_digest(digest);
  MAYFLY_ASSIGN_OR_RETURN(const v1::FiledRequest filed,
                          caller.Call(&CaClient::ApproveRequest, document));
  Print(context, filed);
  return absl::OkStatus();
}

absl::Status RunClose(const Context& context, const RequestOptions& options,
                      v1::RequestClosing how) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  v1::CallDocument document;
  v1::CloseRequest& parameters = *document.mutable_close_request();
  parameters.set_number(options.number);
  parameters.set_how(how);
  parameters.set_word(options.word);
  MAYFLY_ASSIGN_OR_RETURN(const v1::FiledRequest filed,
                          caller.Call(&CaClient::CloseRequest, document));
  Print(context, filed);
  return absl::OkStatus();
}

absl::Status RunWait(const Context& context, const RequestOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  MAYFLY_ASSIGN_OR_RETURN(const v1::FiledRequest filed, Get(caller, options.number));
  return AwaitApproval(context, caller, filed);
}

Json ReviewJson(const v1::Review& review) {
  Json json = {{"serial", std::to_string(review.serial())},
               {"subject", review.subject()},
               {"grant", review.grant()},
               {"reason", review.reason()},
               {"request_id", review.request_id()},
               {"opened_at", TimeText(FromProto(review.opened_at()))},
               {"closed_at", nullptr}};
  if (review.has_closed_at()) {
    json["closed_at"] = TimeText(FromProto(review.closed_at()));
    json["closed_by"] = review.closed_by();
    json["word"] = review.word();
  }
  return json;
}

absl::Status RunListReviews(const Context& context, const RequestListOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  v1::CallDocument document;
  document.mutable_list_reviews()->set_all(options.all);
  document.mutable_list_reviews()->set_limit(options.limit);
  MAYFLY_ASSIGN_OR_RETURN(const v1::ListReviewsResponse response,
                          caller.Call(&CaClient::ListReviews, document));
  if (context.json) {
    Json json = {{"reviews", Json::array()}};
    for (const v1::Review& review : response.reviews()) {
      json["reviews"].push_back(ReviewJson(review));
    }
    PrintJson(context, json);
    return absl::OkStatus();
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::Review& review : response.reviews()) {
    rows.push_back({std::to_string(review.serial()), EscapeForTerminal(review.subject()),
                    EscapeForTerminal(review.grant()), TimeText(FromProto(review.opened_at())),
                    review.has_closed_at() ? EscapeForTerminal(review.closed_by()) : "open",
                    EscapeForTerminal(review.has_closed_at() ? review.word() : review.reason())});
  }
  PrintTable(context.out, {"SERIAL", "WHO", "GRANT", "WHEN", "CLOSED", "REASON OR FINDING"}, rows);
  if (rows.empty()) context.Say(options.all ? "no review" : "no review is open");
  return absl::OkStatus();
}

absl::Status RunCloseReview(const Context& context, const RequestOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  v1::CallDocument document;
  document.mutable_close_review()->set_serial(options.number);
  document.mutable_close_review()->set_word(options.word);
  MAYFLY_ASSIGN_OR_RETURN(const v1::Review review, caller.Call(&CaClient::CloseReview, document));
  if (context.json) {
    PrintJson(context, ReviewJson(review));
  } else {
    context.out << fmt::format("review of certificate {} closed\n", review.serial());
  }
  return absl::OkStatus();
}

}  // namespace

ExitCode ListRequests(const Context& context, const RequestListOptions& options) {
  return context.Finish(RunListRequests(context, options));
}
ExitCode ShowRequest(const Context& context, const RequestOptions& options) {
  return context.Finish(RunShowRequest(context, options));
}
ExitCode ApproveRequest(const Context& context, const RequestOptions& options) {
  return context.Finish(RunApprove(context, options));
}
ExitCode DenyRequest(const Context& context, const RequestOptions& options) {
  return context.Finish(RunClose(context, options, v1::REQUEST_CLOSING_DENY));
}
ExitCode CancelRequest(const Context& context, const RequestOptions& options) {
  return context.Finish(RunClose(context, options, v1::REQUEST_CLOSING_CANCEL));
}
ExitCode WaitForRequest(const Context& context, const RequestOptions& options) {
  return context.Finish(RunWait(context, options));
}
ExitCode ListReviews(const Context& context, const RequestListOptions& options) {
  return context.Finish(RunListReviews(context, options));
}
ExitCode CloseReview(const Context& context, const RequestOptions& options) {
  return context.Finish(RunCloseReview(context, options));
}

}  // namespace mayfly::client
