#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "ca/policy/approvals.h"
#include "ca/server/proto_codec.h"
#include "ca/server/services.h"
#include "fmt/format.h"

namespace mayfly::server {
namespace {

constexpr char kGetRequest[] = "/mayfly.v1.Requests/Get";
constexpr char kListRequests[] = "/mayfly.v1.Requests/List";
constexpr char kApprove[] = "/mayfly.v1.Requests/Approve";
constexpr char kClose[] = "/mayfly.v1.Requests/Close";
constexpr char kListReviews[] = "/mayfly.v1.Requests/ListReviews";
constexpr char kCloseReview[] = "/mayfly.v1.Requests/CloseReview";
constexpr size_t kMaxWord = 500;

// How the caller stands to one request.
struct Standing {
  bool is_requester = false;
  bool may_approve = false;  // Also deny.
  bool may_see = false;
};

Standing StandingTo(ServerCore& core, const AuthenticatedCall& call,
                    const ledger::FiledState& state) {
  const std::shared_ptr<const policy::PolicySet> policy = core.seams().policy();
  const policy::Grant* grant = policy->FindGrant(state.grant);
  Standing standing;
  standing.is_requester = call.proven.identity.subject == state.subject;
  standing.may_approve =
      !standing.is_requester && grant != nullptr &&
      policy::MayApprove(*policy, *grant, call.proven.identity, call.call.peer, core.Now());
  standing.may_see = standing.is_requester || standing.may_approve ||
                     core.May(call, policy::Permission::kApprove) ||
                     core.May(call, policy::Permission::kReadDecisions);
  return standing;
}

// What `rule` would open for a request: the logins that were asked for, else the rule's. What a
// placeholder for groups or claims yields is known only when it is decided, so it stands as
// written.
std::vector<std::string> OpenedBy(const policy::UserCertificateRule& rule,
                                  const ledger::FiledState& state) {
  std::vector<std::string> logins = state.ask.logins;
  for (const policy::LoginRule& login : rule.logins) {
    if (!state.ask.logins.empty()) break;
    if (login.source == policy::LoginSource::kLiteral) logins.push_back(login.literal);
    if (login.source == policy::LoginSource::kUsername) logins.push_back(state.subject.name);
    if (login.source == policy::LoginSource::kGroups) logins.emplace_back("${groups}");
    if (login.source == policy::LoginSource::kClaim) {
      logins.push_back(fmt::format("${{claims.{}}}", login.literal));
    }
  }
  std::vector<std::string> principals;
  for (const std::string& login : logins) {
    const absl::StatusOr<std::string> principal = model::MakePrincipal(rule.hosts, login);
    if (principal.ok()) principals.push_back(*principal);
  }
  return principals;
}

// The request under the policy in force. Who asks is known from the filing only, so what the
// requester's own standing would be now is left to the decision that carries it out.
v1::FiledRequest Shown(ServerCore& core, const ledger::FiledState& state,
                       const Standing& standing) {
  v1::FiledRequest message = server::ToProto(state);
  const std::shared_ptr<const policy::PolicySet> policy = core.seams().policy();
  const policy::Grant* grant = policy->FindGrant(state.grant);
  message.set_may_approve(standing.may_approve);
  bool complete = false;
  if (grant != nullptr && grant->user() != nullptr) {
    const policy::ApprovalVerdict verdict =
        policy::CountApprovals(*policy, *grant, state.subject, state.ToFact(), core.Now());
    for (const model::ApprovalNeed& need : verdict.needs)
      *message.add_needs() = server::ToProto(need);
    complete = verdict.complete;
  }
  // Used, and good for more.
  if (complete && !state.closed_at) message.clear_state();
  if (!message.state().empty()) return message;
  if (grant != nullptr && grant->user() != nullptr) {
    for (const std::string& principal : OpenedBy(*grant->user(), state)) {
      message.add_principals(principal);
    }
  }
  message.set_state(complete ? "approved" : core.Now() < state.expires_at ? "waiting" : "expired");
  return message;
}

Failure NoSuchRequest(uint64_t number) {
  return NotFound(fmt::format("there is no request {} that you may see", number));
}

// Finds what the caller may see; others are told that there is no such request.
absl::StatusOr<ledger::FiledState> Find(ServerCore& core, const AuthenticatedCall& call,
                                        uint64_t number, Standing* standing) {
  absl::StatusOr<ledger::FiledState> state = core.ledger().FindRequest(number);
  if (absl::IsNotFound(state.status())) return NoSuchRequest(number).status;
  if (!state.ok()) return state;
  *standing = StandingTo(core, call, *state);
  if (!standing->may_see) return NoSuchRequest(number).status;
  return state;
}

absl::Status CheckWord(const std::string& word) {
  if (word.size() > kMaxWord || EscapeForTerminal(word) != word) {
    return InvalidArgument(
        fmt::format("word: expected at most {} printable bytes on one line", kMaxWord));
  }
  return absl::OkStatus();
}

std::optional<Failure> Answer(ServerCore& core, const AuthenticatedCall& call, uint64_t number,
                              v1::FiledRequest* response) {
  Standing standing;
  const absl::StatusOr<ledger::FiledState> state = Find(core, call, number, &standing);
  if (!state.ok()) return Failure(state.status());
  *response = Shown(core, *state, standing);
  return std::nullopt;
}

std::optional<Failure> TakeApproval(ServerCore& core, const AuthenticatedCall& call,
                                    v1::FiledRequest* response) {
  if (!call.document.has_approve_request()) {
    return core.RefuseBadRequest(call, InvalidArgument("document: no approve_request parameters"));
  }
  const v1::ApproveRequest& parameters = call.document.approve_request();
  Standing standing;
  const absl::StatusOr<ledger::FiledState> state = Find(core, call, parameters.number(), &standing);
  if (!state.ok()) return Failure(state.status());
  if (standing.is_requester) {
    return core.Refuse(call, "approvals", "nobody approves their own request");
  }
  if (!standing.may_approve) {
    return core.Refuse(call, "approvals",
                       fmt::format("grant {} does not ask you to approve", state->grant));
  }
  if (auto lent = core.RequireOwnHand(call, "approvals", "an approval")) return lent;
  if (const absl::Status proof = core.RequireOperatorsProof(call); !proof.ok()) {
    return Failure(proof);
  }
  const absl::Status approved = core.ledger().ApproveRequest(
      call.call, call.proven.identity, parameters.number(), parameters.digest());
  if (!approved.ok()) return Failure(approved);
  return Answer(core, call, parameters.number(), response);
}

std::optional<Failure> TakeClosing(ServerCore& core, const AuthenticatedCall& call,
                                   v1::FiledRequest* response) {
  const v1::CloseRequest& parameters = call.document.close_request();
  if (!call.document.has_close_request() || parameters.how() == v1::REQUEST_CLOSING_UNSPECIFIED) {
    return core.RefuseBadRequest(call, InvalidArgument("document: no close_request parameters"));
  }
  if (const absl::Status word = CheckWord(parameters.word()); !word.ok()) {
    return core.RefuseBadRequest(call, word);
  }
  Standing standing;
  const absl::StatusOr<ledger::FiledState> state = Find(core, call, parameters.number(), &standing);
  if (!state.ok()) return Failure(state.status());
  const bool deny = parameters.how() == v1::REQUEST_CLOSING_DENY;
  if (!deny && !standing.is_requester) {
    return core.Refuse(call, "approvals", "only who asked cancels a request; others deny it");
  }
  if (deny && !standing.may_approve && !core.May(call, policy::Permission::kApprove)) {
    return core.Refuse(
        call, "approvals",
        fmt::format("grant {} does not ask you; its requester can cancel it", state->grant));
  }
  if (deny) {
    if (auto lent = core.RequireOwnHand(call, "approvals", "a denial")) return lent;
    MAYFLY_RETURN_IF_ERROR(core.RequireOperatorsProof(call));
  }
  const absl::Status closed = core.ledger().CloseRequest(
      call.call, call.proven.identity, parameters.number(),
      deny ? ledger::Closing::kDenied : ledger::Closing::kCancelled, parameters.word());
  if (!closed.ok()) return Failure(closed);
  return Answer(core, call, parameters.number(), response);
}

absl::StatusOr<int> LimitOf(uint32_t limit) {
  if (limit > 1000) return InvalidArgument("limit: at most 1000");
  return limit == 0 ? 100 : static_cast<int>(limit);
}

std::optional<Failure> TakeReviewClosing(ServerCore& core, const AuthenticatedCall& call,
                                         v1::Review* response) {
  const v1::CloseReview& parameters = call.document.close_review();
  if (!call.document.has_close_review() || TrimBlanks(parameters.word()).empty()) {
    return core.RefuseBadRequest(call, InvalidArgument("word: say what the review found"));
  }
  if (const absl::Status word = CheckWord(parameters.word()); !word.ok()) {
    return core.RefuseBadRequest(call, word);
  }
  if (const absl::Status may = core.Require(call, policy::Permission::kApprove); !may.ok()) {
    return Failure(may);
  }
  if (auto lent = core.RequireOwnHand(call, "approvals", "the closing of a review")) return lent;
  const ssh::Serial serial{parameters.serial()};
  absl::StatusOr<ledger::ReviewState> review = core.ledger().FindReview(serial);
  if (!review.ok()) return Failure(review.status());
  if (review->subject == call.proven.identity.subject.ToString()) {
    return core.Refuse(call, "approvals", "nobody closes the review of their own certificate");
  }
  const absl::Status closed =
      core.ledger().CloseReview(call.call, call.proven.identity, serial, parameters.word());
  if (!closed.ok()) return Failure(closed);
  review = core.ledger().FindReview(serial);
  if (!review.ok()) return Failure(review.status());
  *response = server::ToProto(*review);
  return std::nullopt;
}

}  // namespace

grpc::ServerUnaryReactor* RequestsService::Get(grpc::CallbackServerContext* context,
                                               const v1::SignedCall* request,
                                               v1::FiledRequest* response) {
  return core_.TakeCall(context, kGetRequest, request, local_peer_,
                        [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
                          if (!call.document.has_get_request()) {
                            return core_.RefuseBadRequest(
                                call, InvalidArgument("document: no get_request parameters"));
                          }
                          return Answer(core_, call, call.document.get_request().number(),
                                        response);
                        });
}

grpc::ServerUnaryReactor* RequestsService::List(grpc::CallbackServerContext* context,
                                                const v1::SignedCall* request,
                                                v1::ListRequestsResponse* response) {
  return core_.TakeCall(
      context, kListRequests, request, local_peer_,
      [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
        const absl::StatusOr<int> limit = LimitOf(call.document.list_requests().limit());
        if (!call.document.has_list_requests() || !limit.ok()) {
          return core_.RefuseBadRequest(
              call, limit.ok() ? InvalidArgument("document: no list_requests parameters")
                               : limit.status());
        }
        ledger::FiledQuery query;
        query.only_waiting = !call.document.list_requests().all();
        query.now = core_.Now();
        query.limit = *limit;
        const absl::StatusOr<std::vector<ledger::FiledState>> found =
            core_.ledger().ListRequests(query);
        if (!found.ok()) return Failure(found.status());
        for (const ledger::FiledState& state : *found) {
          const Standing standing = StandingTo(core_, call, state);
          if (standing.may_see) *response->add_requests() = Shown(core_, state, standing);
        }
        return std::nullopt;
      });
}

grpc::ServerUnaryReactor* RequestsService::Approve(grpc::CallbackServerContext* context,
                                                   const v1::SignedCall* request,
                                                   v1::FiledRequest* response) {
  return core_.TakeCall(context, kApprove, request, local_peer_,
                        [this, response](const AuthenticatedCall& call) {
                          return TakeApproval(core_, call, response);
                        });
}

grpc::ServerUnaryReactor* RequestsService::Close(grpc::CallbackServerContext* context,
                                                 const v1::SignedCall* request,
                                                 v1::FiledRequest* response) {
  return core_.TakeCall(context, kClose, request, local_peer_,
                        [this, response](const AuthenticatedCall& call) {
                          return TakeClosing(core_, call, response);
                        });
}

grpc::ServerUnaryReactor* RequestsService::ListReviews(grpc::CallbackServerContext* context,
                                                       const v1::SignedCall* request,
                                                       v1::ListReviewsResponse* response) {
  return core_.TakeCall(
      context, kListReviews, request, local_peer_,
      [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
        const absl::StatusOr<int> limit = LimitOf(call.document.list_reviews().limit());
        if (!limit.ok()) return core_.RefuseBadRequest(call, limit.status());
        const absl::Status may = core_.Require(call, policy::Permission::kApprove);
        if (!may.ok()) return Failure(may);
        const absl::StatusOr<std::vector<ledger::ReviewState>> found =
            core_.ledger().ListReviews(!call.document.list_reviews().all(), *limit);
        if (!found.ok()) return Failure(found.status());
        for (const ledger::ReviewState& state : *found) *response->add_reviews() = ToProto(state);
        return std::nullopt;
      });
}

grpc::ServerUnaryReactor* RequestsService::CloseReview(grpc::CallbackServerContext* context,
                                                       const v1::SignedCall* request,
                                                       v1::Review* response) {
  return core_.TakeCall(context, kCloseReview, request, local_peer_,
                        [this, response](const AuthenticatedCall& call) {
                          return TakeReviewClosing(core_, call, response);
                        });
}

}  // namespace mayfly::server
