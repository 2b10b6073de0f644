// KrlDocument's reader.
#include <algorithm>
#include <map>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "ssh/certificate.h"
#include "ssh/krl_document.h"
#include "ssh/public_key.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

// A range as it was read, to find what is revoked twice and to say where.
struct Claim {
  SerialRange range;
  size_t offset = 0;
};

bool IsKnownKeyType(std::string_view name) {
  const std::vector<KeyType>& types = AllKeyTypes();
  return std::any_of(types.begin(), types.end(),
                     [&](KeyType type) { return KeyTypeName(type) == name; });
}

// A plain key of any type: what this library does not know (ssh-dss) is kept as it is, because a
// list that forgot it would let it in again.
absl::Status CheckExplicitKey(BytesView blob) {
  const absl::StatusOr<BytesView> raw_name = Reader(blob).ReadString();
  if (!raw_name.ok()) return InvalidArgument("this is no key");
  const std::string_view name = AsText(*raw_name);
  const bool printable =
      std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (name.empty() || name.size() > 64 || !printable) return InvalidArgument("this is no key");
  if (IsCertificateTypeName(name)) {
    return InvalidArgument(fmt::format(
        "a certificate ({}) among the keys never matches anything; revoke its serial, its key ID "
        "or its plain key",
        name));
  }
  return IsKnownKeyType(name) ? PublicKey::ParseBlob(blob).status() : absl::OkStatus();
}

class KrlReader {
 public:
  explicit KrlReader(BytesView blob) : blob_(blob) {}

  absl::StatusOr<KrlDocument> Read() {
    if (blob_.size() > kMaxKrlSize) {
      return InvalidArgument(
          fmt::format("{} bytes are too large a list; at most {}", blob_.size(), kMaxKrlSize));
    }
    Reader reader(blob_);
    MAYFLY_RETURN_IF_ERROR(ReadHeader(reader));
    while (!reader.AtEnd()) {
      MAYFLY_ASSIGN_OR_RETURN(KrlSection section, ReadSection(reader));
      document_.sections.push_back(std::move(section));
    }
    MAYFLY_RETURN_IF_ERROR(CheckClaims());
    return std::move(document_);
  }

 private:
  size_t OffsetOf(const Reader& reader) const {
    return static_cast<size_t>(reader.rest().data() - blob_.data());
  }
  static absl::Status Fail(size_t offset, std::string_view what) {
    return InvalidArgument(fmt::format("at byte {}: {}", offset, what));
  }
  absl::Status Fail(const Reader& reader, std::string_view what) const {
    return Fail(OffsetOf(reader), what);
  }
  // Reads one value with `read`, a method of Reader, and says where it stood when it is none.
  template <typename Read>
  auto Take(Reader& reader, std::string_view noun, Read read) const -> decltype((reader.*read)()) {
    const size_t offset = OffsetOf(reader);
    auto value = (reader.*read)();
    if (value.ok()) return value;
    return Fail(offset, fmt::format("{}: {}", noun, Message(value.status())));
  }

  absl::Status ReadHeader(Reader& reader) {
    const absl::StatusOr<BytesView> magic = reader.ReadRaw(krl::kMagic.size());
    if (!magic.ok() || AsText(*magic) != krl::kMagic) {
      return InvalidArgument("this is no key revocation list: it does not begin with SSHKRL");
    }
    size_t at = OffsetOf(reader);
    MAYFLY_ASSIGN_OR_RETURN(const uint32_t format,
                            Take(reader, "format version", &Reader::ReadUint32));
    if (format != krl::kFormatVersion) {
      return Fail(at, fmt::format("format version {} is unknown; expected {}", format,
                                  krl::kFormatVersion));
    }
    MAYFLY_ASSIGN_OR_RETURN(document_.version, Take(reader, "version", &Reader::ReadUint64));
    MAYFLY_ASSIGN_OR_RETURN(document_.generated_unix_s, Take(reader, "date", &Reader::ReadUint64));
    at = OffsetOf(reader);
    MAYFLY_ASSIGN_OR_RETURN(const uint64_t flags, Take(reader, "flags", &Reader::ReadUint64));
    if (flags != 0) return Fail(at, fmt::format("flags 0x{:x} are unknown", flags));
    MAYFLY_RETURN_IF_ERROR(ReadReserved(reader));
    MAYFLY_ASSIGN_OR_RETURN(document_.comment, Take(reader, "comment", &Reader::ReadText));
    return absl::OkStatus();
  }

