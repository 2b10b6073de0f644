// A CA at the other end of a real TLS connection, with answers that a test chooses. For what cannot
// be asked of a real mayflyd: forged manifests, wrong clocks, other people's TLS keys.
#ifndef MAYFLY_TESTS_CLIENT_FAKE_CA_H_
#define MAYFLY_TESTS_CLIENT_FAKE_CA_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/file.h"
#include "base/random.h"
#include "bundle/manifest.h"
#include "mayfly/v1/services.grpc.pb.h"
#include "ssh/private_key.h"

namespace mayfly::client {

// A TLS key and its certificate, made by openssl.
struct TlsFiles {
  explicit TlsFiles(const std::string& directory);
  std::string key_pem;
  std::string certificate_pem;
  std::string pin;  // "sha256:…", computed by openssl too.
};

class FakeCa final : private v1::Trust::Service, private v1::Sessions::Service {
 public:
  explicit FakeCa(absl::Time now);
  ~FakeCa() override;

  std::string address() const { return address_; }
  std::string ca_id() const { return trust_key_.public_key().Fingerprint().text; }
  const TlsFiles& tls() const { return *tls_; }

  // What the next manifest says; Publish signs it.
  uint64_t version = 1;
  absl::Time issued_at;
  absl::Time valid_until;
  std::vector<std::string> pins;
  void Publish();
  // Signs with a key that is not the trust key.
  void PublishForged();

  // The parts by hash, to be spoiled.
  std::map<std::string, std::string> parts;

  // The answer to Sessions.WhoAmI; the call as it came.
  std::function<grpc::Status(const v1::SignedCall&, v1::WhoAmIResponse*)> who_am_i;

 private:
  void Sign(const ssh::PrivateKey& key);
  std::string AddPart(bundle::PartKind kind, const Bytes& contents, bundle::Manifest& manifest);
  grpc::Status GetManifest(grpc::ServerContext*, const v1::GetManifestRequest*,
                           v1::GetManifestResponse* response) override;
  grpc::Status GetPart(grpc::ServerContext*, const v1::GetPartRequest* request,
                       v1::GetPartResponse* response) override;
  grpc::Status WhoAmI(grpc::ServerContext* context, const v1::SignedCall* call,
                      v1::WhoAmIResponse* response) override;

  SystemRandom random_;
  TemporaryDirectory directory_;
  std::unique_ptr<TlsFiles> tls_;
  ssh::PrivateKey trust_key_;
  ssh::PrivateKey user_ca_;
  ssh::PrivateKey host_ca_;
  v1::GetManifestResponse manifest_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace mayfly::client

#endif  // MAYFLY_TESTS_CLIENT_FAKE_CA_H_
