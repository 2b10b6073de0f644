// What a reader of revocation lists must refuse, and what it must keep.
#include "base/file.h"
#include "ssh/certificate.h"
#include "ssh/krl.h"
#include "ssh/krl_document.h"
#include "ssh/wire.h"
#include "tests/ssh/keygen_world.h"
#include "tests/ssh/raw_certificate.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::absl::StatusCode;
using ::testing::HasSubstr;

// One list in parts, so that a test can break one of them.
struct RawKrl {
  Bytes magic = ToBytes(std::string_view("SSHKRL\n\0", 8));
  uint32_t format = 1;
  uint64_t flags = 0;
  std::string reserved, comment;
  Bytes sections;

  Bytes Encode() const {
    Writer writer;
    writer.Raw(magic).Uint32(format).Uint64(1).Uint64(2).Uint64(flags);
    return writer.String(reserved).String(comment).Raw(sections).Take();
  }
};

Bytes Section(uint8_t type, const Bytes& body) { return Writer().Byte(type).String(body).Take(); }
Bytes Certificates(uint8_t type, const Bytes& body) {
  return Section(1, Writer().String("").String("").Byte(type).String(body).Take());
}
Bytes Subsection(uint8_t type, const Bytes& body) { return Section(type, body); }
Bytes Joined(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

struct BadKrlCase {
  std::string name;
  RawKrl raw;
  std::string error;
};
class BadKrl : public testing::TestWithParam<BadKrlCase> {};
TEST_P(BadKrl, IsRefused) {
  EXPECT_THAT(KrlDocument::Parse(GetParam().raw.Encode()),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr(GetParam().error)));
}
// The list's header has 44 bytes, so its first section stands at 44 and that section's body at 49.
// In a certificates section for any CA the first subsection stands at 57, its body at 62.
std::vector<BadKrlCase> BadKrls() {
  const Bytes ids = Certificates(0x23, Strings({"a", "b"}));
  const Bytes key = Writer().String(PublicKey::Ed25519(Sha256({})).blob()).Take();
  const std::string low(20, '\1'), high(20, '\2');
  const auto with = [](Bytes sections) { return RawKrl{.sections = std::move(sections)}; };
  const auto serials = [](uint8_t type, const Bytes& body) {
    return RawKrl{.sections = Certificates(type, body)};
  };
  const auto range = [](uint64_t first, uint64_t last) {
    return Subsection(0x21, Writer().Uint64(first).Uint64(last).Take());
  };
  const auto bitmap = [](uint64_t offset, const Bytes& bits) {
    return Writer().Uint64(offset).Mpint(bits).Take();
  };
  const auto extension = [](uint8_t critical) {
    return Writer().String("x@y").Byte(critical).String("").Take();
  };
  return {
      {"Magic", RawKrl{.magic = ToBytes("SSHKRL\n1")}, "SSHKRL"},
      {"Format", RawKrl{.format = 2}, "at byte 8: format version 2"},
      {"Flags", RawKrl{.flags = 1}, "at byte 28: flags"},
      {"Reserved", RawKrl{.reserved = "x"}, "at byte 36: the reserved"},
      {"NulInComment", RawKrl{.comment = std::string("a\0", 2)}, "at byte 40: comment"},
      {"Signature", with(Joined(Section(2, key), Section(4, {}))),
       "at byte 104: a signature section: OpenSSH 9.4"},
      {"CriticalExtension", with(Section(255, extension(1))), "at byte 49: the critical extension"},
      {"ExtensionFlag", with(Section(255, extension(2))), "at byte 56: critical flag"},
      {"ExtensionTrailing", with(Section(255, Joined(extension(0), {0}))), "1 bytes too many"},
      {"UnknownSection", with(Section(9, {1})), "at byte 44: a section of unknown type 9"},
      {"EmptySection", with(Section(2, {})), "at byte 44: the section of type 2 is empty"},
      {"HugeSection", with({2, 0xff, 0xff, 0xff, 0xff}),
       "at byte 45: section of type 2: truncated"},
      {"TrailingByte", with(Joined(ids, {0})), "section of type 0: truncated"},
      {"CaKey", with(Section(1, Strings({"x", ""}))), "at byte 49: CA key"},
      {"CertificatesReserved", with(Section(1, Strings({"", "x"}))), "at byte 53: the reserved"},
      {"NoSubsection", with(Section(1, Strings({"", ""}))), "at byte 49: the certificates section"},
      {"UnknownSubsection", serials(0x40, {1}), "at byte 57: a subsection of unknown type 0x40"},
      {"EmptySubsection", serials(0x20, {}), "at byte 57: the subsection of type 0x20 is empty"},
      {"CriticalSubsection", serials(0x39, extension(1)), "at byte 62: the critical extension"},
      {"HalfASerial", serials(0x20, {0, 0, 1}), "at byte 62: serial: truncated"},
      {"SerialZeroInAList", serials(0x20, Writer().Uint64(5).Uint64(0).Take()),
       "at byte 70: serial 0"},
      {"SerialZeroInARange", with(Section(1, Joined(Strings({"", ""}), range(0, 5)))), "serial 0"},
      {"SerialZeroInABitmap", serials(0x22, bitmap(0, {1})), "at byte 62: serial 0"},
      {"RangeBackwards", with(Section(1, Joined(Strings({"", ""}), range(6, 5)))),
       "at byte 62: the range 6-5"},
      {"RangeTrailing", serials(0x21, Writer().Uint64(1).Uint64(2).Byte(0).Take()),
       "at byte 78: 1 bytes too many at the end of a range"},
      {"RangesOverlap",
       with(Section(1, Joined(Strings({"", ""}), Joined(range(5, 9), range(9, 12))))),
       "at byte 83: serial 9 is revoked twice"},
      {"RangesOverlapAcrossSections",
       with(Joined(Section(1, Joined(Strings({"", ""}), range(5, 9))),
                   Section(1, Joined(Strings({"", ""}), range(1, 5))))),
       "serial 5 is revoked twice"},
      {"SerialTwice", serials(0x20, Writer().Uint64(5).Uint64(5).Take()),
       "at byte 70: serial 5 is revoked twice"},
      {"BitmapEmpty", serials(0x22, bitmap(1, {})), "at byte 62: the bitmap is empty"},
      {"BitmapNegative", serials(0x22, Writer().Uint64(1).String(AsBytes("\x80")).Take()),
       "at byte 70: bitmap: an integer is negative"},
      {"BitmapNotMinimal",
       serials(0x22, Writer().Uint64(1).String(std::string_view("\0\1", 2)).Take()),
       "needless zero"},
      {"BitmapOf16392Bits", serials(0x22, bitmap(1, Bytes(2049, 0x55))), "at most 2048"},
      {"BitmapOfAGigabyte", serials(0x22, Writer().Uint64(1).Uint32(1 << 30).Take()),
       "at byte 70: bitmap: truncated"},
      {"BitmapTrailing", serials(0x22, Joined(bitmap(1, {1}), {0})), "1 bytes too many"},
      {"BitmapPastTheEnd", serials(0x22, bitmap(~uint64_t{0} - 7, {1, 1})), "past the last serial"},
      {"NulInId", serials(0x23, Strings({std::string("a\0", 2)})), "at byte 62: key ID"},
      {"NoKeyAtAll", with(Section(2, Strings({"x"}))), "at byte 49: explicit key"},
      {"KeyOfNoName", with(Section(2, Strings({std::string(4, '\0')}))), "this is no key"},
      {"KnownKeyMalformed", with(Section(2, Writer().String(Strings({"ssh-ed25519", "x"})).Take())),
       "at byte 49: explicit key"},
      {"FingerprintsUnsorted", with(Section(3, Strings({high, low}))),
       "at byte 73: the SHA-1 fingerprints are not sorted"},
      {"FingerprintTwice", with(Section(3, Strings({low, low}))), "appears twice"},
      {"FingerprintShort", with(Section(5, Strings({low}))),
       "at byte 49: a SHA-256 fingerprint has 20 bytes; expected 32"},
  };
}
INSTANTIATE_TEST_SUITE_P(All, BadKrl, testing::ValuesIn(BadKrls()),
                         [](const auto& row) { return row.param.name; });

