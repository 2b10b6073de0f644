// A key revocation list as it is laid out (OpenSSH's PROTOCOL.krl, format 1): header and sections,
// with nothing lost, so that what parses encodes to the same bytes. What it revokes is krl.h's.
#ifndef MAYFLY_SSH_KRL_DOCUMENT_H_
#define MAYFLY_SSH_KRL_DOCUMENT_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ssh/serial_set.h"
#include "ssh/sha1.h"

namespace mayfly::ssh {

// Hosts read lists whole, several times a login; a larger one is a mistake.
inline constexpr size_t kMaxKrlSize = 16 << 20;
// OpenSSH's sshbuf refuses an mpint above this, and with it the whole list.
inline constexpr size_t kMaxBitmapBits = 16384;
// No more serials than a list of kMaxKrlSize holds one by one, which costs sshd ten seconds a login
// and more; it bounds what a small file of bitmaps can grow to in memory.
inline constexpr size_t kMaxSerialRanges = 1 << 21;

struct KrlExtension {
  std::string name;
  bool critical = false;  // Never true in what parses: no critical extension is known.
  Bytes contents;
  friend bool operator==(const KrlExtension&, const KrlExtension&) = default;
};

// Parts of a certificates section.
struct SerialList {
  std::vector<uint64_t> serials;
  friend bool operator==(const SerialList&, const SerialList&) = default;
};
struct SerialBitmap {
  uint64_t offset = 0;  // The serial of bit 0.
  Bytes bits;           // Big-endian, first byte not 0: bit 0 is the last byte's lowest.
  friend bool operator==(const SerialBitmap&, const SerialBitmap&) = default;
};
struct KeyIdList {
  std::vector<std::string> key_ids;
  friend bool operator==(const KeyIdList&, const KeyIdList&) = default;
};
using CertificatesPart =
    std::variant<SerialList, SerialRange, SerialBitmap, KeyIdList, KrlExtension>;

// Sections.
struct CertificatesSection {
  Bytes ca;  // The blob of a plain key; empty for any CA.
  std::vector<CertificatesPart> parts;
  friend bool operator==(const CertificatesSection&, const CertificatesSection&) = default;
};
struct ExplicitKeysSection {
  std::vector<Bytes> blobs;  // Plain keys, of any type: old lists hold ssh-dss.
  friend bool operator==(const ExplicitKeysSection&, const ExplicitKeysSection&) = default;
};
struct Sha1Section {
  std::vector<Sha1Digest> digests;
  friend bool operator==(const Sha1Section&, const Sha1Section&) = default;
};
struct Sha256Section {
  std::vector<Sha256Digest> digests;
  friend bool operator==(const Sha256Section&, const Sha256Section&) = default;
};
using KrlSection = std::variant<CertificatesSection, ExplicitKeysSection, Sha1Section,
                                Sha256Section, KrlExtension>;

struct KrlDocument {
  uint64_t version = 0;
  uint64_t generated_unix_s = 0;
  std::string comment;
  std::vector<KrlSection> sections;

  // Refuses what sshd refuses, and what the format forbids though sshd bears it: signature
  // sections, serial 0, bitmaps above kMaxBitmapBits, empty or past 2^64-1, fingerprints that are
  // not sorted, a serial that is revoked twice for one CA, empty sections, certificates among the
  // keys, critical extensions, reserved fields and flags in use. Bounded by kMaxKrlSize and
  // kMaxSerialRanges. kInvalidArgument: "at byte N: what is wrong".
  static absl::StatusOr<KrlDocument> Parse(BytesView blob);
  // The bytes that parsed, for what came from Parse.
  Bytes Encode() const;
  friend bool operator==(const KrlDocument&, const KrlDocument&) = default;
};

// The ranges of a bitmap's set bits, ascending. `bitmap` is one that Parse would take.
std::vector<SerialRange> RangesOf(const SerialBitmap& bitmap);

namespace krl {
// As on the wire.
inline constexpr std::string_view kMagic("SSHKRL\n\0", 8);
inline constexpr uint32_t kFormatVersion = 1;
inline constexpr uint8_t kCertificates = 1;
inline constexpr uint8_t kExplicitKeys = 2;
inline constexpr uint8_t kSha1 = 3;
inline constexpr uint8_t kSignature = 4;
inline constexpr uint8_t kSha256 = 5;
inline constexpr uint8_t kExtension = 255;
inline constexpr uint8_t kSerialList = 0x20;
inline constexpr uint8_t kSerialRange = 0x21;
inline constexpr uint8_t kSerialBitmap = 0x22;
inline constexpr uint8_t kKeyIds = 0x23;
inline constexpr uint8_t kCertificateExtension = 0x39;
}  // namespace krl

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_KRL_DOCUMENT_H_
