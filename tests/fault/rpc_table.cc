#include "tests/fault/rpc_table.h"

namespace mayfly {
namespace {

constexpr char kOk[] = "OK";
constexpr char kDenied[] = "PERMISSION_DENIED";
constexpr char kInvalid[] = "INVALID_ARGUMENT";
constexpr char kNotFound[] = "NOT_FOUND";

std::string BlobOf(const ssh::PrivateKey& key) { return ToText(key.public_key().blob()); }

// The same to all who speak for themselves; a join token enrols hosts and nothing else.
std::map<Who, std::string> EveryoneWho(const std::string& answer) {
  return {{Who::kUserKey, answer},
          {Who::kUserSession, answer},
          {Who::kOperatorSession, answer},
          {Who::kHostKey, answer},
          {Who::kLocal, answer}};
}

void Renew(const ssh::PrivateKey* key, Attempt& attempt) {
  if (key == nullptr) return attempt.document.mutable_renew_host()->set_public_key("none");
  attempt.document.mutable_renew_host()->set_public_key(BlobOf(*key));
  attempt.possession = {key};
}

}  // namespace

std::string NameOf(Who who) {
  switch (who) {
    case Who::kUserKey:
      return "a user's SSH key";
    case Who::kUserSession:
      return "a user's session";
    case Who::kOperatorSession:
      return "an operator's session";
    case Who::kHostKey:
      return "a host key";
    case Who::kJoinToken:
      return "a join token";
    case Who::kLocal:
      return "the local socket";
    case Who::kIdToken:
      return "an ID token";
    case Who::kWorkloadToken:
      return "a workload's token";
    case Who::kWorkloadSession:
      return "a workload's session";
  }
  return "";
}

const std::vector<Who>& Everybody() {
  static const std::vector<Who> all = {Who::kUserKey, Who::kUserSession,   Who::kOperatorSession,
                                       Who::kHostKey, Who::kJoinToken,     Who::kLocal,
                                       Who::kIdToken, Who::kWorkloadToken, Who::kWorkloadSession};
  return all;
}

std::string AnswerTo(const std::map<Who, std::string>& answers, Who who) {
  const auto found = answers.find(who);
  if (found != answers.end()) return found->second;
  if (who == Who::kWorkloadSession) return AnswerTo(answers, Who::kUserSession);
  return "UNAUTHENTICATED";
}

const std::vector<Row>& RpcTable() {
  static const std::vector<Row> table = {
      {.method = "/mayfly.v1.Trust/GetManifest", .is_public = true},
      {.method = "/mayfly.v1.Trust/GetPart", .is_public = true},
      {.method = "/mayfly.v1.Trust/GetHealth", .is_public = true},
      {.method = "/mayfly.v1.Trust/GetLoginMethods", .is_public = true},

      {.method = "/mayfly.v1.Sessions/Start",
       .fill =
           [](const Known& known, Attempt& attempt) {
             attempt.possession = {known.fresh_key()};
             attempt.document.mutable_start_session()->set_session_key(
                 BlobOf(*attempt.possession.front()));
           },
       // A session cannot start another, and hosts have none. It is all that a token is good for.
       .answers = {{Who::kUserKey, kOk},
                   {Who::kIdToken, kOk},
                   {Who::kWorkloadToken, kOk},
                   {Who::kUserSession, "FAILED_PRECONDITION"},
                   {Who::kOperatorSession, "FAILED_PRECONDITION"},
                   {Who::kHostKey, "FAILED_PRECONDITION"},
                   {Who::kLocal, kOk}},
       // A key that the caller does not hold.
       .fill_with_anothers =
           [](const Known& known, Attempt& attempt) {
             attempt.document.mutable_start_session()->set_session_key(BlobOf(*known.web2_key));
           },
       .answers_with_anothers = {{Who::kUserKey, kInvalid},
                                 {Who::kUserSession, "FAILED_PRECONDITION"},
                                 {Who::kOperatorSession, "FAILED_PRECONDITION"},
                                 {Who::kHostKey, "FAILED_PRECONDITION"},
                                 {Who::kLocal, kInvalid}}},
      {.method = "/mayfly.v1.Sessions/WhoAmI",
       .fill = [](const Known&, Attempt& attempt) { attempt.document.mutable_who_am_i(); },
       .answers = {{Who::kUserKey, kOk},
                   {Who::kUserSession, kOk},
                   {Who::kOperatorSession, kOk},
                   {Who::kHostKey, kOk},
                   {Who::kLocal, kOk}}},

      {.method = "/mayfly.v1.Certificates/IssueUser",
       .fill =
           [](const Known& known, Attempt& attempt) {
             attempt.possession = {known.fresh_key()};
             attempt.document.mutable_issue_user()->set_public_key(
                 BlobOf(*attempt.possession.front()));
           },
       // No grant is for the local socket: root on the CA's machine is no engineer. Nor for the
       // pipeline.
       .answers = {{Who::kUserKey, kOk},
                   {Who::kUserSession, kOk},
                   {Who::kWorkloadSession, kDenied},
                   {Who::kOperatorSession, kOk},
                   {Who::kHostKey, kInvalid},
                   {Who::kLocal, kDenied}},
       .fill_with_anothers =
           [](const Known& known, Attempt& attempt) {
             attempt.document.mutable_issue_user()->set_public_key(BlobOf(*known.web2_key));
           },
       .answers_with_anothers = {{Who::kUserKey, kInvalid},
                                 {Who::kUserSession, kInvalid},
                                 {Who::kOperatorSession, kInvalid},
                                 {Who::kHostKey, kInvalid},
                                 {Who::kLocal, kInvalid}}},
      {.method = "/mayfly.v1.Certificates/ExplainUser",
       .fill = [](const Known&, Attempt& attempt) { attempt.document.mutable_explain_user(); },
       .answers = {{Who::kUserKey, kOk},
                   {Who::kUserSession, kOk},
                   {Who::kOperatorSession, kOk},
                   {Who::kHostKey, kInvalid},
                   {Who::kLocal, kOk}}},
      {.method = "/mayfly.v1.Certificates/List",
       .fill = [](const Known&, Attempt& attempt) { attempt.document.mutable_list_certificates(); },
       .answers = {{Who::kUserKey, kOk},
                   {Who::kUserSession, kOk},
                   {Who::kOperatorSession, kOk},
                   {Who::kHostKey, kOk},
                   {Who::kLocal, kOk}},
       .fill_with_anothers =
           [](const Known&, Attempt& attempt) {
             attempt.document.mutable_list_certificates()->set_subject("user:alice@people");
           },
       .answers_with_anothers = {{Who::kUserKey, kDenied},
                                 {Who::kUserSession, kDenied},
                                 {Who::kOperatorSession, kOk},
                                 {Who::kHostKey, kDenied},
                                 {Who::kLocal, kOk}}},
      {.method = "/mayfly.v1.Certificates/Get",
       // A serial that nobody has: who may not read others' is not told.
       .fill =
           [](const Known&, Attempt& attempt) {
             attempt.document.mutable_get_certificate()->set_serial(uint64_t{1} << 40);
           },
       .answers = {{Who::kUserKey, kDenied},
                   {Who::kUserSession, kDenied},
                   {Who::kOperatorSession, kNotFound},
                   {Who::kHostKey, kDenied},
                   {Who::kLocal, kNotFound}},
       .fill_with_anothers =
           [](const Known& known, Attempt& attempt) {
             attempt.document.mutable_get_certificate()->set_serial(known.alices_serial);
           },
       .answers_with_anothers = {{Who::kUserKey, kDenied},
                                 {Who::kUserSession, kDenied},
                                 {Who::kOperatorSession, kOk},
                                 {Who::kHostKey, kDenied},
                                 {Who::kLocal, kOk}}},
      {.method = "/mayfly.v1.Certificates/GetDecision",
       .fill =
           [](const Known&, Attempt& attempt) {
             attempt.document.mutable_get_decision()->set_request_id("01ARZ3NDEKTSV4RRFFQ69G5FAV");
           },
       .answers = {{Who::kUserKey, kDenied},
                   {Who::kUserSession, kDenied},
                   {Who::kOperatorSession, kNotFound},
                   {Who::kHostKey, kDenied},
                   {Who::kLocal, kNotFound}},
       .fill_with_anothers =
           [](const Known& known, Attempt& attempt) {
             attempt.document.mutable_get_decision()->set_request_id(known.alices_request_id);
           },
       .answers_with_anothers = {{Who::kUserKey, kDenied},
                                 {Who::kUserSession, kDenied},
                                 {Who::kOperatorSession, kOk},
                                 {Who::kHostKey, kDenied},
                                 {Who::kLocal, kOk}}},

      {.method = "/mayfly.v1.Hosts/Enroll",
       .fill =
           [](const Known& known, Attempt& attempt) {
             attempt.possession = {known.fresh_key()};
             v1::EnrollHost* parameters = attempt.document.mutable_enroll_host();
             parameters->set_public_key(BlobOf(*attempt.possession.front()));
             parameters->add_all_keys(parameters->public_key());
             parameters->set_hostname("t1.example.com");
           },
       .answers = {{Who::kUserKey, kInvalid},
                   {Who::kUserSession, kInvalid},
                   {Who::kOperatorSession, kInvalid},
                   {Who::kHostKey, kInvalid},
                   {Who::kJoinToken, kOk},
                   {Who::kLocal, kInvalid}},
       // Another host's name is not in the token's pattern: the token is no credential for it.
       .fill_with_anothers =
           [](const Known& known, Attempt& attempt) {
             attempt.possession = {known.fresh_key()};
             v1::EnrollHost* parameters = attempt.document.mutable_enroll_host();
             parameters->set_public_key(BlobOf(*attempt.possession.front()));
             parameters->add_all_keys(parameters->public_key());
             parameters->set_hostname("web2.example.com");
           },
       .answers_with_anothers = {{Who::kUserKey, kInvalid},
                                 {Who::kUserSession, kInvalid},
                                 {Who::kOperatorSession, kInvalid},
                                 {Who::kHostKey, kInvalid},
                                 {Who::kLocal, kInvalid}}},
      {.method = "/mayfly.v1.Hosts/Renew",
       .fill = [](const Known& known, Attempt& attempt) { Renew(known.caller_key, attempt); },
       .answers = {{Who::kUserKey, kInvalid},
                   {Who::kUserSession, kInvalid},
                   {Who::kOperatorSession, kInvalid},
                   {Who::kHostKey, kOk},
                   {Who::kLocal, kInvalid}},
       // Host A, by its own key, asks for host B's key.
       .fill_with_anothers =
           [](const Known& known, Attempt& attempt) {
             attempt.document.mutable_renew_host()->set_public_key(BlobOf(*known.web2_key));
           },
       .answers_with_anothers = {{Who::kUserKey, kInvalid},
                                 {Who::kUserSession, kInvalid},
                                 {Who::kOperatorSession, kInvalid},
                                 {Who::kHostKey, kInvalid},
                                 {Who::kLocal, kInvalid}}},

      {.method = "/mayfly.v1.Operations/CreateJoinToken",
       .fill =
           [](const Known& known, Attempt& attempt) {
             attempt.possession = {known.fresh_key()};
             v1::CreateJoinToken* parameters = attempt.document.mutable_create_join_token();
             parameters->set_public_key(BlobOf(*attempt.possession.front()));
             parameters->set_uses(1);
             parameters->mutable_lifetime()->set_seconds(60);
             parameters->set_name_pattern("x.example.com");
           },
       .answers = {{Who::kUserKey, kDenied},
                   {Who::kUserSession, kDenied},
                   {Who::kOperatorSession, kOk},
                   {Who::kHostKey, kDenied},
                   {Who::kLocal, kOk}}},
      {.method = "/mayfly.v1.Operations/ApplyPolicy",
       .fill = [](const Known&, Attempt& attempt) { attempt.document.mutable_apply_policy(); },
       .answers = {{Who::kUserKey, kDenied},
                   {Who::kUserSession, kDenied},
                   {Who::kOperatorSession, kOk},
                   {Who::kHostKey, kDenied},
                   {Who::kLocal, kOk}}},
      {.method = "/mayfly.v1.Operations/ListRecorded",
       .fill = [](const Known&, Attempt& attempt) { attempt.document.mutable_list_recorded(); },
       .answers = {{Who::kUserKey, kDenied},
                   {Who::kUserSession, kDenied},
                   {Who::kOperatorSession, kOk},
                   {Who::kHostKey, kDenied},
                   {Who::kLocal, kOk}}},

      {.method = "/mayfly.v1.Users/Add",
       .fill =
           [](const Known& known, Attempt& attempt) {
             v1::NewUser* user = attempt.document.mutable_add_users()->add_users();
             const ssh::PrivateKey* key = known.fresh_key();
             user->set_name("u" + HexEncode(Sha256(key->public_key().blob())).substr(0, 16));
             user->add_credential_keys(BlobOf(*key));
           },
       .answers = {{Who::kUserKey, kDenied},
                   {Who::kUserSession, kDenied},
                   {Who::kOperatorSession, kOk},
                   {Who::kHostKey, kDenied},
                   {Who::kLocal, kOk}},
       // A name of the system's.
       .fill_with_anothers =
           [](const Known& known, Attempt& attempt) {
             v1::NewUser* user = attempt.document.mutable_add_users()->add_users();
             user->set_name("root");
             user->add_credential_keys(BlobOf(*known.fresh_key()));
           },
       .answers_with_anothers = {{Who::kUserKey, kDenied},
                                 {Who::kUserSession, kDenied},
                                 {Who::kOperatorSession, kInvalid},
                                 {Who::kHostKey, kDenied},
                                 {Who::kLocal, kInvalid}}},
      {.method = "/mayfly.v1.Users/Remove",
       .fill =
           [](const Known&, Attempt& attempt) {
             attempt.document.mutable_remove_user()->set_name("nobody1");
           },
       .answers = {{Who::kUserKey, kDenied},
                   {Who::kUserSession, kDenied},
                   {Who::kOperatorSession, kNotFound},
                   {Who::kHostKey, kDenied},
                   {Who::kLocal, kNotFound}}},
      {.method = "/mayfly.v1.Users/List",
       .fill = [](const Known&, Attempt& attempt) { attempt.document.mutable_list_users(); },
       .answers = {{Who::kUserKey, kDenied},
                   {Who::kUserSession, kDenied},
                   {Who::kOperatorSession, kOk},
                   {Who::kHostKey, kDenied},
                   {Who::kLocal, kOk}}},
      {.method = "/mayfly.v1.Users/Release",
       .fill =
           [](const Known&, Attempt& attempt) {
             attempt.document.mutable_release_name()->set_subject("user:nobody1@people");
           },
       .answers = {{Who::kUserKey, kDenied},
                   {Who::kUserSession, kDenied},
                   {Who::kOperatorSession, kNotFound},
                   {Who::kHostKey, kDenied},
                   {Who::kLocal, kNotFound}}},

      // Nothing waits in this world. Who may see no request is told what is told of none.
      {.method = "/mayfly.v1.Requests/Get",
       .fill = [](const Known&,
                  Attempt& attempt) { attempt.document.mutable_get_request()->set_number(1); },
       .answers = EveryoneWho(kNotFound)},
      {.method = "/mayfly.v1.Requests/List",
       .fill = [](const Known&, Attempt& attempt) { attempt.document.mutable_list_requests(); },
       .answers = EveryoneWho(kOk)},
      {.method = "/mayfly.v1.Requests/Approve",
       .fill = [](const Known&,
                  Attempt& attempt) { attempt.document.mutable_approve_request()->set_number(1); },
       .answers = EveryoneWho(kNotFound)},
      {.method = "/mayfly.v1.Requests/Close",
       .fill =
           [](const Known&, Attempt& attempt) {
             attempt.document.mutable_close_request()->set_number(1);
             attempt.document.mutable_close_request()->set_how(v1::REQUEST_CLOSING_DENY);
           },
       .answers = EveryoneWho(kNotFound)},
      {.method = "/mayfly.v1.Requests/ListReviews",
       .fill = [](const Known&, Attempt& attempt) { attempt.document.mutable_list_reviews(); },
       .answers = {{Who::kUserKey, kDenied},
                   {Who::kUserSession, kDenied},
                   {Who::kOperatorSession, kOk},
                   {Who::kHostKey, kDenied},
                   {Who::kLocal, kOk}}},
      {.method = "/mayfly.v1.Requests/CloseReview",
       .fill =
           [](const Known&, Attempt& attempt) {
             attempt.document.mutable_close_review()->set_serial(uint64_t{1} << 40);
             attempt.document.mutable_close_review()->set_word("seen");
           },
       .answers = {{Who::kUserKey, kDenied},
                   {Who::kUserSession, kDenied},
                   {Who::kOperatorSession, kNotFound},
                   {Who::kHostKey, kDenied},
                   {Who::kLocal, kNotFound}}},

      // Last: it ends the sessions that make it.
      {.method = "/mayfly.v1.Sessions/End",
       .fill = [](const Known&, Attempt& attempt) { attempt.document.mutable_end_session(); },
       .answers = {{Who::kUserKey, kInvalid},
                   {Who::kUserSession, kOk},
                   {Who::kOperatorSession, kOk},
                   {Who::kHostKey, kInvalid},
                   {Who::kLocal, kInvalid}}},
  };
  return table;
}

}  // namespace mayfly