// A list with one of everything, in an order and a form that Encode would not choose.
Bytes Sample() {
  const Bytes of_any_ca = Joined(
      Strings({"", ""}), Joined(Subsection(0x22, Writer().Uint64(8).Mpint(Bytes{0x81}).Take()),
                                Joined(Subsection(0x23, Strings({"b", "a"})),
                                       Subsection(0x20, Writer().Uint64(30).Uint64(20).Take()))));
  const Bytes keys = Writer()
                         .String(PublicKey::Ed25519(Sha256({})).blob())
                         .String(Strings({"ssh-dss", "p", "q", "g", "y"}))
                         .Take();
  Bytes sections = Joined(Section(2, keys), Section(1, of_any_ca));
  sections = Joined(sections, Section(3, Strings({std::string(20, '\1'), std::string(20, '\2')})));
  sections = Joined(sections, Section(255, Writer().String("x@y").Byte(0).String("z").Take()));
  return RawKrl{.comment = "sample", .sections = sections}.Encode();
}

TEST(KrlDocument, KeepsTheFormOfWhatItReads) {
  ASSERT_OK_AND_ASSIGN(const KrlDocument document, KrlDocument::Parse(Sample()));
  EXPECT_EQ(document.Encode(), Sample());
  ASSERT_OK_AND_ASSIGN(const Krl krl, Krl::Parse(Sample()));
  EXPECT_EQ(krl.serials, *SerialSet::OfSerials({8, 15, 20, 30}));
  EXPECT_EQ(krl.key_ids, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(krl.keys.size(), 1u);
  EXPECT_EQ(krl.other_keys.size(), 1u);
  EXPECT_EQ(krl.extensions.size(), 1u);
  EXPECT_THAT(Krl::Parse(krl.Encode()), IsOkAndHolds(krl));
}

TEST(KrlDocument, ReadsTheLargestBitmapAndTheLastSerial) {
  const Bytes bits(kMaxBitmapBits / 8, 0xff);
  const uint64_t offset = ~uint64_t{0} - kMaxBitmapBits + 1;
  const RawKrl raw{.sections = Certificates(0x22, Writer().Uint64(offset).Mpint(bits).Take())};
  ASSERT_OK_AND_ASSIGN(const Krl krl, Krl::Parse(raw.Encode()));
  EXPECT_EQ(krl.serials, *SerialSet::OfRanges({{offset, ~uint64_t{0}}}));
}

TEST(KrlDocument, RefusesMoreRangesThanAnSshdCouldBear) {
  // 16 MiB of bitmaps with every second bit would grow to 64 million ranges.
  Writer parts;
  parts.String("").String("");
  for (uint64_t i = 0; i * kMaxBitmapBits / 2 <= kMaxSerialRanges; ++i) {
    const Bytes body =
        Writer().Uint64(1 + i * kMaxBitmapBits).Mpint(Bytes(kMaxBitmapBits / 8, 0x55)).Take();
    parts.Byte(0x22).String(body);
  }
  EXPECT_THAT(KrlDocument::Parse(RawKrl{.sections = Section(1, parts.bytes())}.Encode()),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("separate ranges")));
}

