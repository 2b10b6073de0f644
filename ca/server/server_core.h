// What every service shares: the components it speaks to, and the one way in which a call is taken.
#ifndef MAYFLY_CA_SERVER_SERVER_CORE_H_
#define MAYFLY_CA_SERVER_SERVER_CORE_H_

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "ca/authn/call_verifier.h"
#include "ca/issuance/issuer.h"
#include "ca/ledger/ledger.h"
#include "ca/model/limits.h"
#include "ca/policy/operators.h"
#include "ca/server/admission.h"
#include "ca/server/call_reader.h"
#include "ca/server/connection_table.h"
#include "ca/server/health.h"
#include "ca/server/issuance_gate.h"
#include "ca/server/metrics.h"
#include "ca/server/rpc_status.h"
#include "ca/server/user_registry.h"
#include "ca/server/work_queue.h"
#include "grpcpp/grpcpp.h"

namespace mayfly::server {

// What hosts and clients fetch: one immutable snapshot.
struct PublishedBundle {
  Bytes manifest;
  Bytes signature;
  std::map<Bytes, Bytes> parts;  // By SHA-256.
};

struct AppliedPolicy {
  std::string hash;
  std::string previous_hash;
  std::vector<std::string> widenings;
};

// A join_token authenticator, as far as making tokens needs it.
struct TokenIssuer {
  std::string name;
  absl::Duration max_lifetime;
};

// One way to log in that takes more than a key: told to whoever asks, for clients to follow.
struct LoginMethod {
  std::string authenticator;
  std::string kind;  // "oidc" or "jwt"
  std::string issuer;
  std::string client_id;
  std::string client_secret;  // No secret, for all its name: every client has it.
  std::vector<std::string> scopes;
  bool browser_flow = false;
  bool device_flow = false;
  bool userinfo = false;
  std::string roots_pem;  // Of the issuer, when they are not the system's.
  std::vector<std::string> audiences;
};

struct ServerOptions {
  std::string ca_id;
  std::vector<std::string> addresses;  // Where clients reach the CA.
  absl::Duration max_session = absl::Hours(12);
  std::vector<TokenIssuer> token_issuers;  // In the order of the configuration.
  ssh::KeyLimits key_limits;
  model::Limits limits;
  std::vector<LoginMethod> login_methods;
  // The authenticators that may have to ask a provider (authn::MustWait). Each has threads of its
  // own, so that a provider that hangs delays those alone who log in by it.
  std::vector<std::string> waiting_rooms;
  // Authenticators whose operators must prove themselves by a security key.
  std::set<std::string> hardware_operators;
  // Authenticators whose hosts may enrol again with other keys.
  std::set<std::string> returning_hosts;
};

// Lent by ca/main; all thread-safe.
struct ServerSeams {
  std::function<std::shared_ptr<const PublishedBundle>()> bundle;  // Never null.
  std::function<void()> hosts_changed;  // An enrolment: the bundle may need another principals map.
  std::function<bool(const model::Identity&, policy::Permission, const model::Fact<IpAddress>&,
                     std::string* which)>
      may;
  // The caller's address, from gRPC's text of its peer.
  std::function<model::Fact<IpAddress>(const std::string& grpc_peer)> caller_of = PeerAddress;
  // The policy set in force; never null.
  std::function<std::shared_ptr<const policy::PolicySet>()> policy;
  // kFailedPrecondition when the set widens and that was not allowed.
  std::function<absl::StatusOr<AppliedPolicy>(const model::Identity& by, bool allow_widening)>
      apply_policy;
  UserRegistry* users = nullptr;  // Never null in a daemon.
};

// A call that has been proven: who asks, what exactly, and with which keys at hand.
struct AuthenticatedCall {
  model::Call call;
  v1::CallDocument document;
  authn::ProvenCall proven;
};

// Thread-safe. All references outlive it.
class ServerCore {
 public:
  ServerCore(ServerOptions options, ServerSeams seams, authn::CallVerifier& verifier,
             issuance::Issuer& issuer, ledger::Ledger& ledger, const Clock& clock, Random& random,
             Health& health, Log& log);

  // Runs `handle` on a thread that may wait for the disk and finishes the RPC with what it returns:
  // nullopt for success. The request id goes out as initial metadata, into the log and to `handle`.
  // Without room the call is turned away before anything of it is looked at.
  grpc::ServerUnaryReactor* Take(
      grpc::CallbackServerContext* context, const char* method,
      std::function<std::optional<grpc::Status>(const std::string& request_id)> handle);

  // The same for an identified caller: reads and proves the call first.
  using Handler = std::function<std::optional<Failure>(const AuthenticatedCall&)>;
  grpc::ServerUnaryReactor* TakeCall(grpc::CallbackServerContext* context, const char* method,
                                     const v1::SignedCall* request, std::optional<uid_t> local_peer,
                                     Handler handle);
  // For a handler that holds no thread while the disk works: it has `answer` called once, by itself
  // or by work that it has resumed.
  using Answered = std::function<void(std::optional<Failure>)>;
  using ThenHandler =
      std::function<void(const std::shared_ptr<const AuthenticatedCall>& call, Answered answer)>;
  grpc::ServerUnaryReactor* TakeCallThen(grpc::CallbackServerContext* context, const char* method,
                                         const v1::SignedCall* request,
                                         std::optional<uid_t> local_peer, ThenHandler handle);
  // Runs the rest of such a handler.
  void Resume(std::function<void()> work) { steps_.Resume(std::move(work)); }
  // And for several documents of one call; all must prove the same subject by the same credential.
  using ManyHandler = std::function<std::optional<Failure>(const std::vector<AuthenticatedCall>&)>;
  grpc::ServerUnaryReactor* TakeCalls(
      grpc::CallbackServerContext* context, const char* method,
      const google::protobuf::RepeatedPtrField<v1::SignedCall>* requests,
      std::optional<uid_t> local_peer, ManyHandler handle);

