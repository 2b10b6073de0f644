#include "client/rpc/call_signer.h"

#include "base/status.h"
#include "client/rpc/proto_time.h"
#include "ssh/sshsig.h"

namespace mayfly::client {
namespace {

constexpr size_t kNonceSize = 24;

absl::Status AddSignature(const KeySigner& signer, std::string_view name_space,
                          v1::SignedCall& call) {
  MAYFLY_ASSIGN_OR_RETURN(
      const Bytes signature,
      ssh::SignSshsig(signer.key, signer.sign, name_space, AsBytes(call.document())));
  call.add_signatures(ToText(signature));
  return absl::OkStatus();
}

}  // namespace

std::string_view MethodOf(v1::CallDocument::ParametersCase parameters) {
  switch (parameters) {
    case v1::CallDocument::kStartSession:
      return "/mayfly.v1.Sessions/Start";
    case v1::CallDocument::kEndSession:
      return "/mayfly.v1.Sessions/End";
    case v1::CallDocument::kWhoAmI:
      return "/mayfly.v1.Sessions/WhoAmI";
    case v1::CallDocument::kIssueUser:
      return "/mayfly.v1.Certificates/IssueUser";
    case v1::CallDocument::kExplainUser:
      return "/mayfly.v1.Certificates/ExplainUser";
    case v1::CallDocument::kListCertificates:
      return "/mayfly.v1.Certificates/List";
    case v1::CallDocument::kGetCertificate:
      return "/mayfly.v1.Certificates/Get";
    case v1::CallDocument::kGetDecision:
      return "/mayfly.v1.Certificates/GetDecision";
    case v1::CallDocument::kEnrollHost:
      return "/mayfly.v1.Hosts/Enroll";
    case v1::CallDocument::kRenewHost:
      return "/mayfly.v1.Hosts/Renew";
    case v1::CallDocument::kCreateJoinToken:
      return "/mayfly.v1.Operations/CreateJoinToken";
    case v1::CallDocument::kApplyPolicy:
      return "/mayfly.v1.Operations/ApplyPolicy";
    case v1::CallDocument::kGetRequest:
      return "/mayfly.v1.Requests/Get";
    case v1::CallDocument::kListRequests:
      return "/mayfly.v1.Requests/List";
    case v1::CallDocument::kApproveRequest:
      return "/mayfly.v1.Requests/Approve";
    case v1::CallDocument::kCloseRequest:
      return "/mayfly.v1.Requests/Close";
    case v1::CallDocument::kListReviews:
      return "/mayfly.v1.Requests/ListReviews";
    case v1::CallDocument::kCloseReview:
      return "/mayfly.v1.Requests/CloseReview";
    case v1::CallDocument::kListRecorded:
      return "/mayfly.v1.Operations/ListRecorded";
    case v1::CallDocument::kAddUsers:
      return "/mayfly.v1.Users/Add";
    case v1::CallDocument::kRemoveUser:
      return "/mayfly.v1.Users/Remove";
    case v1::CallDocument::kListUsers:
      return "/mayfly.v1.Users/List";
    case v1::CallDocument::kReleaseName:
      return "/mayfly.v1.Users/Release";
    case v1::CallDocument::PARAMETERS_NOT_SET:
      break;
  }
  return {};
}

absl::StatusOr<v1::SignedCall> SignCall(v1::CallDocument document, std::string_view ca_id,
                                        const Credential& credential,
                                        const std::vector<KeySigner>& possession,
                                        const SigningTime& time, Random& random) {
  const std::string_view method = MethodOf(document.parameters_case());
  MAYFLY_CHECK(!method.empty());
  document.set_method(std::string(method));
  document.set_audience(std::string(ca_id));
  ToProto(time.now, document.mutable_issued_at());
  document.set_clock_corrected(time.corrected);
  document.set_nonce(ToText(random.Take(kNonceSize)));
  document.set_credential(credential.kind);
  document.set_authenticator(credential.authenticator);
  if (!credential.bearer.empty()) {
    document.set_bearer_sha256(ToText(Sha256(AsBytes(credential.bearer))));
  }

  v1::SignedCall call;
  call.set_document(document.SerializeAsString());
  call.set_bearer(credential.bearer);
  if (credential.signer) {
    MAYFLY_RETURN_IF_ERROR(AddSignature(*credential.signer, kCredentialNamespace, call));
  }
  for (const KeySigner& signer : possession) {
    MAYFLY_RETURN_IF_ERROR(AddSignature(signer, kPossessionNamespace, call));
  }
  return call;
}

}  // namespace mayfly::client
