#include "ssh/certificate.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

// The base64 of the largest certificate, its type word and a comment.
constexpr size_t kMaxLineSize = 2 * kMaxCertificateSize;

// How many strings (mpints are laid out alike) a key has after its type name.
int FieldCount(KeyType type) {
  switch (type) {
    case KeyType::kEd25519:
    case KeyType::kMldsa44Ed25519:
      return 1;                // The point; both keys in one string.
    case KeyType::kEcdsaP256:  // The curve's name, the point.
    case KeyType::kEcdsaP384:
    case KeyType::kEcdsaP521:
    case KeyType::kRsa:        // e, n.
    case KeyType::kSkEd25519:  // The point, the application.
      return 2;
    case KeyType::kSkEcdsaP256:
      return 3;  // The curve's name, the point, the application.
  }
  MAYFLY_CHECK(false);
}

// What follows the type name in a plain key's blob.
BytesView FieldsOf(const PublicKey& key) {
  return key.blob().subspan(sizeof(uint32_t) + KeyTypeName(key.type()).size());
}

absl::StatusOr<KeyType> ParseType(std::string_view name) {
  for (const KeyType type : AllKeyTypes()) {
    if (name == CertificateTypeName(type)) return type;
    if (name == KeyTypeName(type)) {
      return InvalidArgument(
          fmt::format("this is a plain {} key; expected a certificate (a -cert.pub file)", name));
    }
  }
  return InvalidArgument(fmt::format("certificate type {} is not supported", QuoteName(name)));
}

absl::StatusOr<CertificateKind> ParseKind(Reader& reader) {
  MAYFLY_ASSIGN_OR_RETURN(const uint32_t kind, reader.ReadUint32());
  if (kind == static_cast<uint32_t>(CertificateKind::kUser)) return CertificateKind::kUser;
  if (kind == static_cast<uint32_t>(CertificateKind::kHost)) return CertificateKind::kHost;
  return InvalidArgument(
      fmt::format("certificate kind {} is unknown; expected 1 (user) or 2 (host)", kind));
}

// A certificate spreads the subject's key out, without the plain type name in front of it.
absl::StatusOr<PublicKey> ParseSubjectKey(KeyType type, Reader& reader) {
  const BytesView start = reader.rest();
  for (int i = 0; i < FieldCount(type); ++i) {
    MAYFLY_RETURN_IF_ERROR(reader.ReadString().status());
  }
  const BytesView fields = start.first(start.size() - reader.rest().size());
  return PublicKey::ParseBlob(Writer().String(KeyTypeName(type)).Raw(fields).bytes());
}

absl::StatusOr<std::vector<std::string>> ParsePrincipals(BytesView encoded) {
  std::vector<std::string> principals;
  Reader reader(encoded);
  while (!reader.AtEnd()) {
    if (principals.size() == kMaxPrincipals) {
      return InvalidArgument(fmt::format("there are more than {} principals", kMaxPrincipals));
    }
    MAYFLY_ASSIGN_OR_RETURN(std::string principal, Annotate(reader.ReadText(), "principal"));
    if (principal.empty()) return InvalidArgument("a principal is empty");
    principals.push_back(std::move(principal));
  }
  return principals;
}

// A certificate in the place of the CA's key would make a chain, which the format does not have; it
// is refused by its name alone, so that nothing can nest parsers in parsers.
absl::StatusOr<PublicKey> ParseSignatureKey(BytesView blob) {
  MAYFLY_ASSIGN_OR_RETURN(const BytesView name, Reader(blob).ReadString());
  if (IsCertificateTypeName(AsText(name))) {
    return InvalidArgument(fmt::format("it is itself a certificate ({}); expected a plain key",
                                       QuoteName(AsText(name))));
  }
  return PublicKey::ParseBlob(blob);
}

// One field, whose errors say what it is and where it starts.
template <typename Read>
auto Field(Reader& reader, std::string_view noun, Read read) -> decltype(read()) {
  const size_t start = reader.offset();
  auto value = read();
  if (value.ok()) return value;
  return Annotate(value.status(), fmt::format("{}, at byte {}", noun, start));
}

// The contents of a string, read by `parse`.
template <typename Parse>
auto Nested(Reader& reader, std::string_view noun, Parse parse) -> decltype(parse(BytesView())) {
  return Field(reader, noun, [&]() -> decltype(parse(BytesView())) {
    MAYFLY_ASSIGN_OR_RETURN(const BytesView contents, reader.ReadString());
    return parse(contents);
  });
}

absl::StatusOr<BytesView> AsItIs(BytesView contents) { return contents; }

