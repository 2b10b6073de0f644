#include "ssh/krl.h"

#include <algorithm>

#include "base/file.h"
#include "fmt/format.h"
#include "ssh/wire.h"
#include "tests/ssh/keygen_world.h"
#include "tests/ssh/raw_certificate.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::absl::StatusCode;
using ::testing::HasSubstr;

constexpr std::string_view kAliceId = "user:alice@people/3";

PublicKey Revoked() { return KeygenPublicKey(KeyType::kEd25519, "revoked"); }

Krl Sample() {
  Krl krl;
  krl.version = 7;
  krl.generated_unix_s = 1772442000;
  krl.comment = "sample";
  krl.key_ids = {"host:web1@hosts/1", std::string(kAliceId)};
  krl.keys = {Revoked(), KeygenPublicKey(KeyType::kEcdsaP256, "revoked")};
  std::sort(krl.keys.begin(), krl.keys.end());
  return krl;
}

std::string WriteKrl(const Krl& krl, std::string_view name) {
  const std::string path = TestPath(name);
  EXPECT_OK(WriteFileAtomically(path, AsText(krl.Encode()), 0644));
  return path;
}

// What ssh-keygen -Q says of one file: 0 not revoked, 1 revoked, 255 the list cannot be read.
int Query(const std::string& krl_path, const std::string& file) {
  return Run({"ssh-keygen", "-Q", "-f", krl_path, file}).exit_code;
}

std::string CertificateFile(KeyType ca, std::string_view name, std::string_view key_id) {
  const std::string path = TestPath(name);
  EXPECT_OK(WriteFileAtomically(
      path, KeygenCertificate(ca, KeyType::kEcdsaP384, {"-I", std::string(key_id), "-n", "alice"}),
      0644));
  return path;
}

TEST(Krl, ParsesBackWhatItEncodes) {
  for (int parts = 0; parts < 4; ++parts) {
    Krl krl = Sample();
    if ((parts & 1) == 0) krl.key_ids.clear();
    if ((parts & 2) == 0) krl.keys.clear();
    EXPECT_THAT(Krl::Parse(krl.Encode()), IsOkAndHolds(krl)) << parts;
  }
}

TEST(Krl, SortsAndDropsRepetitions) {
  Krl jumbled = Sample();
  jumbled.key_ids = {jumbled.key_ids[1], jumbled.key_ids[0], jumbled.key_ids[1]};
  jumbled.keys = {jumbled.keys[1], jumbled.keys[0], jumbled.keys[0]};
  EXPECT_EQ(jumbled.Encode(), Sample().Encode());
}

TEST(Krl, IsNeverAnEmptyFile) { EXPECT_EQ(Krl().Encode().size(), 44u); }

TEST(KrlWithKeygen, RevokesByKeyAndByKeyIdForAnyCa) {
  const std::string path = WriteKrl(Sample(), "sample.krl");
  EXPECT_EQ(Query(path, KeygenKey(KeyType::kEd25519, "revoked") + ".pub"), 1);
  EXPECT_EQ(Query(path, KeygenKey(KeyType::kEcdsaP256, "revoked") + ".pub"), 1);
  EXPECT_EQ(Query(path, KeygenKey(KeyType::kEd25519, "good") + ".pub"), 0);
  for (const KeyType ca : {KeyType::kEd25519, KeyType::kEcdsaP521}) {
    EXPECT_EQ(Query(path, CertificateFile(ca, "alice-cert.pub", kAliceId)), 1);
    EXPECT_EQ(Query(path, CertificateFile(ca, "later-cert.pub", "user:alice@people/4")), 0);
  }
}

TEST(KrlWithKeygen, RevokesAllThatARevokedCaSigned) {
  Krl krl;
  krl.keys = {KeygenPublicKey(KeyType::kEd25519, "ca")};
  const std::string path = WriteKrl(krl, "ca.krl");
  EXPECT_EQ(Query(path, CertificateFile(KeyType::kEd25519, "by-ca-cert.pub", "x")), 1);
  EXPECT_EQ(Query(path, CertificateFile(KeyType::kEcdsaP521, "by-other-cert.pub", "x")), 0);
}

