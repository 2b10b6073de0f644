#include "ca/server/grpc_server.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "base/status.h"
#include "ca/server/health_service.h"
#include "ca/server/services.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/impl/server_builder_plugin.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace mayfly::server {
namespace {

constexpr int kTlsReloadSeconds = 1;
constexpr absl::Duration kQuietLook = absl::Milliseconds(20);
constexpr int kQuietLooks = 10;
constexpr int kHandshakeTimeoutMs = 5000;
constexpr size_t kMemoryQuota = size_t{256} << 20;

std::shared_ptr<grpc::ServerCredentials> TlsCredentials(const std::string& pem,
                                                        bool request_client_certificates) {
  // One file for both: a pair in two files can be read half renewed, and then no handshake works.
  auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      pem, pem, kTlsReloadSeconds);
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_identity_key_cert_pairs();
  // gRPC would verify against one set of roots and fail the handshake; we have one a realm, CRLs,
  // and callers of other kinds who happen to have a certificate. TLS proves the key all the same.
  options.set_cert_request_type(request_client_certificates
                                    ? GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY
                                    : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  return grpc::experimental::TlsServerCredentials(options);
}

void SetLimits(grpc::ServerBuilder& builder, const model::Limits& limits) {
  builder.SetMaxReceiveMessageSize(limits.max_message_size);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 2);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 300000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.max_streams_per_connection);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  grpc::ResourceQuota quota("mayflyd");
  quota.Resize(kMemoryQuota);
  builder.SetResourceQuota(quota);
}

// gRPC's library registers reflection for every server of a program that is linked with it.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins, [](const std::unique_ptr<grpc::ServerBuilderPlugin>& plugin) {
      return plugin->name() == grpc::reflection::ProtoServerReflectionPlugin().name();
    });
  }
};

}  // namespace

struct GrpcServer::Listener {
  Listener(ServerCore& core, std::optional<uid_t> peer, bool reflection,
           const std::shared_ptr<grpc::ServerCredentials>& credentials)
      : trust(core, peer),
        sessions(core, peer),
        certificates(core, peer),
        hosts(core, peer),
        operations(core, peer),
        requests(core, peer),
        users(core, peer),
        health(core) {
    grpc::ServerBuilder builder;
    acceptor = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, credentials);
    SetLimits(builder, core.options().limits);
    if (!reflection) builder.SetOption(std::make_unique<WithoutReflection>());
    builder.RegisterService(&trust);
    builder.RegisterService(&sessions);
    builder.RegisterService(&certificates);
    builder.RegisterService(&hosts);
    builder.RegisterService(&operations);
    builder.RegisterService(&requests);
    builder.RegisterService(&users);
    builder.RegisterService(&health);
    server = builder.BuildAndStart();
  }

  void Take(FileDescriptor connection) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
    parameters.fd = connection.Release();
    acceptor->HandleNewConnection(&parameters);
  }

  TrustService trust;
  SessionsService sessions;
  CertificatesService certificates;
  HostsService hosts;
  OperationsService operations;
  RequestsService requests;
  UsersService users;
  HealthService health;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  std::unique_ptr<grpc::Server> server;
};

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const GrpcServerOptions& options,
                                                              ServerCore& core, Log& log) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<GrpcServer> server(new GrpcServer(core));
  server->log_ =
      std::make_unique<GrpcLog>(log, core.options().limits.stranger_log_lines_per_minute);
  // A broken file would let the daemon start and fail every handshake: look at it now.
  MAYFLY_RETURN_IF_ERROR(ReadSecretFile(options.tls_pem).status());

  server->listeners_.push_back(std::make_unique<Listener>(
      core, std::nullopt, options.reflection,
      TlsCredentials(options.tls_pem, options.request_client_certificates)));
  Listener* tcp = server->listeners_.back().get();
  std::map<uid_t, Listener*> local;
  if (!options.local_socket.empty()) {
    for (const uid_t uid : {uid_t{0}, geteuid()}) {
      if (local.contains(uid)) continue;
      server->listeners_.push_back(std::make_unique<Listener>(core, uid, options.reflection,
                                                              grpc::InsecureServerCredentials()));
      local[uid] = server->listeners_.back().get();
    }
  }
  for (const std::unique_ptr<Listener>& listener : server->listeners_) {
    if (listener->server == nullptr) return Internal("gRPC did not start");
  }
  server->open_calls_ = std::make_unique<OpenCallsWatch>(core.connections(), log);
  if (!options.local_socket.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(server->local_, LocalAcceptor::Listen(
                                                options.local_socket,
                                                [local](FileDescriptor connection, uid_t peer) {
                                                  local.at(peer)->Take(std::move(connection));
                                                },
                                                log));
  }
  for (const std::string& address : options.listen) {
    MAYFLY_ASSIGN_OR_RETURN(
        std::unique_ptr<TcpAcceptor> acceptor,
        TcpAcceptor::Listen(
            address, core.connections(),
            [tcp](FileDescriptor connection) { tcp->Take(std::move(connection)); }, log,
            options.proxies));
    server->tcp_.push_back(std::move(acceptor));
  }
  return server;
}

GrpcServer::GrpcServer(ServerCore& core) : core_(core) {}
GrpcServer::~GrpcServer() { Shutdown(absl::ZeroDuration()); }

std::vector<std::string> GrpcServer::addresses() const {
  std::vector<std::string> result;
  for (const std::unique_ptr<TcpAcceptor>& acceptor : tcp_) result.push_back(acceptor->address());
  return result;
}

// gRPC waits until each client has read that we go. One that makes no call may read nothing, so
// once no call was under way for a moment, in which the answers went out, its connection is closed.
void GrpcServer::CloseWhenQuiet(const std::atomic<bool>& gone) {
  for (int quiet = 0; quiet < kQuietLooks && !gone;) {
    absl::SleepFor(kQuietLook);
    quiet = core_.calls_in_flight() == 0 ? quiet + 1 : 0;
  }
  core_.connections().CloseAll();
}

void GrpcServer::Shutdown(absl::Duration grace) {
  if (listeners_.empty()) return;
  local_.reset();
  tcp_.clear();
  open_calls_.reset();
  const auto deadline = absl::ToChronoTime(absl::Now() + grace);
  std::atomic<bool> gone = false;
  std::thread closing([&] { CloseWhenQuiet(gone); });
  for (const std::unique_ptr<Listener>& listener : listeners_) {
    if (listener->server == nullptr) continue;
    listener->server->Shutdown(deadline);
    listener->server->Wait();
  }
  gone = true;
  closing.join();
  listeners_.clear();
}

void RequireTls13() {
  setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-PSK-CHACHA20-POLY1305", /*overwrite=*/1);
}

}  // namespace mayfly::server