  // kPermissionDenied unless `call`'s identity may, and has proven itself as an operator must;
  // recorded as a denial.
  absl::Status Require(const AuthenticatedCall& call, policy::Permission permission);
  // The second half of that alone, for those whom a grant asks to approve.
  absl::Status RequireOperatorsProof(const AuthenticatedCall& call);
  // A denial by `rule`, recorded, unless the call is proven by what no agent lends to others: a
  // session's key, a security key, or the socket. `act` begins the sentence.
  std::optional<Failure> RequireOwnHand(const AuthenticatedCall& call, std::string rule,
                                        std::string_view act);
  // As Require, as a question: nothing is recorded.
  bool May(const AuthenticatedCall& call, policy::Permission permission) const;
  // Records what was refused and returns it.
  Failure Refuse(const AuthenticatedCall& call, std::string rule, std::string message);
  // The same for parameters that are wrong: somebody tried something. Returns `status`.
  Failure RefuseBadRequest(const AuthenticatedCall& call, const absl::Status& status);
  // kInvalidArgument unless `blob` is a key that signed the document as possession.
  static absl::StatusOr<ssh::PublicKey> PossessedKey(const AuthenticatedCall& call,
                                                     const std::string& blob);

  const ServerOptions& options() const { return options_; }
  const ServerSeams& seams() const { return seams_; }
  issuance::Issuer& issuer() { return issuer_; }
  ledger::Ledger& ledger() { return ledger_; }
  absl::Time Now() const { return clock_.Now(); }
  Health& health() { return health_; }
  Metrics& metrics() { return metrics_; }
  ConnectionTable& connections() { return connections_; }
  // Taken and not answered; the last bytes of an answer may still be on their way.
  int calls_in_flight() const { return admission_.in_flight(); }
  IssuanceGate& gate() { return gate_; }
  Log& log() { return log_; }

 private:
  // A failure when the realm's name is bound to another provider's subject; recorded as a denial.
  std::optional<Failure> CheckName(const AuthenticatedCall& call);
  // The same when it is free, but somebody's who is enrolled with an SSH key.
  std::optional<Failure> CheckNotEnrolled(const AuthenticatedCall& call);

  // How one attempt at a call ended: with what the RPC answers, with whom it has to wait for, or
  // not yet, and then `finish` is called later.
  struct Outcome {
    std::optional<grpc::Status> status;
    std::string wait_for = {};
    bool not_yet = false;
  };
  using Finish = std::function<void(const std::optional<grpc::Status>&)>;
  using Attempt =
      std::function<Outcome(const std::string& request_id, bool may_wait, const Finish& finish)>;
  grpc::ServerUnaryReactor* TakeAttempt(grpc::CallbackServerContext* context, const char* method,
                                        WorkQueue& queue, Attempt attempt);
  grpc::ServerUnaryReactor* TakeOneCall(grpc::CallbackServerContext* context, const char* method,
                                        WorkQueue& queue, const v1::SignedCall* request,
                                        std::optional<uid_t> local_peer, ThenHandler handle);

  absl::StatusOr<AuthenticatedCall> Prove(const v1::SignedCall& request, const char* method,
                                          const std::string& request_id,
                                          const model::Fact<IpAddress>& peer,
                                          std::optional<uid_t> local_peer,
                                          const grpc::AuthContext& connection, bool may_wait);
  Outcome NotProven(const absl::Status& status, const char* method, const std::string& request_id,
                    const model::Fact<IpAddress>& peer, bool may_wait);
  grpc::Status Stranger(const absl::Status& status, const char* method,
                        const std::string& request_id, const model::Fact<IpAddress>& peer);
  grpc::Status TurnAway(const Turned& turned, const char* method, const std::string& request_id);
  // Nullopt when `subject` may make this call now.
  std::optional<grpc::Status> CheckMayAsk(const std::string& subject, const char* method,
                                          const std::string& request_id);
  // Logs and counts what became of an identified call, and makes it an answer.
  std::optional<grpc::Status> Answer(const std::optional<Failure>& failure, const char* method,
                                     const std::string& request_id, const AuthenticatedCall& call);

  const ServerOptions options_;
  const ServerSeams seams_;
  authn::CallVerifier& verifier_;
  issuance::Issuer& issuer_;
  ledger::Ledger& ledger_;
  const Clock& clock_;
  Random& random_;
  Health& health_;
  Log& log_;
  Metrics metrics_;
  Admission admission_;
  ConnectionTable connections_;
  IssuanceGate gate_;
  // Last: they join before anything they use goes. Of each other they use nothing any more: whoever
  // shuts the server down waits for every call.
  std::map<std::string, std::unique_ptr<WorkQueue>> waiting_rooms_;
  WorkQueue queue_;  // Handlers that wait for the disk.
  WorkQueue steps_;  // Those that do not.
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_SERVER_CORE_H_
