// Channels to a mayflyd: TLS held against pins, TLS to whoever answers, or the local Unix socket.
#ifndef MAYFLY_CLIENT_RPC_CHANNEL_H_
#define MAYFLY_CLIENT_RPC_CHANNEL_H_

#include <grpcpp/channel.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>

#include "base/bytes.h"
#include "client/rpc/client_certificate.h"

namespace mayfly::client {

// Set by the TLS handshake, which happens in a thread of gRPC's, and read when a call has failed.
struct HandshakeFindings {
  std::atomic<bool> pin_mismatch = false;
};

// Connects to host:port and accepts only a server whose TLS key is one of `pins`. Names, issuer and
// dates of its certificate mean nothing here: the pins come from the CA's signed manifest.
// `client` is shown to a server that asks for a certificate, unless it is empty.
std::shared_ptr<grpc::Channel> PinnedChannel(const std::string& address,
                                             const std::set<Sha256Digest>& pins,
                                             std::shared_ptr<HandshakeFindings> findings,
                                             const ClientCertificateFiles& client = {});

// Accepts any server: only for fetching what carries a signature of its own.
std::shared_ptr<grpc::Channel> UnverifiedChannel(const std::string& address);

std::shared_ptr<grpc::Channel> LocalChannel(const std::string& socket_path);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_RPC_CHANNEL_H_
