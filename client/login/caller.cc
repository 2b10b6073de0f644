#include "client/login/caller.h"

#include "base/status.h"
#include "base/text.h"
#include "bundle/manifest.h"
#include "client/login/session_store.h"
#include "client/trust/bundle_fetch.h"
#include "fmt/format.h"

namespace mayfly::client {

absl::StatusOr<Caller> Caller::Connect(const Context& context) {
  if (context.local) {
    Caller caller(context, CaClient::Local(context.socket_path, context.timeout));
    // The kernel vouches for the socket, so its word for the CA id will do.
    MAYFLY_ASSIGN_OR_RETURN(const v1::GetManifestResponse answer, caller.client_->GetManifest());
    MAYFLY_ASSIGN_OR_RETURN(const bundle::Manifest manifest,
                            bundle::ParseManifest(AsBytes(answer.manifest())));
    caller.ca_id_ = manifest.ca_id;
    caller.ca_name_ = "local";
    caller.credential_.kind = v1::CREDENTIAL_KIND_LOCAL;
    return caller;
  }
  MAYFLY_ASSIGN_OR_RETURN(const TrustedCa ca, ChosenCa(context));
  MAYFLY_ASSIGN_OR_RETURN(const std::set<Sha256Digest> pins, PinDigests(ca.tls_pins));
  Caller caller(context, CaClient::Pinned(ca.address, pins, context.timeout));
  caller.ca_id_ = ca.ca_id;
  caller.ca_name_ = ca.name;
  return caller;
}

absl::StatusOr<Caller> Caller::ConnectAsSession(const Context& context) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Connect(context));
  if (caller.is_local()) return caller;
  MAYFLY_ASSIGN_OR_RETURN(const StoredSession session, LoadSession(context, caller.ca_id_));
  // The signer keeps the key alive.
  const std::shared_ptr<const ssh::PrivateKey> key = session.key;
  caller.Use(
      {v1::CREDENTIAL_KIND_SESSION, "",
       KeySigner{key->public_key(), [key](BytesView message) { return key->Sign(message); }}});
  return caller;
}

void Caller::SayClockIsOff() const {
  const absl::Duration off = offset_ < absl::ZeroDuration() ? -offset_ : offset_;
  context_.Say(fmt::format("this machine's clock is {} {}; signing by the CA's", DurationText(off),
                           offset_ < absl::ZeroDuration() ? "ahead" : "behind"));
}

}  // namespace mayfly::client