  absl::Status ReadReserved(Reader& reader) const {
    const size_t at = OffsetOf(reader);
    MAYFLY_ASSIGN_OR_RETURN(const BytesView reserved,
                            Take(reader, "reserved field", &Reader::ReadString));
    return reserved.empty() ? absl::OkStatus() : Fail(at, "the reserved field is not empty");
  }

  absl::StatusOr<KrlSection> ReadSection(Reader& reader) {
    const size_t at = OffsetOf(reader);
    MAYFLY_ASSIGN_OR_RETURN(const uint8_t type, Take(reader, "section type", &Reader::ReadByte));
    if (type == krl::kSignature) {
      return Fail(at,
                  "a signature section: OpenSSH 9.4 and later refuse a list that has one; sign the "
                  "file beside it (SSHSIG)");
    }
    const std::string noun = fmt::format("section of type {}", type);
    MAYFLY_ASSIGN_OR_RETURN(const BytesView body, Take(reader, noun, &Reader::ReadString));
    if (body.empty()) return Fail(at, fmt::format("the {} is empty", noun));
    Reader inside(body);
    switch (type) {
      case krl::kCertificates:
        return ReadCertificates(inside);
      case krl::kExplicitKeys:
        return ReadExplicitKeys(inside);
      case krl::kSha1:
        return ReadDigests<Sha1Section, Sha1Digest>(inside, "SHA-1");
      case krl::kSha256:
        return ReadDigests<Sha256Section, Sha256Digest>(inside, "SHA-256");
      case krl::kExtension:
        return ReadExtension(inside);
      default:
        return Fail(at, fmt::format("a section of unknown type {}", type));
    }
  }

  absl::StatusOr<KrlSection> ReadExplicitKeys(Reader& reader) const {
    ExplicitKeysSection section;
    while (!reader.AtEnd()) {
      const size_t at = OffsetOf(reader);
      MAYFLY_ASSIGN_OR_RETURN(const BytesView blob,
                              Take(reader, "explicit key", &Reader::ReadString));
      if (const absl::Status status = CheckExplicitKey(blob); !status.ok()) {
        return Fail(at, fmt::format("explicit key: {}", Message(status)));
      }
      section.blobs.push_back(ToBytes(blob));
    }
    return section;
  }

  template <typename Section, typename Digest>
  absl::StatusOr<KrlSection> ReadDigests(Reader& reader, std::string_view name) const {
    Section section;
    while (!reader.AtEnd()) {
      const size_t at = OffsetOf(reader);
      const std::string noun = fmt::format("{} fingerprint", name);
      MAYFLY_ASSIGN_OR_RETURN(const BytesView bytes, Take(reader, noun, &Reader::ReadString));
      Digest digest;
      if (bytes.size() != digest.size()) {
        return Fail(
            at, fmt::format("a {} has {} bytes; expected {}", noun, bytes.size(), digest.size()));
      }
      std::copy(bytes.begin(), bytes.end(), digest.begin());
      if (!section.digests.empty() && digest <= section.digests.back()) {
        return Fail(at, fmt::format("the {}s are not sorted, or one appears twice", noun));
      }
      section.digests.push_back(digest);
    }
    return section;
  }

