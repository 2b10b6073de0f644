#ifndef MAYFLY_CA_SERVER_CALL_READER_H_
#define MAYFLY_CA_SERVER_CALL_READER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/authn/call_verifier.h"
#include "ca/model/fact.h"
#include "ca/model/request.h"
#include "grpcpp/security/auth_context.h"
#include "mayfly/v1/call.pb.h"

namespace mayfly::server {

// A signed call as read from its bytes; not yet proven.
struct ReadCall {
  model::Call call;
  v1::CallDocument document;
  authn::CallHeader header;
};

// Reads a SignedCall of `method`. kInvalidArgument for bytes that are no CallDocument, carry
// unknown fields (a field we do not know might restrict what is asked), or name no kind of
// credential.
absl::StatusOr<ReadCall> ReadSignedCall(const v1::SignedCall& signed_call,
                                        const std::string& method, const std::string& request_id,
                                        const model::Fact<IpAddress>& peer, absl::Time now);

// The address in gRPC's "ipv4:1.2.3.4:5" or "ipv6:%5B::1%5D:5", without its zone; absent for a Unix
// socket, unknown else.
model::Fact<IpAddress> PeerAddress(const std::string& grpc_name);

// The client certificate of a TLS connection; empty when it showed none.
authn::TlsPeer TlsPeerOf(const grpc::AuthContext& connection);

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_CALL_READER_H_
