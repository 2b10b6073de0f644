// One CA with one credential: what every command that asks the CA for something goes through.
#ifndef MAYFLY_CLIENT_LOGIN_CALLER_H_
#define MAYFLY_CLIENT_LOGIN_CALLER_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/failure.h"
#include "client/rpc/ca_client.h"
#include "client/rpc/call_signer.h"
#include "client/rpc/client_certificate.h"
#include "client/rpc/proto_time.h"
#include "mayfly/v1/call.pb.h"

namespace mayfly::client {

// Not thread-safe.
class Caller {
 public:
  // The chosen CA, without a credential yet; with --local the daemon behind the socket, with it.
  // With `client`, the connection shows that certificate.
  static absl::StatusOr<Caller> Connect(const Context& context,
                                        const ClientCertificateFiles& client = {});
  // The same with the stored session (or --local).
  static absl::StatusOr<Caller> ConnectAsSession(const Context& context);

  const std::string& ca_id() const { return ca_id_; }
  const std::string& ca_name() const { return ca_name_; }
  void Use(Credential credential) { credential_ = std::move(credential); }
  // How one logs in there, beside SSH keys; empty for a CA that knows nothing else.
  absl::StatusOr<std::vector<v1::LoginMethod>> LoginMethods() const;
  bool is_local() const { return credential_.kind == v1::CREDENTIAL_KIND_LOCAL; }

  // Signs and makes a call. When the CA says that our clock is off, once more by the CA's, and says
  // so.
  template <typename Response>
  absl::StatusOr<Response> Call(absl::StatusOr<Response> (CaClient::*method)(const v1::SignedCall&),
                                const v1::CallDocument& document,
                                const std::vector<KeySigner>& possession = {}) {
    absl::StatusOr<Response> response =
        Once(method, document, possession, {context_.clock.Now() + offset_, corrected_});
    if (response.ok()) return response;
    const std::optional<v1::ErrorDetail> detail = DetailOf(response.status());
    if (!detail || !detail->has_server_time() || corrected_) return response;
    const absl::Time server = FromProto(detail->server_time());
    offset_ = server - context_.clock.Now();
    corrected_ = true;
    SayClockIsOff();
    return Once(method, document, possession, {context_.clock.Now() + offset_, true});
  }

 private:
  Caller(const Context& context, std::unique_ptr<CaClient> client)
      : context_(context), client_(std::move(client)) {}

  template <typename Response>
  absl::StatusOr<Response> Once(absl::StatusOr<Response> (CaClient::*method)(const v1::SignedCall&),
                                const v1::CallDocument& document,
                                const std::vector<KeySigner>& possession, const SigningTime& time) {
    absl::StatusOr<v1::SignedCall> call =
        SignCall(document, ca_id_, credential_, possession, time, context_.random);
    if (!call.ok()) return call.status();
    return ((*client_).*method)(*call);
  }
  void SayClockIsOff() const;

  const Context& context_;
  std::unique_ptr<CaClient> client_;
  std::string ca_id_;
  std::string ca_name_;
  Credential credential_;
  absl::Duration offset_ = absl::ZeroDuration();
  bool corrected_ = false;
};

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_CALLER_H_
