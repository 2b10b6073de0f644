#include "ssh/public_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ssh/curve.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

constexpr size_t kEd25519PointSize = 32;
constexpr size_t kMldsa44KeySize = 1312;  // FIPS 204, table 2.
constexpr size_t kMaxTypeName = 64;       // Longer than any type's name.
constexpr size_t kMaxLine = 16 << 10;     // An RSA-16384 key has 2.8 KiB of base64.
constexpr std::string_view kFingerprintPrefix = "SHA256:";
constexpr size_t kFingerprintDigits = 43;  // 32 bytes of base64 without padding.

struct TypeNames {
  KeyType type;
  std::string_view name;
  std::string_view certificate;
  std::string_view short_name;
};

constexpr TypeNames kTypeNames[] = {
    {KeyType::kEd25519, "ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com", "ed25519"},
    {KeyType::kEcdsaP256, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256-cert-v01@openssh.com",
     "ecdsa-p256"},
    {KeyType::kEcdsaP384, "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384-cert-v01@openssh.com",
     "ecdsa-p384"},
    {KeyType::kEcdsaP521, "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521-cert-v01@openssh.com",
     "ecdsa-p521"},
    {KeyType::kRsa, "ssh-rsa", "ssh-rsa-cert-v01@openssh.com", "rsa"},
    {KeyType::kSkEd25519, "sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com",
     "sk-ed25519"},
    {KeyType::kSkEcdsaP256, "sk-ecdsa-sha2-nistp256@openssh.com",
     "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ecdsa-p256"},
    {KeyType::kMldsa44Ed25519, "ssh-mldsa44-ed25519@openssh.com",
     "ssh-mldsa44-ed25519-cert-v01@openssh.com", "mldsa44-ed25519"},
};

const TypeNames& NamesOf(KeyType type) {
  for (const TypeNames& names : kTypeNames) {
    if (names.type == type) return names;
  }
  MAYFLY_CHECK(false && "a key type without names");
  return kTypeNames[0];
}

std::string Quoted(std::string_view text) {
  const bool cut = text.size() > kMaxTypeName;
  return fmt::format("\"{}{}\"", EscapeForTerminal(text.substr(0, kMaxTypeName)), cut ? "…" : "");
}

std::string ListOfNames(std::string_view TypeNames::*name) {
  std::string list;
  for (const TypeNames& names : kTypeNames) {
    if (!list.empty()) list += ", ";
    list += names.*name;
  }
  return list;
}

// The plain key type called `name`. A certificate is refused here, before anything behind its name
// is looked at: nested certificates have been mistaken for keys elsewhere (CVE-2025-49825).
absl::StatusOr<KeyType> ParseTypeName(std::string_view name) {
  for (const TypeNames& names : kTypeNames) {
    if (name == names.name) return names.type;
  }
  if (name.find("-cert-v0") != std::string_view::npos) {
    return InvalidArgument(
        fmt::format("{} is a certificate: a plain public key is expected (the .pub file without "
                    "\"-cert\")",
                    Quoted(name)));
  }
  if (name == "ssh-dss") {
    return InvalidArgument(
        "DSA keys (ssh-dss) are too weak to be accepted: make a new key with `ssh-keygen -t "
        "ed25519`");
  }
  return InvalidArgument(fmt::format("unknown key type {}: expected one of {}", Quoted(name),
                                     ListOfNames(&TypeNames::name)));
}

int BitLength(BytesView magnitude) {
  if (magnitude.empty()) return 0;
  return static_cast<int>(magnitude.size()) * 8 - std::countl_zero(magnitude[0]);
}