TEST(KrlWithKeygen, IsReadWhenItRevokesNothing) {
  EXPECT_EQ(Query(WriteKrl(Krl(), "empty.krl"), KeygenKey(KeyType::kEd25519, "good") + ".pub"), 0);
}

TEST(KrlWithKeygen, RevokesAllOfTenThousandKeyIds) {
  Krl krl;
  for (int i = 0; i < 10000; ++i) krl.key_ids.push_back(fmt::format("user:u{}@people/1", i));
  const std::string path = WriteKrl(krl, "many.krl");
  EXPECT_EQ(
      Query(path, CertificateFile(KeyType::kEd25519, "u9999-cert.pub", "user:u9999@people/1")), 1);
  EXPECT_EQ(Query(path, CertificateFile(KeyType::kEd25519, "ux-cert.pub", "user:u10000@people/1")),
            0);
}

TEST(KrlWithKeygen, IsTheFileThatKeygenWritesByteForByte) {
  const std::string spec = TestPath("spec");
  ASSERT_OK(WriteFileAtomically(
      spec,
      fmt::format("id: {}\nid: host:web1@hosts/1\nkey: {}\nkey: {}\n", kAliceId, Revoked().Line(),
                  KeygenPublicKey(KeyType::kEcdsaP256, "revoked").Line()),
      0644));
  const std::string path = TestPath("keygen.krl");
  Keygen({"-q", "-k", "-f", path, "-s", "none", "-z", "7", spec});
  ASSERT_OK_AND_ASSIGN(const std::string theirs, ReadFile(path));
  ASSERT_OK_AND_ASSIGN(const Krl krl, Krl::Parse(AsBytes(theirs)));
  EXPECT_EQ(krl.version, 7u);
  EXPECT_EQ(krl.key_ids, Sample().key_ids);
  EXPECT_EQ(krl.keys, Sample().keys);
  EXPECT_EQ(krl.Encode(), ToBytes(theirs));
}

