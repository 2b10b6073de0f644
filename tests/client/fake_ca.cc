#include "tests/client/fake_ca.h"

#include "base/status.h"
#include "bundle/parts.h"
#include "fmt/format.h"
#include "ssh/sshsig.h"
#include "tests/testing/process.h"

namespace mayfly::client {
namespace {

template <typename T>
T Must(absl::StatusOr<T> value) {
  MAYFLY_CHECK(value.ok());
  return std::move(value).value();
}

ssh::PrivateKey NewKey(Random& random) {
  return Must(ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random));
}

}  // namespace

TlsFiles::TlsFiles(const std::string& directory) {
  const std::string key = JoinPath(directory, "tls.key");
  const std::string certificate = JoinPath(directory, "tls.crt");
  const std::string der = JoinPath(directory, "tls.spki");
  MAYFLY_CHECK(
      Run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
           "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=anything", "-days", "2"})
          .exit_code == 0);
  MAYFLY_CHECK(
      Run({"openssl", "pkey", "-in", key, "-pubout", "-outform", "DER", "-out", der}).exit_code ==
      0);
  key_pem = Must(ReadFile(key));
  certificate_pem = Must(ReadFile(certificate));
  const std::string hex = Run({"openssl", "dgst", "-sha256", "-r", der}).out.substr(0, 64);
  pin = "sha256:" + Base64Encode(Must(HexDecode(hex)));
}

FakeCa::FakeCa(absl::Time now)
    : issued_at(now),
      valid_until(now + absl::Hours(168)),
      directory_(Must(TemporaryDirectory::Create("fake-ca"))),
      tls_(std::make_unique<TlsFiles>(directory_.path())),
      trust_key_(NewKey(random_)),
      user_ca_(NewKey(random_)),
      host_ca_(NewKey(random_)) {
  pins = {tls_->pin};
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({tls_->key_pem, tls_->certificate_pem});
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
  builder.RegisterService(static_cast<v1::Trust::Service*>(this));
  builder.RegisterService(static_cast<v1::Sessions::Service*>(this));
  server_ = builder.BuildAndStart();
  MAYFLY_CHECK(server_ != nullptr);
  address_ = fmt::format("127.0.0.1:{}", port);
  Publish();
}

FakeCa::~FakeCa() { server_->Shutdown(); }

void FakeCa::Publish() { Sign(trust_key_); }
void FakeCa::PublishForged() { Sign(NewKey(random_)); }

std::string FakeCa::AddPart(bundle::PartKind kind, const Bytes& contents,
                            bundle::Manifest& manifest) {
  manifest.parts.push_back(bundle::MakePart(kind, contents));
  const std::string hash = ToText(manifest.parts.back().sha256);
  parts[hash] = ToText(contents);
  return hash;
}

void FakeCa::Sign(const ssh::PrivateKey& key) {
  bundle::Manifest manifest;
  manifest.ca_id = ca_id();
  manifest.version = version;
  manifest.issued_at = issued_at;
  manifest.valid_until = valid_until;
  parts.clear();
  AddPart(bundle::PartKind::kUserCas, bundle::EncodeCaKeys({user_ca_.public_key()}), manifest);
  AddPart(bundle::PartKind::kHostCas, bundle::EncodeCaKeys({host_ca_.public_key()}), manifest);
  AddPart(bundle::PartKind::kKrl, ToBytes("a list that clients never fetch"), manifest);
  AddPart(bundle::PartKind::kTlsPins, bundle::EncodeTlsPins(pins), manifest);
  const Bytes bytes = bundle::EncodeManifest(manifest);
  manifest_.set_manifest(ToText(bytes));
  manifest_.set_signature(ToText(
      Must(ssh::SignSshsig(key.public_key(), key.signer(), bundle::kManifestNamespace, bytes))));
}

grpc::Status FakeCa::GetManifest(grpc::ServerContext*, const v1::GetManifestRequest*,
                                 v1::GetManifestResponse* response) {
  *response = manifest_;
  return grpc::Status::OK;
}

grpc::Status FakeCa::GetPart(grpc::ServerContext*, const v1::GetPartRequest* request,
                             v1::GetPartResponse* response) {
  const auto found = parts.find(request->sha256());
  if (found == parts.end()) return grpc::Status(grpc::StatusCode::NOT_FOUND, "no such part");
  response->set_contents(found->second);
  return grpc::Status::OK;
}

grpc::Status FakeCa::WhoAmI(grpc::ServerContext* context, const v1::SignedCall* call,
                            v1::WhoAmIResponse* response) {
  context->AddInitialMetadata("mayfly-request-id", "req-from-metadata");
  return who_am_i(*call, response);
}

}  // namespace mayfly::client
