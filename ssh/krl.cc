#include "ssh/krl.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

constexpr std::string_view kMagic("SSHKRL\n\0", 8);
constexpr uint32_t kFormatVersion = 1;

constexpr uint8_t kCertificatesSection = 1;
constexpr uint8_t kExplicitKeySection = 2;
constexpr uint8_t kKeyIdSubsection = 0x23;

std::string SectionName(uint8_t type) {
  switch (type) {
    case kCertificatesSection:
      return "certificates";
    case kExplicitKeySection:
      return "explicit keys";
    case 3:
      return "SHA-1 fingerprints";
    case 4:
      return "signature";
    case 5:
      return "SHA-256 fingerprints";
    case 255:
      return "extension";
    default:
      return fmt::format("unknown type {}", type);
  }
}

std::string SubsectionName(uint8_t type) {
  switch (type) {
    case 0x20:
      return "serial list";
    case 0x21:
      return "serial range";
    case 0x22:
      return "serial bitmap";
    case 0x39:
      return "certificate extension";
    default:
      return fmt::format("unknown type 0x{:02x}", type);
  }
}

template <typename T>
std::vector<T> SortedUnique(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

absl::Status CheckOrder(bool ascending, std::string_view what) {
  if (ascending) return absl::OkStatus();
  return InvalidArgument(fmt::format("{} are not sorted, or one appears twice", what));
}

absl::Status ParseHeader(Reader& reader, Krl& krl) {
  const absl::StatusOr<BytesView> magic = reader.ReadRaw(kMagic.size());
  if (!magic.ok() || AsText(*magic) != kMagic) {
    return InvalidArgument("this is no key revocation list: it does not begin with SSHKRL");
  }
  MAYFLY_ASSIGN_OR_RETURN(const uint32_t format, Annotate(reader.ReadUint32(), "format version"));
  if (format != kFormatVersion) {
    return InvalidArgument(
        fmt::format("format version {} is unknown; expected {}", format, kFormatVersion));
  }
  MAYFLY_ASSIGN_OR_RETURN(krl.version, Annotate(reader.ReadUint64(), "version"));
  MAYFLY_ASSIGN_OR_RETURN(krl.generated_unix_s, Annotate(reader.ReadUint64(), "date"));
  MAYFLY_ASSIGN_OR_RETURN(const uint64_t flags, Annotate(reader.ReadUint64(), "flags"));
  if (flags != 0) return InvalidArgument(fmt::format("flags 0x{:x} are unknown", flags));
  MAYFLY_ASSIGN_OR_RETURN(const BytesView reserved, Annotate(reader.ReadString(), "reserved"));
  if (!reserved.empty()) return InvalidArgument("the reserved field of the header is not empty");
  MAYFLY_ASSIGN_OR_RETURN(krl.comment, Annotate(reader.ReadText(), "comment"));
  return absl::OkStatus();
}

// The body of a certificates section: key IDs for any CA, and nothing else.
absl::Status ParseCertificates(BytesView body, Krl& krl) {
  Reader reader(body);
  MAYFLY_ASSIGN_OR_RETURN(const BytesView ca, Annotate(reader.ReadString(), "CA key"));
  if (!ca.empty()) {
    return InvalidArgument("the section is bound to one CA; expected an empty CA key");
  }
  MAYFLY_ASSIGN_OR_RETURN(const BytesView reserved, Annotate(reader.ReadString(), "reserved"));
  if (!reserved.empty()) return InvalidArgument("the reserved field is not empty");
  MAYFLY_ASSIGN_OR_RETURN(const uint8_t type, Annotate(reader.ReadByte(), "subsection type"));
  if (type != kKeyIdSubsection) {
    return InvalidArgument(
        fmt::format("subsection ({}) is not supported; expected key IDs", SubsectionName(type)));
  }
  MAYFLY_ASSIGN_OR_RETURN(const BytesView ids, Annotate(reader.ReadString(), "key IDs"));
  MAYFLY_RETURN_IF_ERROR(Annotate(reader.ExpectEnd(), "after the key IDs"));
  if (ids.empty()) return InvalidArgument("the list of key IDs is empty");
  Reader id_reader(ids);
  while (!id_reader.AtEnd()) {
    MAYFLY_ASSIGN_OR_RETURN(std::string id, Annotate(id_reader.ReadText(), "key ID"));
    MAYFLY_RETURN_IF_ERROR(
        CheckOrder(krl.key_ids.empty() || krl.key_ids.back() < id, "the key IDs"));
    krl.key_ids.push_back(std::move(id));
  }
  return absl::OkStatus();
}

absl::Status ParseKeys(BytesView body, Krl& krl) {
  if (body.empty()) return InvalidArgument("the list of keys is empty");
  Reader reader(body);
  while (!reader.AtEnd()) {
    MAYFLY_ASSIGN_OR_RETURN(const BytesView blob, Annotate(reader.ReadString(), "key"));
    MAYFLY_ASSIGN_OR_RETURN(PublicKey key, PublicKey::ParseBlob(blob));
    MAYFLY_RETURN_IF_ERROR(CheckOrder(krl.keys.empty() || krl.keys.back() < key, "the keys"));
    krl.keys.push_back(std::move(key));
  }
  return absl::OkStatus();
}

// `last` is the type of the section before, 0 at first: each type may come once, in rising order,
// so that a list has one encoding.
absl::Status ParseSection(Reader& reader, uint8_t& last, Krl& krl) {
  MAYFLY_ASSIGN_OR_RETURN(const uint8_t type, Annotate(reader.ReadByte(), "section type"));
  const std::string noun = fmt::format("section ({})", SectionName(type));
  if (type != kCertificatesSection && type != kExplicitKeySection) {
    return InvalidArgument(
        fmt::format("{} is not supported; expected certificates or explicit keys", noun));
  }
  if (type <= last) return InvalidArgument(fmt::format("{} is repeated or out of order", noun));
  last = type;
  MAYFLY_ASSIGN_OR_RETURN(const BytesView body, Annotate(reader.ReadString(), noun));
  return Annotate(
      type == kCertificatesSection ? ParseCertificates(body, krl) : ParseKeys(body, krl), noun);
}

}  // namespace

