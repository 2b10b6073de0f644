#include "ca/server/call_reader.h"

#include <optional>

#include "base/status.h"
#include "ca/model/host_keys.h"
#include "ca/server/peer_name.h"
#include "ca/server/proto_codec.h"
#include "fmt/format.h"
#include "google/protobuf/unknown_field_set.h"

namespace mayfly::server {
namespace {

namespace pb = google::protobuf;

bool HasUnknownFields(const pb::Message& message) {
  const pb::Reflection* reflection = message.GetReflection();
  if (!reflection->GetUnknownFields(message).empty()) return true;
  std::vector<const pb::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const pb::FieldDescriptor* field : fields) {
    if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      if (HasUnknownFields(reflection->GetMessage(message, field))) return true;
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      if (HasUnknownFields(reflection->GetRepeatedMessage(message, field, i))) return true;
    }
  }
  return false;
}

std::optional<model::Proof> ProofOf(v1::CredentialKind kind) {
  switch (kind) {
    case v1::CREDENTIAL_KIND_SSH_KEY:
      return model::Proof::kSshKey;
    case v1::CREDENTIAL_KIND_JOIN_TOKEN:
      return model::Proof::kJoinToken;
    case v1::CREDENTIAL_KIND_SESSION:
      return model::Proof::kSession;
    case v1::CREDENTIAL_KIND_HOST_KEY:
      return model::Proof::kHostKey;
    case v1::CREDENTIAL_KIND_LOCAL:
      return model::Proof::kLocal;
    case v1::CREDENTIAL_KIND_OIDC:
      return model::Proof::kOidc;
    case v1::CREDENTIAL_KIND_JWT:
      return model::Proof::kJwt;
    case v1::CREDENTIAL_KIND_MTLS:
      return model::Proof::kMtls;
    case v1::CREDENTIAL_KIND_AWS:
      return model::Proof::kAws;
    case v1::CREDENTIAL_KIND_GCP:
      return model::Proof::kGcp;
    case v1::CREDENTIAL_KIND_AZURE:
      return model::Proof::kAzure;
    case v1::CREDENTIAL_KIND_AZURE_IDENTITY:
      return model::Proof::kAzureIdentity;
    default:
      return std::nullopt;
  }
}

}  // namespace

absl::StatusOr<ReadCall> ReadSignedCall(const v1::SignedCall& signed_call,
                                        const std::string& method, const std::string& request_id,
                                        const model::Fact<IpAddress>& peer, absl::Time now) {
  ReadCall read;
  read.call.request_id = request_id;
  read.call.method = method;
  read.call.document = ToBytes(signed_call.document());
  for (const std::string& signature : signed_call.signatures()) {
    read.call.signatures.push_back(ToBytes(signature));
  }
  read.call.peer = peer;
  read.call.received_at = now;

  if (signed_call.document().size() > authn::kMaxDocumentSize) {
    return InvalidArgument(fmt::format("document: {} bytes; at most {} are allowed",
                                       signed_call.document().size(), authn::kMaxDocumentSize));
  }
  if (!read.document.ParseFromString(signed_call.document()) || HasUnknownFields(read.document)) {
    return InvalidArgument("document: not a CallDocument of this version");
  }
  const std::optional<model::Proof> proof = ProofOf(read.document.credential());
  if (!proof) return InvalidArgument("document: no kind of credential");
  read.header.method = read.document.method();
  read.header.audience = read.document.audience();
  read.header.issued_at = FromProto(read.document.issued_at());
  read.call.issued_at = read.header.issued_at;
  read.header.nonce = ToBytes(read.document.nonce());
  read.header.credential = *proof;
  read.header.authenticator = read.document.authenticator();
  read.header.clock_corrected = read.document.clock_corrected();
  read.header.bearer_sha256 = ToBytes(read.document.bearer_sha256());
  read.header.bearer = ToBytes(signed_call.bearer());
  if (read.document.has_start_session()) {
    read.header.nonce_seed = ToBytes(read.document.start_session().nonce_seed());
  }
  if (read.document.has_enroll_host()) {
    const v1::EnrollHost& enrolment = read.document.enroll_host();
    read.header.hostname = enrolment.hostname();
    std::vector<Bytes> keys;
    for (const std::string& blob : enrolment.all_keys()) keys.push_back(ToBytes(blob));
    read.header.host_keys = model::HostKeysDigest(std::move(keys));
  }
  return read;
}

model::Fact<IpAddress> PeerAddress(const std::string& grpc_name) {
  if (grpc_name.starts_with("unix")) return model::Fact<IpAddress>::Absent();
  const std::string grpc_peer = WithoutZone(grpc_name);
  const size_t colon = grpc_peer.find(':');
  const size_t port = grpc_peer.rfind(':');
  if (colon == std::string::npos || port <= colon) return model::Fact<IpAddress>::Unknown();
  std::string host = grpc_peer.substr(colon + 1, port - colon - 1);
  if (host.starts_with("%5B") && host.ends_with("%5D")) host = host.substr(3, host.size() - 6);
  if (host.starts_with("[") && host.ends_with("]")) host = host.substr(1, host.size() - 2);
  absl::StatusOr<IpAddress> address = IpAddress::Parse(host);
  return address.ok() ? model::Fact<IpAddress>::Known(*address) : model::Fact<IpAddress>::Unknown();
}

authn::TlsPeer TlsPeerOf(const grpc::AuthContext& connection) {
  const auto only = [&](const char* name) {
    const std::vector<grpc::string_ref> values = connection.FindPropertyValues(name);
    return values.size() == 1 ? std::string(values[0].data(), values[0].size()) : std::string();
  };
  // On a server the chain is without the leaf.
  return {only("x509_pem_cert"), only("x509_pem_cert_chain")};
}

}  // namespace mayfly::server