struct OtherSectionCase {
  std::string name;
  std::string spec;
  std::string error;
};
class OtherSection : public testing::TestWithParam<OtherSectionCase> {};
TEST_P(OtherSection, IsRefusedByName) {
  const std::string spec = TestPath("other-spec");
  const std::string line = GetParam().spec;
  ASSERT_OK(WriteFileAtomically(
      spec, line.ends_with(": ") ? line + Revoked().Line() + "\n" : line + "\n", 0644));
  const std::string path = TestPath("other.krl");
  Keygen({"-q", "-k", "-f", path, "-s", KeygenKey(KeyType::kEd25519, "ca") + ".pub", spec});
  ASSERT_OK_AND_ASSIGN(const std::string theirs, ReadFile(path));
  EXPECT_THAT(Krl::Parse(AsBytes(theirs)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr(GetParam().error)));
}
INSTANTIATE_TEST_SUITE_P(Keygen, OtherSection,
                         testing::ValuesIn<OtherSectionCase>({
                             {"SerialOfOneCa", "serial: 5", "bound to one CA"},
                             {"KeyIdOfOneCa", "id: x", "bound to one CA"},
                             {"Sha1", "sha1: ", "SHA-1 fingerprints"},
                             {"Sha256", "sha256: ", "SHA-256 fingerprints"},
                         }),
                         [](const auto& row) { return row.param.name; });

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
  EXPECT_THAT(Krl::Parse(GetParam().raw.Encode()),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr(GetParam().error)));
}
std::vector<BadKrlCase> BadKrls() {
  const Bytes ids = Certificates(0x23, Strings({"a", "b"}));
  const Bytes key = Writer().String(PublicKey::Ed25519(Sha256({})).blob()).Take();
  const auto with = [](Bytes sections) { return RawKrl{.sections = std::move(sections)}; };
  return {
      {"Magic", RawKrl{.magic = ToBytes("SSHKRL\n1")}, "SSHKRL"},
      {"Format", RawKrl{.format = 2}, "format version 2"},
      {"Flags", RawKrl{.flags = 1}, "flags"},
      {"Reserved", RawKrl{.reserved = "x"}, "reserved"},
      {"NulInComment", RawKrl{.comment = std::string("a\0", 2)}, "NUL"},
      {"Signature", with(Section(4, {})), "section (signature)"},
      {"Extension", with(Section(255, {})), "section (extension)"},
      {"UnknownSection", with(Section(9, {})), "unknown type 9"},
      {"SerialList", with(Certificates(0x20, Writer().Uint64(1).Take())), "serial list"},
      {"SerialRange", with(Certificates(0x21, {})), "serial range"},
      {"SerialBitmap", with(Certificates(0x22, {})), "serial bitmap"},
      {"CertificateExtension", with(Certificates(0x39, {})), "certificate extension"},
      {"UnknownSubsection", with(Certificates(0x40, {})), "unknown type 0x40"},
      {"EmptyCertificates", with(Section(1, Strings({"", ""}))), "subsection type"},
      {"CertificatesReserved", with(Section(1, Strings({"", "x"}))), "reserved"},
      {"NoKeyIds", with(Certificates(0x23, {})), "list of key IDs is empty"},
      {"NoKeys", with(Section(2, {})), "list of keys is empty"},
      {"UnsortedIds", with(Certificates(0x23, Strings({"b", "a"}))), "not sorted"},
      {"RepeatedIds", with(Certificates(0x23, Strings({"a", "a"}))), "appears twice"},
      {"NulInId", with(Certificates(0x23, Strings({std::string("a\0", 2)}))), "NUL"},
      {"RepeatedKeys", with(Section(2, Joined(key, key))), "appears twice"},
      {"NoKeyAtAll", with(Section(2, Strings({"x"}))), "explicit keys"},
      {"TwoKeySections", with(Joined(Section(2, key), Section(2, key))), "repeated"},
      {"SectionsOutOfOrder", with(Joined(Section(2, key), ids)), "out of order"},
      {"TrailingByte", with(Joined(ids, {0})), "unknown type 0"},
      {"HugeSection", with({2, 0xff, 0xff, 0xff, 0xff}), "truncated"},
  };
}
INSTANTIATE_TEST_SUITE_P(All, BadKrl, testing::ValuesIn(BadKrls()),
                         [](const auto& row) { return row.param.name; });

TEST(BadKrls, ACertificateAmongTheKeysIsRefused) {
  // OpenSSH reads it and then never matches it: silently useless.
  ASSERT_OK_AND_ASSIGN(const Certificate certificate,
                       Certificate::ParseLine(KeygenCertificate(
                           KeyType::kEd25519, KeyType::kEd25519, {"-I", "x", "-n", "alice"})));
  const Bytes body = Writer().String(certificate.Encode()).Take();
  EXPECT_THAT(Krl::Parse(RawKrl{.sections = Section(2, body)}.Encode()),
              StatusIs(StatusCode::kInvalidArgument));
}

TEST(BadKrls, TooLargeIsRefusedBeforeItIsRead) {
  EXPECT_THAT(Krl::Parse(Bytes(kMaxKrlSize + 1)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("too large")));
}

TEST(BadKrls, EveryTruncationIsRefusedOrAShorterList) {
  const Bytes whole = Sample().Encode();
  for (size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    const absl::StatusOr<Krl> krl = Krl::Parse(part);
    // Sections have no frame: a cut between two is a list. Whoever installs one compares its hash.
    if (krl.ok()) {
      EXPECT_EQ(krl->Encode(), part) << size;
    }
  }
}

TEST(BadKrls, AFlippedBitNeverMakesAListThatReadsBackOtherwise) {
  const Bytes whole = Sample().Encode();
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const absl::StatusOr<Krl> krl = Krl::Parse(flipped);
    if (krl.ok()) {
      EXPECT_EQ(krl->Encode(), flipped) << bit;
    }
  }
}

}  // namespace
}  // namespace mayfly::ssh