absl::StatusOr<uint64_t> ReadNumber(Reader& reader, std::string_view noun) {
  return Field(reader, noun, [&] { return reader.ReadUint64(); });
}

// Reads up to the signature.
absl::StatusOr<CertificateBody> ParseBody(Reader& reader) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string name,
                          Field(reader, "type name", [&] { return reader.ReadText(); }));
  MAYFLY_ASSIGN_OR_RETURN(const KeyType type, ParseType(name));
  MAYFLY_ASSIGN_OR_RETURN(const BytesView nonce, Nested(reader, "nonce", AsItIs));
  MAYFLY_ASSIGN_OR_RETURN(
      PublicKey key, Field(reader, "subject key", [&] { return ParseSubjectKey(type, reader); }));
  MAYFLY_ASSIGN_OR_RETURN(const uint64_t serial, ReadNumber(reader, "serial"));
  MAYFLY_ASSIGN_OR_RETURN(const CertificateKind kind,
                          Field(reader, "kind", [&] { return ParseKind(reader); }));
  MAYFLY_ASSIGN_OR_RETURN(std::string key_id,
                          Field(reader, "key ID", [&] { return reader.ReadText(); }));
  MAYFLY_ASSIGN_OR_RETURN(std::vector<std::string> principals,
                          Nested(reader, "principals", ParsePrincipals));
  MAYFLY_ASSIGN_OR_RETURN(const uint64_t after, ReadNumber(reader, "valid-after"));
  MAYFLY_ASSIGN_OR_RETURN(const uint64_t before, ReadNumber(reader, "valid-before"));
  MAYFLY_ASSIGN_OR_RETURN(OptionList critical,
                          Nested(reader, "critical options", OptionList::Parse));
  MAYFLY_ASSIGN_OR_RETURN(OptionList extensions, Nested(reader, "extensions", OptionList::Parse));
  MAYFLY_ASSIGN_OR_RETURN(const BytesView reserved, Nested(reader, "reserved", AsItIs));
  MAYFLY_ASSIGN_OR_RETURN(PublicKey ca_key, Nested(reader, "signature key", ParseSignatureKey));
  return CertificateBody{.key = std::move(key),
                         .nonce = ToBytes(nonce),
                         .serial = Serial{serial},
                         .kind = kind,
                         .key_id = std::move(key_id),
                         .principals = std::move(principals),
                         .valid_after_unix_s = after,
                         .valid_before_unix_s = before,
                         .critical_options = std::move(critical),
                         .extensions = std::move(extensions),
                         .reserved = ToBytes(reserved),
                         .signature_key = std::move(ca_key)};
}

absl::StatusOr<Certificate> ParseWhole(BytesView blob) {
  if (blob.size() > kMaxCertificateSize) {
    return InvalidArgument(fmt::format("{} bytes are too many for a certificate; at most {}",
                                       blob.size(), kMaxCertificateSize));
  }
  Reader reader(blob);
  MAYFLY_ASSIGN_OR_RETURN(CertificateBody body, ParseBody(reader));
  MAYFLY_ASSIGN_OR_RETURN(Signature signature, Nested(reader, "signature", Signature::Parse));
  MAYFLY_RETURN_IF_ERROR(Annotate(reader.ExpectEnd(), "after the signature"));
  Certificate certificate{.body = std::move(body), .signature = std::move(signature)};
  // The promise on which everything that stores, compares or shows certificates relies.
  if (!Equal(certificate.Encode(), blob)) return InvalidArgument("its encoding is not canonical");
  return certificate;
}

absl::Time FromUnixSeconds(uint64_t seconds) {
  if (seconds > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return absl::InfiniteFuture();
  }
  return absl::FromUnixSeconds(static_cast<int64_t>(seconds));
}

// Splits off the first word of `line` and the blanks after it.
std::string_view TakeWord(std::string_view& line) {
  const size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(line.find_first_not_of(" \t", end), line.size()));
  return word;
}

// `to_be_signed` is the encoding of the certificate's body.
absl::Status VerifyBytes(const Certificate& certificate, BytesView to_be_signed) {
  // sshd ignores the flags of a CA's security key; an answer other than sshd's would mislead.
  const VerifyOptions options{.require_user_presence = false, .require_user_verification = false};
  const PublicKey& key = certificate.body.signature_key;
  const absl::Status status = Verify(key, to_be_signed, certificate.signature, options);
  if (status.ok()) return absl::OkStatus();
  return Unauthenticated(
      fmt::format("the certificate's signature does not verify with its signature key {}: {}",
                  key.Fingerprint().text, Message(status)));
}

