#include "client/rpc/channel.h"

#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <cstdlib>
#include <functional>
#include <string_view>
#include <utility>

#include "client/rpc/tls_pin.h"

namespace mayfly::client {
namespace {

namespace tls = grpc::experimental;

// No part of a bundle is larger than a KRL may be.
constexpr int kMaxAnswer = 17 << 20;

class PinVerifier final : public tls::ExternalCertificateVerifier {
 public:
  PinVerifier(std::set<Sha256Digest> pins, std::shared_ptr<HandshakeFindings> findings)
      : pins_(std::move(pins)), findings_(std::move(findings)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* result) override {
    const grpc::string_ref pem = request->peer_cert();
    const auto pin = PinOfCertificate(std::string_view(pem.data(), pem.size()));
    if (pin.ok() && pins_.contains(*pin)) {
      *result = grpc::Status::OK;
    } else {
      findings_->pin_mismatch = true;
      *result = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "not a pinned TLS key");
    }
    return true;  // Decided here and now.
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::set<Sha256Digest> pins_;
  const std::shared_ptr<HandshakeFindings> findings_;
};

class AcceptAnyone final : public tls::ExternalCertificateVerifier {
 public:
  bool Verify(tls::TlsCustomVerificationCheckRequest*, std::function<void(grpc::Status)>,
              grpc::Status* result) override {
    *result = grpc::Status::OK;
    return true;
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}
};

// gRPC writes its own complaints to standard error, which is ours to write to: a failed handshake
// is reported once, as a sentence. Whoever debugs sets GRPC_VERBOSITY.
void SilenceLibrary() {
  static const bool done = [] {
    if (std::getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function([](gpr_log_func_args*) {});
    return true;
  }();
  static_cast<void>(done);
}

grpc::ChannelArguments Arguments() {
  SilenceLibrary();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAnswer);
  // A pool shared by the process would lend a connection made with other pins.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // A signed call is accepted once.
  return arguments;
}

std::shared_ptr<grpc::Channel> TlsChannel(const std::string& address,
                                          std::shared_ptr<tls::CertificateVerifier> verifier,
                                          const ClientCertificateFiles& client = {}) {
  constexpr unsigned int kNeverAgain = 24 * 3600;  // Seconds: no command lives that long.
  tls::TlsChannelCredentialsOptions options;
  if (!client.empty()) {
    options.set_certificate_provider(std::make_shared<tls::FileWatcherCertificateProvider>(
        client.key, client.certificate, kNeverAgain));
    options.watch_identity_key_cert_pairs();
  }
  // Chains and names prove nothing to us; the verifier sees every certificate all the same, and
  // TLS 1.3 proves that the server holds its key.
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::move(verifier));
  return grpc::CreateCustomChannel(address, tls::TlsCredentials(options), Arguments());
}

}  // namespace

std::shared_ptr<grpc::Channel> PinnedChannel(const std::string& address,
                                             const std::set<Sha256Digest>& pins,
                                             std::shared_ptr<HandshakeFindings> findings,
                                             const ClientCertificateFiles& client) {
  return TlsChannel(
      address, tls::ExternalCertificateVerifier::Create<PinVerifier>(pins, std::move(findings)),
      client);
}

std::shared_ptr<grpc::Channel> UnverifiedChannel(const std::string& address) {
  return TlsChannel(address, tls::ExternalCertificateVerifier::Create<AcceptAnyone>());
}

std::shared_ptr<grpc::Channel> LocalChannel(const std::string& socket_path) {
  return grpc::CreateCustomChannel("unix:" + socket_path, grpc::InsecureChannelCredentials(),
                                   Arguments());
}

}  // namespace mayfly::client