// What people give by mistake for a public key's line.
absl::Status CheckNotAnotherFile(std::string_view line) {
  if (line.starts_with("-----BEGIN") || line.starts_with("PuTTY-User-Key-File")) {
    return InvalidArgument("this is a private key: give the .pub file that belongs to it");
  }
  if (line.starts_with("---- BEGIN SSH2 PUBLIC KEY")) {
    return InvalidArgument(
        "this is a public key in RFC 4716 form: convert it with `ssh-keygen -i -f FILE`");
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view KeyTypeName(KeyType type) { return NamesOf(type).name; }
std::string_view CertificateTypeName(KeyType type) { return NamesOf(type).certificate; }
std::string_view KeyTypeShortName(KeyType type) { return NamesOf(type).short_name; }

absl::StatusOr<KeyType> ParseKeyTypeShortName(std::string_view name) {
  for (const TypeNames& names : kTypeNames) {
    if (name == names.short_name) return names.type;
  }
  return InvalidArgument(fmt::format("unknown key type {}: expected one of {}", Quoted(name),
                                     ListOfNames(&TypeNames::short_name)));
}

const std::vector<KeyType>& AllKeyTypes() {
  static const auto* const kAll = [] {
    auto* all = new std::vector<KeyType>;
    for (const TypeNames& names : kTypeNames) all->push_back(names.type);
    return all;
  }();
  return *kAll;
}

bool IsSecurityKey(KeyType type) {
  return type == KeyType::kSkEd25519 || type == KeyType::kSkEcdsaP256;
}

absl::StatusOr<Fingerprint> Fingerprint::Parse(std::string_view text) {
  const bool shaped = text.starts_with(kFingerprintPrefix) &&
                      text.size() == kFingerprintPrefix.size() + kFingerprintDigits;
  if (!shaped || !Base64Decode(std::string(text.substr(kFingerprintPrefix.size())) + "=").ok()) {
    return InvalidArgument(
        fmt::format("{} is not a fingerprint: expected \"SHA256:\" and 43 characters, as "
                    "`ssh-keygen -l` prints",
                    Quoted(text)));
  }
  return Fingerprint{std::string(text)};
}

Fingerprint FingerprintOf(BytesView key_blob) {
  return {std::string(kFingerprintPrefix) + Base64EncodeUnpadded(Sha256(key_blob))};
}

const Fingerprint& PublicKey::Fingerprint() const {
  std::call_once(parts_->once, [this] { parts_->fingerprint = FingerprintOf(blob()); });
  return parts_->fingerprint;
}

absl::StatusOr<PublicKey> PublicKey::ParseBlob(BytesView blob) {
  Reader reader(blob);
  MAYFLY_ASSIGN_OR_RETURN(const BytesView type_name, Annotate(reader.ReadString(), "key type"));
  const auto parts = std::make_shared<Parts>();
  MAYFLY_ASSIGN_OR_RETURN(parts->type, ParseTypeName(AsText(type_name)));
  const std::string_view name = KeyTypeName(parts->type);
  MAYFLY_RETURN_IF_ERROR(Annotate(ReadComponents(reader, *parts), name));
  if (IsSecurityKey(parts->type)) {
    MAYFLY_ASSIGN_OR_RETURN(parts->application,
                            Annotate(reader.ReadText(), fmt::format("{}: application", name)));
  }
  MAYFLY_RETURN_IF_ERROR(Annotate(reader.ExpectEnd(), name));
  parts->blob = ToBytes(blob);
  return PublicKey(parts);
}

absl::Status PublicKey::ReadComponents(Reader& reader, Parts& parts) {
  switch (parts.type) {
    case KeyType::kEd25519:
    case KeyType::kSkEd25519: {
      MAYFLY_ASSIGN_OR_RETURN(const BytesView point, Annotate(reader.ReadString(), "point"));
      if (point.size() != kEd25519PointSize) {
        return InvalidArgument(fmt::format("the point must have {} bytes, it has {}",
                                           kEd25519PointSize, point.size()));
      }
      parts.point = ToBytes(point);
      parts.bits = 256;
      return absl::OkStatus();
    }
    case KeyType::kMldsa44Ed25519: {
      MAYFLY_ASSIGN_OR_RETURN(const BytesView keys, Annotate(reader.ReadString(), "keys"));
      if (keys.size() != kMldsa44KeySize + kEd25519PointSize) {
        return InvalidArgument(fmt::format("the two keys must have {} bytes, they have {}",
                                           kMldsa44KeySize + kEd25519PointSize, keys.size()));
      }
      parts.mldsa_key = ToBytes(keys.first(kMldsa44KeySize));
      parts.point = ToBytes(keys.subspan(kMldsa44KeySize));
      parts.bits = 256;
      return absl::OkStatus();
    }
    case KeyType::kRsa: {
      MAYFLY_ASSIGN_OR_RETURN(const BytesView exponent, Annotate(reader.ReadMpint(), "exponent"));
      MAYFLY_ASSIGN_OR_RETURN(const BytesView modulus, Annotate(reader.ReadMpint(), "modulus"));
      if (exponent.empty() || modulus.empty()) return InvalidArgument("an RSA number is zero");
      parts.exponent = ToBytes(exponent);
      parts.modulus = ToBytes(modulus);
      parts.bits = BitLength(modulus);
      return absl::OkStatus();
    }
    case KeyType::kEcdsaP256:
    case KeyType::kEcdsaP384:
    case KeyType::kEcdsaP521:
    case KeyType::kSkEcdsaP256: {
      const Curve& curve = CurveOf(parts.type);
      MAYFLY_ASSIGN_OR_RETURN(const BytesView name, Annotate(reader.ReadString(), "curve"));
      if (AsText(name) != curve.name) {
        return InvalidArgument(
            fmt::format("the curve must be {}, not {}", curve.name, Quoted(AsText(name))));
      }
      MAYFLY_ASSIGN_OR_RETURN(const BytesView point, Annotate(reader.ReadString(), "point"));
      MAYFLY_RETURN_IF_ERROR(CheckPoint(curve, point));
      parts.point = ToBytes(point);
      parts.bits = curve.bits;
      return absl::OkStatus();
    }
  }
  return Internal("a key type without components");
}

absl::StatusOr<PublicKey> PublicKey::ParseLine(std::string_view line, std::string* comment) {
  MAYFLY_RETURN_IF_ERROR(CheckNotAnotherFile(line));
  if (line.size() > kMaxLine) {
    return InvalidArgument(
        fmt::format("a public key line has at most {} bytes, this has {}", kMaxLine, line.size()));
  }
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
    return InvalidArgument("a public key must be one line of text");
  }
  const size_t type_end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view type_word = line.substr(0, type_end);
  if (type_word.empty()) {
    return InvalidArgument("a public key is expected, such as \"ssh-ed25519 AAAA… comment\"");
  }
  // The type word is never trusted, but a wrong one is a trick to name an option or another
  // algorithm.
  MAYFLY_ASSIGN_OR_RETURN(const KeyType type, ParseTypeName(type_word));
  const std::string_view rest = TrimBlanks(line.substr(type_end));
  const size_t base64_end = std::min(rest.find_first_of(" \t"), rest.size());
  MAYFLY_ASSIGN_OR_RETURN(const Bytes blob,
                          Annotate(Base64Decode(rest.substr(0, base64_end)), "public key"));
  MAYFLY_ASSIGN_OR_RETURN(PublicKey key, ParseBlob(blob));
  if (key.type() != type) {
    return InvalidArgument(fmt::format("the line says {} but the key inside is {}",
                                       KeyTypeName(type), KeyTypeName(key.type())));
  }
  if (comment != nullptr) *comment = std::string(TrimBlanks(rest.substr(base64_end)));
  return key;
}

PublicKey PublicKey::Ed25519(BytesView point_32_bytes) {
  MAYFLY_CHECK(point_32_bytes.size() == kEd25519PointSize);
  const auto parts = std::make_shared<Parts>();
  parts->type = KeyType::kEd25519;
  parts->bits = 256;
  parts->point = ToBytes(point_32_bytes);
  parts->blob = Writer().String(KeyTypeName(parts->type)).String(point_32_bytes).Take();
  return PublicKey(parts);
}

std::string PublicKey::Line(std::string_view comment) const {
  std::string line = fmt::format("{} {}", KeyTypeName(type()), Base64Encode(blob()));
  if (comment.empty()) return line;
  line += ' ';
  for (const char c : comment) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return line;
}

}  // namespace mayfly::ssh
