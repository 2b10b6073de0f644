#include "client/keygen/revocable_key.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "client/keygen/key_files.h"
#include "fmt/format.h"
#include "ssh/wire.h"

namespace mayfly::client {
namespace {

constexpr std::string_view kDss = "ssh-dss";
constexpr std::string_view kDssCertificate = "ssh-dss-cert-v01@openssh.com";
constexpr int kDssNumbers = 4;  // p, q, g, y.

// A DSA key's numbers, as they stand in keys and certificates alike.
absl::StatusOr<BytesView> ReadNumbers(ssh::Reader& reader) {
  const BytesView start = reader.rest();
  for (int i = 0; i < kDssNumbers; ++i) MAYFLY_RETURN_IF_ERROR(reader.ReadMpint().status());
  return start.first(start.size() - reader.rest().size());
}

absl::StatusOr<RevocableKey> ParseDss(BytesView blob) {
  ssh::Reader reader(blob);
  MAYFLY_ASSIGN_OR_RETURN(const std::string type, reader.ReadText());
  const bool certified = type == kDssCertificate;
  if (!certified && type != kDss) return InvalidArgument("the line and its key name two types");
  // The nonce is nobody's concern.
  if (certified) MAYFLY_RETURN_IF_ERROR(reader.ReadString().status());
  MAYFLY_ASSIGN_OR_RETURN(const BytesView numbers, ReadNumbers(reader));
  RevocableKey key{ssh::Writer().String(kDss).Raw(numbers).Take(), std::nullopt};
  if (!certified) {
    MAYFLY_RETURN_IF_ERROR(reader.ExpectEnd());
    return key;
  }
  MAYFLY_ASSIGN_OR_RETURN(const uint64_t serial, reader.ReadUint64());
  MAYFLY_RETURN_IF_ERROR(reader.ReadUint32().status());  // User or host.
  MAYFLY_ASSIGN_OR_RETURN(std::string key_id, reader.ReadText());
  MAYFLY_RETURN_IF_ERROR(reader.ReadString().status());  // Principals.
  MAYFLY_RETURN_IF_ERROR(reader.ReadUint64().status());
  MAYFLY_RETURN_IF_ERROR(reader.ReadUint64().status());
  // Critical options, extensions, reserved.
  for (int i = 0; i < 3; ++i) MAYFLY_RETURN_IF_ERROR(reader.ReadString().status());
  MAYFLY_ASSIGN_OR_RETURN(const BytesView ca_blob, reader.ReadString());
  MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey ca, ssh::PublicKey::ParseBlob(ca_blob));
  MAYFLY_RETURN_IF_ERROR(reader.ReadString().status());  // The signature.
  MAYFLY_RETURN_IF_ERROR(reader.ExpectEnd());
  key.certified = RevocableKey::Certified{serial, std::move(key_id), std::move(ca)};
  return key;
}

absl::StatusOr<RevocableKey> ParseDssLine(std::string_view line, std::string* comment) {
  const size_t type_end = line.find_first_of(" \t");
  std::string_view rest = TrimBlanks(line.substr(std::min(type_end, line.size())));
  const size_t end = std::min(rest.find_first_of(" \t"), rest.size());
  MAYFLY_ASSIGN_OR_RETURN(const Bytes blob, Base64Decode(rest.substr(0, end)));
  if (comment != nullptr) *comment = std::string(TrimBlanks(rest.substr(end)));
  return Annotate(ParseDss(blob), line.substr(0, type_end));
}

}  // namespace

absl::StatusOr<RevocableKey> ParseRevocableLine(std::string_view line, std::string* comment) {
  const std::string_view type = line.substr(0, line.find_first_of(" \t"));
  if (type == kDss || type == kDssCertificate) return ParseDssLine(line, comment);
  MAYFLY_ASSIGN_OR_RETURN(KeyOrCertificate key, ParseKeyLine(line, comment));
  RevocableKey result{ToBytes(PlainKey(key).blob()), std::nullopt};
  if (auto* certificate = std::get_if<ssh::Certificate>(&key)) {
    ssh::CertificateBody& body = certificate->body;
    result.certified = RevocableKey::Certified{body.serial.value, std::move(body.key_id),
                                               std::move(body.signature_key)};
  }
  return result;
}

absl::StatusOr<LoadedRevocable> LoadRevocable(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const KeyLine line, FindKeyLine(path, [](std::string_view text) {
                            return ParseRevocableLine(text).status();
                          }));
  LoadedRevocable loaded;
  MAYFLY_ASSIGN_OR_RETURN(loaded.key, ParseRevocableLine(line.text, &loaded.comment));
  if (loaded.comment.empty()) loaded.comment = line.path;
  return loaded;
}

std::optional<ssh::Revocation> FindRevocation(const ssh::KrlIndex& index, const RevocableKey& key) {
  if (!key.certified) return index.FindBlob(key.blob);
  return index.FindCertificate(key.blob, {key.certified->serial}, key.certified->key_id,
                               key.certified->ca);
}

}  // namespace mayfly::client