TEST(KrlDocument, ACertificateAmongTheKeysIsRefused) {
  // OpenSSH reads it and then never matches it: silently useless.
  ASSERT_OK_AND_ASSIGN(const Certificate certificate,
                       Certificate::ParseLine(KeygenCertificate(
                           KeyType::kEd25519, KeyType::kEd25519, {"-I", "x", "-n", "alice"})));
  const Bytes body = Writer().String(certificate.Encode()).Take();
  EXPECT_THAT(KrlDocument::Parse(RawKrl{.sections = Section(2, body)}.Encode()),
              StatusIs(StatusCode::kInvalidArgument));
}

TEST(KrlDocument, TooLargeIsRefusedBeforeItIsRead) {
  EXPECT_THAT(KrlDocument::Parse(Bytes(kMaxKrlSize + 1)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("too large")));
}

TEST(KrlDocument, EveryTruncationIsRefusedOrAShorterList) {
  const Bytes whole = Sample();
  for (size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    const absl::StatusOr<KrlDocument> krl = KrlDocument::Parse(part);
    // Sections have no frame: a cut between two is a list. Whoever installs one compares its hash.
    if (krl.ok()) {
      EXPECT_EQ(krl->Encode(), part) << size;
    }
  }
}

TEST(KrlDocument, AFlippedBitNeverMakesAListThatReadsBackOtherwise) {
  const Bytes whole = Sample();
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const absl::StatusOr<KrlDocument> krl = KrlDocument::Parse(flipped);
    if (krl.ok()) {
      EXPECT_EQ(krl->Encode(), flipped) << bit;
    }
  }
}

}  // namespace
}  // namespace mayfly::ssh
