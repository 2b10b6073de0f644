// The gRPC listeners: TLS on TCP, and the local socket.
#ifndef MAYFLY_CA_SERVER_GRPC_SERVER_H_
#define MAYFLY_CA_SERVER_GRPC_SERVER_H_

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "ca/server/acceptor.h"
#include "ca/server/grpc_log.h"
#include "ca/server/open_calls_watch.h"
#include "ca/server/server_core.h"
#include "grpcpp/grpcpp.h"

namespace mayfly::server {

struct GrpcServerOptions {
  std::vector<std::string> listen;  // "0.0.0.0:7443"; port 0 takes a free one.
  std::string tls_pem;       // One PEM file with key and certificate; read again when it changes.
  std::string local_socket;  // Empty: none.
  // Clients are asked for a certificate, and may have none; whoever calls by it is judged per call.
  bool request_client_certificates = false;
  ProxiedPeers* proxies = nullptr;  // Null: connections come from callers themselves.
  bool reflection = false;
};

// Serves `core` from construction to Shutdown. TLS 1.3 only: the process must have called
// RequireTls13 before its first use of gRPC.
class GrpcServer {
 public:
  // kInvalidArgument, kAlreadyExists (address in use), kPermissionDenied …, naming the address.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const GrpcServerOptions& options,
                                                           ServerCore& core, Log& log);
  ~GrpcServer();

  // The addresses as bound.
  std::vector<std::string> addresses() const;
  // Takes no more connections, lets calls under way finish until `grace` has passed, then ends
  // them. TCP connections without a call are closed soon.
  void Shutdown(absl::Duration grace);

 private:
  struct Listener;  // One grpc::Server with its services: one for TCP, one per local uid.
  explicit GrpcServer(ServerCore& core);
  void CloseWhenQuiet(const std::atomic<bool>& gone);

  ServerCore& core_;
  std::unique_ptr<GrpcLog> log_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<OpenCallsWatch> open_calls_;
  std::vector<std::unique_ptr<TcpAcceptor>> tcp_;
  std::unique_ptr<LocalAcceptor> local_;
};

// gRPC 1.51 cannot be told a minimum version of TLS. It is left one TLS 1.2 suite that nobody can
// negotiate, which does not touch TLS 1.3. Call it first in main, before threads.
void RequireTls13();

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_GRPC_SERVER_H_