// What is about to be signed must be what a reader will read: a body is refused here, before any
// key is touched, rather than after a signature over it exists.
absl::Status CheckBody(const CertificateBody& body, BytesView encoded) {
  Reader reader(encoded);
  MAYFLY_ASSIGN_OR_RETURN(const CertificateBody parsed, ParseBody(reader));
  MAYFLY_RETURN_IF_ERROR(reader.ExpectEnd());
  if (parsed == body) return absl::OkStatus();
  return InvalidArgument("it does not read back as it was written");
}

}  // namespace

std::string_view CertificateKindName(CertificateKind kind) {
  return kind == CertificateKind::kUser ? "user" : "host";
}

absl::Time CertificateBody::valid_after() const { return FromUnixSeconds(valid_after_unix_s); }

absl::Time CertificateBody::valid_before() const { return FromUnixSeconds(valid_before_unix_s); }

Bytes CertificateBody::Encode() const {
  Writer writer;
  writer.String(CertificateTypeName(key.type())).String(nonce).Raw(FieldsOf(key));
  writer.Uint64(serial.value).Uint32(static_cast<uint32_t>(kind)).String(key_id);
  writer.Nested([&](Writer& list) {
    for (const std::string& principal : principals) list.String(principal);
  });
  writer.Uint64(valid_after_unix_s).Uint64(valid_before_unix_s);
  writer.Nested([&](Writer& list) { critical_options.WriteTo(list); });
  writer.Nested([&](Writer& list) { extensions.WriteTo(list); });
  writer.String(reserved).String(signature_key.blob());
  return writer.Take();
}

absl::StatusOr<Certificate> Certificate::Parse(BytesView blob) {
  return Annotate(ParseWhole(blob), "certificate");
}

absl::StatusOr<Certificate> Certificate::ParseLine(std::string_view line, std::string* comment) {
  if (line.size() > kMaxLineSize) {
    return InvalidArgument(fmt::format("certificate: a line of {} bytes is too long; at most {}",
                                       line.size(), kMaxLineSize));
  }
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
    return InvalidArgument("certificate: expected one line of text");
  }
  const std::string_view word = TakeWord(line);
  const std::string_view base64 = TakeWord(line);
  if (base64.empty()) {
    return InvalidArgument("certificate: expected 'TYPE BASE64 COMMENT', as in a -cert.pub file");
  }
  MAYFLY_ASSIGN_OR_RETURN(const Bytes blob, Annotate(Base64Decode(base64), "certificate"));
  MAYFLY_ASSIGN_OR_RETURN(Certificate certificate, Parse(blob));
  const std::string_view name = CertificateTypeName(certificate.body.key.type());
  if (word != name) {
    return InvalidArgument(
        fmt::format("certificate: the line says {} but holds {}", QuoteName(word), name));
  }
  if (comment != nullptr) *comment = std::string(TrimBlanks(line));
  return certificate;
}

Bytes Certificate::Encode() const {
  return Writer().Raw(body.Encode()).String(signature.Encode()).Take();
}

std::string Certificate::Line(std::string_view comment) const {
  std::string line =
      fmt::format("{} {}", CertificateTypeName(body.key.type()), Base64Encode(Encode()));
  if (!comment.empty()) line += fmt::format(" {}", comment);
  return line;
}

absl::Status Certificate::VerifySignature() const { return VerifyBytes(*this, body.Encode()); }

absl::StatusOr<Certificate> SignCertificate(const CertificateBody& body, const SignFunction& sign) {
  const Bytes to_be_signed = body.Encode();
  MAYFLY_RETURN_IF_ERROR(Annotate(CheckBody(body, to_be_signed), "certificate to be signed"));
  MAYFLY_ASSIGN_OR_RETURN(const Signature signature, sign(to_be_signed));
  const Bytes made = Writer().Raw(to_be_signed).String(signature.Encode()).Take();
  MAYFLY_ASSIGN_OR_RETURN(Certificate certificate, Certificate::Parse(made));
  if (certificate.body != body) return Internal("the signed certificate differs from its body");
  if (const absl::Status status = VerifyBytes(certificate, to_be_signed); !status.ok()) {
    return Internal(fmt::format("a faulty signature was made and dropped: {}", Message(status)));
  }
  return certificate;
}

bool IsCertificateTypeName(std::string_view name) {
  // OpenSSH's, of any version (v00 too), and the X.509 ones of RFC 6187.
  return name.find("-cert-v") != std::string_view::npos || name.starts_with("x509v3-");
}

}  // namespace mayfly::ssh
