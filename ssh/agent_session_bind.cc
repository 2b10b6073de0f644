#include "ssh/agent_session_bind.h"

#include <utility>

#include "base/status.h"
#include "fmt/format.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

struct HostKey {
  PublicKey key;
  std::optional<Certificate> certificate;
};

absl::StatusOr<HostKey> ParseHostKey(BytesView blob) {
  MAYFLY_ASSIGN_OR_RETURN(const BytesView name, Reader(blob).ReadString());
  if (!IsCertificateTypeName(AsText(name))) {
    MAYFLY_ASSIGN_OR_RETURN(PublicKey key, PublicKey::ParseBlob(blob));
    return HostKey{std::move(key), std::nullopt};
  }
  MAYFLY_ASSIGN_OR_RETURN(Certificate certificate, Certificate::Parse(blob));
  if (certificate.body.kind != CertificateKind::kHost) {
    return InvalidArgument("a user certificate stands for a host");
  }
  PublicKey key = certificate.body.key;
  return HostKey{std::move(key), std::move(certificate)};
}

absl::StatusOr<SessionBind> ParseAll(BytesView encoded) {
  Reader reader(encoded);
  MAYFLY_ASSIGN_OR_RETURN(const BytesView blob, Annotate(reader.ReadString(), "host key"));
  MAYFLY_ASSIGN_OR_RETURN(HostKey host, Annotate(ParseHostKey(blob), "host key"));
  MAYFLY_ASSIGN_OR_RETURN(const BytesView id, Annotate(reader.ReadString(), "session id"));
  if (id.empty() || id.size() > kMaxSessionId) {
    return InvalidArgument(
        fmt::format("the session id has {} bytes; expected 1 to {}", id.size(), kMaxSessionId));
  }
  MAYFLY_ASSIGN_OR_RETURN(const BytesView signed_by, Annotate(reader.ReadString(), "signature"));
  MAYFLY_ASSIGN_OR_RETURN(Signature signature, Annotate(Signature::Parse(signed_by), "signature"));
  MAYFLY_ASSIGN_OR_RETURN(const bool forwarding, Annotate(reader.ReadBoolean(), "is_forwarding"));
  MAYFLY_RETURN_IF_ERROR(reader.ExpectEnd());
  return SessionBind{.host_key = std::move(host.key),
                     .certificate = std::move(host.certificate),
                     .session_id = ToBytes(id),
                     .signature = std::move(signature),
                     .is_forwarding = forwarding};
}

}  // namespace

absl::StatusOr<SessionBind> SessionBind::Parse(BytesView encoded) {
  return Annotate(ParseAll(encoded), "session-bind");
}

Bytes SessionBind::Encode() const {
  const Bytes host = certificate.has_value() ? certificate->Encode() : ToBytes(host_key.blob());
  return Writer()
      .String(BytesView(host))
      .String(BytesView(session_id))
      .String(BytesView(signature.Encode()))
      .Boolean(is_forwarding)
      .Take();
}

absl::Status SessionBind::VerifySignature() const {
  return Annotate(Verify(host_key, session_id, signature), "session-bind");
}

}  // namespace mayfly::ssh