Bytes Krl::Encode() const {
  Writer writer;
  writer.Raw(AsBytes(kMagic)).Uint32(kFormatVersion).Uint64(version).Uint64(generated_unix_s);
  writer.Uint64(0).String("").String(comment);  // Flags, reserved, comment.
  if (!key_ids.empty()) {
    Writer ids;
    for (const std::string& id : SortedUnique(key_ids)) ids.String(id);
    Writer section;
    section.String("").String("").Byte(kKeyIdSubsection).String(ids.bytes());
    writer.Byte(kCertificatesSection).String(section.bytes());
  }
  if (!keys.empty()) {
    Writer section;
    for (const PublicKey& key : SortedUnique(keys)) section.String(key.blob());
    writer.Byte(kExplicitKeySection).String(section.bytes());
  }
  return writer.Take();
}

absl::StatusOr<Krl> Krl::Parse(BytesView blob) {
  if (blob.size() > kMaxKrlSize) {
    return InvalidArgument(fmt::format("a key revocation list of {} bytes is too large; at most {}",
                                       blob.size(), kMaxKrlSize));
  }
  Krl krl;
  Reader reader(blob);
  MAYFLY_RETURN_IF_ERROR(Annotate(ParseHeader(reader, krl), "key revocation list"));
  uint8_t last = 0;
  while (!reader.AtEnd()) {
    MAYFLY_RETURN_IF_ERROR(Annotate(ParseSection(reader, last, krl), "key revocation list"));
  }
  return krl;
}

}  // namespace mayfly::ssh