  absl::StatusOr<KrlExtension> ReadExtension(Reader& reader) const {
    const size_t at = OffsetOf(reader);
    KrlExtension extension;
    MAYFLY_ASSIGN_OR_RETURN(extension.name, Take(reader, "extension name", &Reader::ReadText));
    MAYFLY_ASSIGN_OR_RETURN(extension.critical,
                            Take(reader, "critical flag", &Reader::ReadBoolean));
    MAYFLY_ASSIGN_OR_RETURN(const BytesView contents,
                            Take(reader, "extension contents", &Reader::ReadString));
    MAYFLY_RETURN_IF_ERROR(ExpectEnd(reader, "an extension"));
    if (extension.critical) {
      return Fail(at, fmt::format("the critical extension '{}' is unknown",
                                  EscapeForTerminal(extension.name.substr(0, 64))));
    }
    extension.contents = ToBytes(contents);
    return extension;
  }

  absl::Status ExpectEnd(const Reader& reader, std::string_view noun) const {
    if (reader.AtEnd()) return absl::OkStatus();
    return Fail(reader,
                fmt::format("{} bytes too many at the end of {}", reader.rest().size(), noun));
  }

  absl::StatusOr<KrlSection> ReadCertificates(Reader& reader) {
    CertificatesSection section;
    size_t at = OffsetOf(reader);
    MAYFLY_ASSIGN_OR_RETURN(const BytesView ca, Take(reader, "CA key", &Reader::ReadString));
    if (!ca.empty()) {
      const absl::Status status = PublicKey::ParseBlob(ca).status();
      if (!status.ok()) return Fail(at, fmt::format("CA key: {}", Message(status)));
    }
    section.ca = ToBytes(ca);
    claims_ = &claims_by_ca_[section.ca];
    MAYFLY_RETURN_IF_ERROR(ReadReserved(reader));
    if (reader.AtEnd()) return Fail(at, "the certificates section revokes nothing");
    while (!reader.AtEnd()) {
      MAYFLY_ASSIGN_OR_RETURN(CertificatesPart part, ReadPart(reader));
      section.parts.push_back(std::move(part));
    }
    return section;
  }

  absl::StatusOr<CertificatesPart> ReadPart(Reader& reader) {
    const size_t at = OffsetOf(reader);
    MAYFLY_ASSIGN_OR_RETURN(const uint8_t type, Take(reader, "subsection type", &Reader::ReadByte));
    const std::string noun = fmt::format("subsection of type 0x{:02x}", type);
    MAYFLY_ASSIGN_OR_RETURN(const BytesView body, Take(reader, noun, &Reader::ReadString));
    if (body.empty()) return Fail(at, fmt::format("the {} is empty", noun));
    Reader inside(body);
    switch (type) {
      case krl::kSerialList:
        return ReadSerialList(inside);
      case krl::kSerialRange:
        return ReadSerialRange(inside);
      case krl::kSerialBitmap:
        return ReadSerialBitmap(inside);
      case krl::kKeyIds:
        return ReadKeyIds(inside);
      case krl::kCertificateExtension:
        return ReadExtension(inside);
      default:
        return Fail(at, fmt::format("a subsection of unknown type 0x{:02x}", type));
    }
  }

  absl::StatusOr<CertificatesPart> ReadSerialList(Reader& reader) {
    SerialList list;
    list.serials.reserve(reader.rest().size() / 8);  // Of bytes that are there.
    while (!reader.AtEnd()) {
      const size_t at = OffsetOf(reader);
      MAYFLY_ASSIGN_OR_RETURN(const uint64_t serial, Take(reader, "serial", &Reader::ReadUint64));
      MAYFLY_RETURN_IF_ERROR(Claimed({serial, serial}, at));
      list.serials.push_back(serial);
    }
    return list;
  }

