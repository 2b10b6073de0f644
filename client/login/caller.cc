#include "client/login/caller.h"

#include "base/status.h"
#include "base/text.h"
#include "client/login/chosen_ca.h"
#include "client/login/session_store.h"
#include "client/trust/bootstrap.h"
#include "fmt/format.h"

namespace mayfly::client {

absl::StatusOr<Caller> Caller::Connect(const Context& context,
                                       const ClientCertificateFiles& client) {
  if (context.local) {
    Caller caller(context, CaClient::Local(context.socket_path, context.timeout));
    // The kernel vouches for the socket, so its word for the CA id will do.
    MAYFLY_ASSIGN_OR_RETURN(const v1::GetManifestResponse answer, caller.client_->GetManifest());
    MAYFLY_ASSIGN_OR_RETURN(const ssh::Fingerprint ca_id, SelfProvenCaId(answer));
    caller.ca_id_ = ca_id.text;
    caller.ca_name_ = "local";
    caller.credential_.kind = v1::CREDENTIAL_KIND_LOCAL;
    return caller;
  }
  MAYFLY_ASSIGN_OR_RETURN(const TrustedCa ca, ChosenCa(context));
  Caller caller(context, CaClient::Pinned(ca.record.address, ca.pins, context.timeout, client));
  caller.ca_id_ = ca.record.ca_id.text;
  caller.ca_name_ = ca.record.name;
  return caller;
}

absl::StatusOr<Caller> Caller::ConnectAsSession(const Context& context) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Connect(context));
  if (caller.is_local()) return caller;
  MAYFLY_ASSIGN_OR_RETURN(const StoredSession session, LoadSession(context, caller.ca_id_));
  // The signer keeps the key alive.
  const std::shared_ptr<const ssh::PrivateKey> key = session.key;
  caller.Use({v1::CREDENTIAL_KIND_SESSION,
              "",
              KeySigner{key->public_key(), [key](BytesView message) { return key->Sign(message); }},
              {}});
  return caller;
}

absl::StatusOr<std::vector<v1::LoginMethod>> Caller::LoginMethods() const {
  const absl::StatusOr<v1::GetLoginMethodsResponse> answer = client_->GetLoginMethods();
  if (absl::IsUnimplemented(answer.status())) return std::vector<v1::LoginMethod>();
  if (!answer.ok()) return answer.status();
  return std::vector<v1::LoginMethod>(answer->methods().begin(), answer->methods().end());
}

void Caller::SayClockIsOff() const {
  const absl::Duration off = offset_ < absl::ZeroDuration() ? -offset_ : offset_;
  context_.Say(fmt::format("this machine's clock is {} {}; signing by the CA's", DurationText(off),
                           offset_ < absl::ZeroDuration() ? "ahead" : "behind"));
}

}  // namespace mayfly::client
