#include "client/login/issue.h"

#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "client/login/session_key.h"
#include "client/login/start_session.h"
#include "client/request/waiting.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

// `approved`: the number of the filed request that this carries out; 0 = none. Sets `*filed` and
// answers kUnavailable when the request waits for approval.
absl::StatusOr<Issued> Issue(Caller& caller, const AskOptions& options, const KeySigner& key,
                             uint64_t approved, std::optional<v1::FiledRequest>* filed) {
  v1::CallDocument document;
  document.mutable_issue_user()->set_public_key(ToText(key.key.blob()));
  MAYFLY_ASSIGN_OR_RETURN(*document.mutable_issue_user()->mutable_ask(), ToProto(options));
  document.mutable_issue_user()->mutable_ask()->set_approved(approved);
  MAYFLY_ASSIGN_OR_RETURN(const v1::IssueUserResponse response,
                          caller.Call(&CaClient::IssueUser, document, {key}));
  if (response.has_filed()) {
    *filed = response.filed();
    return Unavailable("the request waits for approval");
  }
  MAYFLY_ASSIGN_OR_RETURN(ssh::Certificate certificate,
                          ssh::Certificate::Parse(AsBytes(response.certificate().certificate())));
  MAYFLY_RETURN_IF_ERROR(certificate.VerifySignature());
  if (certificate.body.key != key.key || certificate.body.kind != ssh::CertificateKind::kUser) {
    return Internal("the CA answered with a certificate that was not asked for");
  }
  return Issued{std::move(certificate), response.decision()};
}

bool NeedsFreshLogin(const absl::Status& status) {
  const std::optional<v1::ErrorDetail> detail = DetailOf(status);
  return detail && detail->needs_fresh_login();
}

// Issues; when the CA no longer knows the stored session, or a grant wants a newer login than it
// has, logs in anew and asks once more.
absl::StatusOr<Issued> IssueOnce(const Context& context, Caller& caller,
                                 const LoginOptions& options, const KeySigner& key,
                                 uint64_t approved, std::optional<v1::FiledRequest>* filed) {
  absl::StatusOr<Issued> issued = Issue(caller, options.ask, key, approved, filed);
  if (issued.ok() || *filed || caller.is_local()) return issued;
  const bool stale = NeedsFreshLogin(issued.status());
  if (!stale && !WasNotAccepted(issued.status())) return issued;
  // That was a new session already; but one may have grown old while somebody approved.
  const bool was_new = options.fresh || !options.authenticator.empty() ||
                       !options.identity.empty() || !options.tls.empty();
  if (was_new && approved == 0) return issued;
  context.Say(stale ? "this needs a fresh login; logging in again"
                    : "the CA no longer knows your session; logging in again");
  LoginOptions again = options;
  again.anew = stale;
  MAYFLY_ASSIGN_OR_RETURN(const StoredSession session, StartSession(context, caller, again));
  caller.Use({v1::CREDENTIAL_KIND_SESSION, "", SignerFor(session.key), {}});
  return Issue(caller, options.ask, key, approved, filed);
}

}  // namespace

absl::StatusOr<Issued> IssueCertificate(const Context& context, Caller& caller,
                                        const LoginOptions& options, const KeySigner& key) {
  std::optional<v1::FiledRequest> filed;
  absl::StatusOr<Issued> issued = IssueOnce(context, caller, options, key, 0, &filed);
  if (!filed) return issued;
  MAYFLY_RETURN_IF_ERROR(options.no_wait ? CheckApproval(context, caller, filed->number())
                                         : AwaitApproval(context, caller, *filed));
  const uint64_t number = filed->number();
  filed.reset();
  issued = IssueOnce(context, caller, options, key, number, &filed);
  if (!filed) return issued;
  return Failure(ExitCode::kDenied,
                 fmt::format("request {} was approved, but no longer suffices: the policy has "
                             "changed meanwhile, or its approval was used",
                             number),
                 fmt::format("request {} waits now", filed->number()));
}

}  // namespace mayfly::client