  absl::StatusOr<CertificatesPart> ReadSerialRange(Reader& reader) {
    const size_t at = OffsetOf(reader);
    SerialRange range;
    MAYFLY_ASSIGN_OR_RETURN(range.first, Take(reader, "first serial", &Reader::ReadUint64));
    MAYFLY_ASSIGN_OR_RETURN(range.last, Take(reader, "last serial", &Reader::ReadUint64));
    MAYFLY_RETURN_IF_ERROR(ExpectEnd(reader, "a range"));
    MAYFLY_RETURN_IF_ERROR(Claimed(range, at));
    return range;
  }

  absl::StatusOr<CertificatesPart> ReadSerialBitmap(Reader& reader) {
    const size_t at = OffsetOf(reader);
    SerialBitmap bitmap;
    MAYFLY_ASSIGN_OR_RETURN(bitmap.offset, Take(reader, "first serial", &Reader::ReadUint64));
    const size_t mpint_at = OffsetOf(reader);
    const absl::StatusOr<BytesView> bits = reader.ReadMpint(kMaxBitmapBits / 8);
    if (!bits.ok()) return Fail(mpint_at, fmt::format("bitmap: {}", Message(bits.status())));
    MAYFLY_RETURN_IF_ERROR(ExpectEnd(reader, "a bitmap"));
    if (bits->empty()) return Fail(at, "the bitmap is empty");
    bitmap.bits = ToBytes(*bits);
    size_t highest = bitmap.bits.size() * 8 - 1;
    while ((bitmap.bits.front() >> highest % 8) == 0) --highest;
    if (bitmap.offset + highest < bitmap.offset) {
      return Fail(at, "the bitmap goes on past the last serial, 2^64-1");
    }
    for (const SerialRange& range : RangesOf(bitmap)) {
      MAYFLY_RETURN_IF_ERROR(Claimed(range, at));
    }
    return bitmap;
  }

  absl::StatusOr<CertificatesPart> ReadKeyIds(Reader& reader) const {
    KeyIdList list;
    while (!reader.AtEnd()) {
      MAYFLY_ASSIGN_OR_RETURN(std::string id, Take(reader, "key ID", &Reader::ReadText));
      list.key_ids.push_back(std::move(id));
    }
    return list;
  }

  absl::Status Claimed(const SerialRange& range, size_t offset) {
    if (range.first == 0) {
      return Fail(offset, "serial 0: sshd refuses the whole list, and with it every key");
    }
    if (range.first > range.last) {
      return Fail(offset,
                  fmt::format("the range {}-{} ends before it begins", range.first, range.last));
    }
    if (++claimed_ > kMaxSerialRanges) {
      return Fail(offset, fmt::format("more than {} separate ranges of serials: no sshd could "
                                      "work with such a list",
                                      kMaxSerialRanges));
    }
    claims_->push_back({range, offset});
    return absl::OkStatus();
  }

  absl::Status CheckClaims() {
    for (auto& [ca, claims] : claims_by_ca_) {
      const auto by_first = [](const Claim& a, const Claim& b) { return a.range < b.range; };
      if (!std::is_sorted(claims.begin(), claims.end(), by_first)) {
        std::sort(claims.begin(), claims.end(), by_first);
      }
      for (size_t i = 1; i < claims.size(); ++i) {
        if (claims[i].range.first > claims[i - 1].range.last) continue;
        return Fail(std::max(claims[i].offset, claims[i - 1].offset),
                    fmt::format("serial {} is revoked twice for one CA: ranges overlap",
                                claims[i].range.first));
      }
    }
    return absl::OkStatus();
  }

  const BytesView blob_;
  KrlDocument document_;
  std::map<Bytes, std::vector<Claim>> claims_by_ca_;
  std::vector<Claim>* claims_ = nullptr;  // Of the section that is read.
  size_t claimed_ = 0;
};

}  // namespace

absl::StatusOr<KrlDocument> KrlDocument::Parse(BytesView blob) {
  return Annotate(KrlReader(blob).Read(), "key revocation list");
}

}  // namespace mayfly::ssh
