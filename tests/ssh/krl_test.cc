#include "ssh/krl.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "fmt/format.h"
#include "ssh/wire.h"
#include "tests/ssh/keygen_world.h"
#include "tests/testing/paths.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

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

// One with all that a list can hold.
Krl Full() {
  Krl krl = Sample();
  krl.serials = *SerialSet::OfRanges({{1, 5}, {7, 7}, {1000, ~uint64_t{0}}});
  CaRevocations& of_ca = krl.ForCa(KeygenPublicKey(KeyType::kEd25519, "ca"));
  of_ca.serials = *SerialSet::OfSerials({1, 3, 4, 9, 500, 70000});
  of_ca.key_ids = {"one", "two"};
  of_ca.extensions = {{"of-a-ca@example.com", false, {1}}};
  krl.sha1s = {Sha1(AsBytes("key"))};
  krl.sha256s = {Sha256(AsBytes("key"))};
  krl.other_keys = {Writer().String("ssh-dss").String("p").Take()};
  krl.extensions = {{"of-all@example.com", false, {}}};
  krl.any_ca_extensions = {{"of-any-ca@example.com", false, {2, 3}}};
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

TEST(Krl, ParsesBackEveryKindOfEntry) {
  EXPECT_THAT(Krl::Parse(Full().Encode()), IsOkAndHolds(Full()));
}

TEST(Krl, JoinsTheEntriesOfOneCaAndDropsEmptyOnes) {
  const PublicKey ca = KeygenPublicKey(KeyType::kEd25519, "ca");
  const PublicKey other = KeygenPublicKey(KeyType::kEcdsaP521, "ca");
  Krl krl;
  krl.cas = {{ca, *SerialSet::OfSerials({1, 2}), {"b"}, {}},
             {other, {}, {}, {}},
             {ca, *SerialSet::OfSerials({2, 3}), {"a", "b"}, {}}};
  Krl joined;
  joined.cas = {{ca, *SerialSet::OfRanges({{1, 3}}), {"a", "b"}, {}}};
  EXPECT_EQ(krl.Encode(), joined.Encode());
}

TEST(Krl, MergesWhatTwoListsRevoke) {
  Krl krl = Sample();
  krl.Merge(Full());
  EXPECT_EQ(krl, Full());
  Krl more;
  more.comment = "another";
  more.version = 99;
  more.serials = *SerialSet::OfSerials({6});
  more.key_ids = {"a"};
  krl.Merge(more);
  EXPECT_EQ(krl.version, Full().version);
  EXPECT_EQ(krl.comment, Full().comment);
  EXPECT_EQ(krl.serials, *SerialSet::OfRanges({{1, 7}, {1000, ~uint64_t{0}}}));
  EXPECT_EQ(krl.key_ids.front(), "a");
}

TEST(Krl, SortsAndDropsRepetitions) {
  Krl jumbled = Sample();
  jumbled.key_ids = {jumbled.key_ids[1], jumbled.key_ids[0], jumbled.key_ids[1]};
  jumbled.keys = {jumbled.keys[1], jumbled.keys[0], jumbled.keys[0]};
  EXPECT_EQ(jumbled.Encode(), Sample().Encode());
}

TEST(Krl, OfTheFormatsPageIsWhatItSays) {
  ASSERT_OK_AND_ASSIGN(const std::string page,
                       ReadFile(mayfly::testing::SourcePath("docs/formats/krl.md")));
  const std::string_view example = std::string_view(page).substr(page.find("## Example"));
  std::string hex;
  bool inside = false;
  for (const std::string& line : SplitLines(example)) {
    if (line == "```") {
      inside = !inside;
    } else if (inside) {
      hex += line.substr(0, line.find(' '));
    }
  }
  ASSERT_OK_AND_ASSIGN(const Bytes bytes, HexDecode(hex));
  ASSERT_OK_AND_ASSIGN(const Krl krl, Krl::Parse(bytes));
  Krl expected;
  expected.version = 7;
  expected.generated_unix_s = 1772442000;
  expected.comment = "example";
  expected.serials = *SerialSet::OfRanges({{42, 42},
                                           {1000, 2000},
                                           {5000, 5000},
                                           {5002, 5002},
                                           {5004, 5006},
                                           {5010, 5010},
                                           {200000, 200000}});
  expected.key_ids = {"user:mallory@people/1"};
  expected.sha256s = {Sha256(AsBytes("a key"))};
  EXPECT_EQ(krl, expected);
  EXPECT_EQ(krl.Encode(), bytes);
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

}  // namespace
}  // namespace mayfly::ssh
