// KrlDocument's writer; its reader is krl_reader.cc.
#include "ssh/krl_document.h"

#include <algorithm>

#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

// Each Write appends the type byte and the string that follows it.
struct PartWriter {
  Writer& writer;

  void operator()(const SerialList& list) const {
    writer.Byte(krl::kSerialList).Uint32(static_cast<uint32_t>(8 * list.serials.size()));
    for (const uint64_t serial : list.serials) writer.Uint64(serial);
  }
  void operator()(const SerialRange& range) const {
    writer.Byte(krl::kSerialRange).Uint32(16).Uint64(range.first).Uint64(range.last);
  }
  void operator()(const SerialBitmap& bitmap) const {
    const Bytes body = Writer().Uint64(bitmap.offset).Mpint(bitmap.bits).Take();
    writer.Byte(krl::kSerialBitmap).String(body);
  }
  void operator()(const KeyIdList& list) const {
    Writer body;
    for (const std::string& id : list.key_ids) body.String(id);
    writer.Byte(krl::kKeyIds).String(body.bytes());
  }
  void operator()(const KrlExtension& extension) const {
    writer.Byte(krl::kCertificateExtension).String(Body(extension));
  }

  static Bytes Body(const KrlExtension& extension) {
    return Writer()
        .String(extension.name)
        .Boolean(extension.critical)
        .String(extension.contents)
        .Take();
  }
};

struct SectionWriter {
  Writer& writer;

  void operator()(const CertificatesSection& section) const {
    Writer body;
    body.String(section.ca).String("");
    for (const CertificatesPart& part : section.parts) std::visit(PartWriter{body}, part);
    writer.Byte(krl::kCertificates).String(body.bytes());
  }
  void operator()(const ExplicitKeysSection& section) const {
    Strings(krl::kExplicitKeys, section.blobs);
  }
  void operator()(const Sha1Section& section) const { Strings(krl::kSha1, section.digests); }
  void operator()(const Sha256Section& section) const { Strings(krl::kSha256, section.digests); }
  void operator()(const KrlExtension& extension) const {
    writer.Byte(krl::kExtension).String(PartWriter::Body(extension));
  }

  template <typename T>
  void Strings(uint8_t type, const std::vector<T>& values) const {
    Writer body;
    for (const T& value : values) body.String(BytesView(value));
    writer.Byte(type).String(body.bytes());
  }
};

}  // namespace

Bytes KrlDocument::Encode() const {
  Writer writer;
  writer.Raw(AsBytes(krl::kMagic)).Uint32(krl::kFormatVersion);
  writer.Uint64(version).Uint64(generated_unix_s).Uint64(0);  // No flags are defined.
  writer.String("").String(comment);
  for (const KrlSection& section : sections) std::visit(SectionWriter{writer}, section);
  return writer.Take();
}

std::vector<SerialRange> RangesOf(const SerialBitmap& bitmap) {
  std::vector<SerialRange> ranges;
  const size_t size = bitmap.bits.size();
  for (size_t begin = 0; begin < size; begin += 8) {
    uint64_t word = 0;
    for (size_t byte = begin; byte < std::min(begin + 8, size); ++byte) {
      word |= uint64_t{bitmap.bits[size - 1 - byte]} << (byte - begin) * 8;
    }
    AppendRanges(bitmap.offset + begin * 8, word, ranges);
  }
  return ranges;
}

}  // namespace mayfly::ssh
