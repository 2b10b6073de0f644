// Revocation lists against ssh-keygen's: both write, both read, over random lists.
#include <algorithm>
#include <fstream>
#include <map>
#include <random>

#include "base/file.h"
#include "base/text.h"
#include "fmt/format.h"
#include "ssh/krl.h"
#include "ssh/krl_index.h"
#include "tests/ssh/keygen_world.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::absl::StatusCode;
using ::testing::HasSubstr;

constexpr uint64_t kLast = ~uint64_t{0};

// Not durable: hundreds of files would wait for the disk.
void WriteText(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  ASSERT_TRUE(file.flush()) << path;
}

// A list that ssh-keygen makes of a specification; empty when it fails.
std::string KeygenKrl(std::string_view name, std::string_view specification,
                      const std::string& ca) {
  const std::string spec = TestPath(fmt::format("{}.spec", name));
  WriteText(spec, specification);
  const std::string path = TestPath(fmt::format("{}.theirs", name));
  Keygen({"-q", "-k", "-f", path, "-s", ca, "-z", "7", spec});
  const absl::StatusOr<std::string> krl = ReadFile(path);
  EXPECT_OK(krl);
  return krl.value_or("");
}

// Certificates that we sign, because thousands of processes would take minutes.
class Issued {
 public:
  Issued(KeyType ca, std::string prefix)
      : ca_(KeygenPrivateKey(ca, "ca")), prefix_(std::move(prefix)) {}
  const Certificate& Add(uint64_t serial, const std::string& key_id) {
    const CertificateBody body{.key = KeygenPublicKey(KeyType::kEcdsaP256, "holder"),
                               .nonce = Bytes(32, 1),
                               .serial = {serial},
                               .kind = CertificateKind::kUser,
                               .key_id = key_id,
                               .principals = {"alice"},
                               .valid_before_unix_s = kForeverUnixSeconds,
                               .critical_options = {},
                               .extensions = {},
                               .reserved = {},
                               .signature_key = ca_.public_key()};
    absl::StatusOr<Certificate> certificate = SignCertificate(body, ca_.signer());
    EXPECT_OK(certificate);
    const std::string path = TestPath(fmt::format("{}-{}-cert.pub", prefix_, certificates.size()));
    WriteText(path, certificate->Line() + "\n");
    certificates.emplace_back(path, *std::move(certificate));
    return certificates.back().second;
  }
  std::vector<std::pair<std::string, Certificate>> certificates;

 private:
  PrivateKey ca_;
  std::string prefix_;
};

// What ssh-keygen -Q says of each file.
std::map<std::string, bool> KeygenVerdicts(const std::string& krl, const Issued& issued) {
  std::vector<std::string> argv = {"ssh-keygen", "-Q", "-f", krl};
  for (const auto& [path, certificate] : issued.certificates) argv.push_back(path);
  const ProcessResult result = mayfly::Run(argv);
  EXPECT_TRUE(result.exit_code == 0 || result.exit_code == 1) << result.err;
  std::map<std::string, bool> verdicts;
  for (const std::string& line : SplitLines(result.out)) {
    const std::string path = line.substr(0, std::min(line.find(" ("), line.rfind(": ")));
    verdicts[path] = line.ends_with("REVOKED");
  }
  return verdicts;
}

// A random specification and the serials and key IDs at its edges.
struct RandomList {
  std::string specification;
  std::vector<uint64_t> interesting;
  std::vector<std::string> key_ids;
};
RandomList MakeRandomList(uint64_t seed) {
  std::mt19937_64 random(seed);
  RandomList list;
  uint64_t serial = seed % 3 == 0 ? 1 : random() % 100000 + 1;
  const int blocks = 1 + static_cast<int>(random() % 6);
  for (int block = 0; block < blocks; ++block) {
    // A block of serials alike: far apart, near, or in a row.
    const uint64_t gap = uint64_t{1} << random() % 14, length = uint64_t{1} << random() % 10;
    for (uint64_t i = 0, count = 1 + random() % 60; i < count; ++i) {
      serial += 1 + random() % gap;
      const uint64_t last = serial + (random() % 3 == 0 ? random() % length : 0);
      list.specification += serial == last ? fmt::format("serial: {}\n", serial)
                                           : fmt::format("serial: {}-{}\n", serial, last);
      if (random() % 4 == 0) {
        for (const uint64_t near : {serial - 1, serial, last, last + 1}) {
          list.interesting.push_back(near);
        }
      }
      serial = last;
    }
  }
  if (random() % 3 == 0) {
    list.specification += fmt::format("serial: 0x{:x}-{}\n", kLast - 3, kLast);
    for (const uint64_t near : {kLast - 4, kLast - 3, kLast}) list.interesting.push_back(near);
  }
  for (uint64_t i = 0; i < random() % 5; ++i) {
    list.key_ids.push_back(fmt::format("id {}", random() % 10));
    list.specification += fmt::format("id: {}\n", list.key_ids.back());
  }
  return list;
}

class RandomKrl : public testing::TestWithParam<int> {};
TEST_P(RandomKrl, BothReadBothAlike) {
  const RandomList list = MakeRandomList(static_cast<uint64_t>(GetParam()));
  const bool any_ca = GetParam() % 2 == 0;
  const std::string name = fmt::format("random-{}", GetParam());
  const std::string theirs = KeygenKrl(
      name, list.specification, any_ca ? "none" : KeygenKey(KeyType::kEd25519, "ca") + ".pub");

  ASSERT_OK_AND_ASSIGN(const KrlDocument document, KrlDocument::Parse(AsBytes(theirs)));
  EXPECT_EQ(document.Encode(), ToBytes(theirs));
  const Krl krl = Krl::Of(document);
  const Bytes ours = krl.Encode();
  EXPECT_LE(ours.size(), theirs.size());
  EXPECT_THAT(Krl::Parse(ours), IsOkAndHolds(krl));

  Issued issued(KeyType::kEd25519, name), elsewhere(KeyType::kEcdsaP521, name + "-other");
  for (const uint64_t serial : list.interesting) issued.Add(serial, "nobody");
  for (const std::string& id : list.key_ids) issued.Add(0, id);
  issued.Add(0, "id 99");
  for (size_t i = 0; i < std::min<size_t>(8, list.interesting.size()); ++i) {
    elsewhere.Add(list.interesting[i], list.key_ids.empty() ? "x" : list.key_ids.front());
  }
  const std::string path = TestPath(name + ".ours");
  WriteText(path, AsText(ours));
  const KrlIndex index(krl);
  for (const Issued* some : {&issued, &elsewhere}) {
    const std::map<std::string, bool> of_theirs = KeygenVerdicts(TestPath(name + ".theirs"), *some);
    const std::map<std::string, bool> of_ours = KeygenVerdicts(path, *some);
    ASSERT_EQ(of_theirs.size(), some->certificates.size());
    EXPECT_EQ(of_ours, of_theirs);
    for (const auto& [file, certificate] : some->certificates) {
      EXPECT_EQ(index.Find(certificate).has_value(), of_theirs.at(file))
          << certificate.body.serial.value << " " << certificate.body.key_id;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomKrl, testing::Range(0, 10));

TEST(KrlWithKeygen, KeysAndFingerprintsAreFoundAsKeygenFindsThem) {
  std::string spec;
  const std::vector<std::string> forms = {"", "key: ", "sha1: ", "sha256: "};
  for (size_t i = 0; i < forms.size(); ++i) {
    spec += forms[i] + KeygenPublicKey(KeyType::kEd25519, fmt::format("form-{}", i)).Line() + "\n";
  }
  spec += fmt::format("hash: {}\n", KeygenPublicKey(KeyType::kRsa, "form-rsa").Fingerprint().text);
  const std::string theirs = KeygenKrl("forms", spec, "none");
  ASSERT_OK_AND_ASSIGN(const KrlDocument document, KrlDocument::Parse(AsBytes(theirs)));
  EXPECT_EQ(document.Encode(), ToBytes(theirs));
  EXPECT_EQ(Krl::Of(document).Encode(), ToBytes(theirs));
  const KrlIndex index(Krl::Of(document));
  const std::vector<RevokedBy> by = {RevokedBy::kKey, RevokedBy::kKey, RevokedBy::kSha1,
                                     RevokedBy::kSha256};
  for (size_t i = 0; i < forms.size(); ++i) {
    EXPECT_EQ(index.Find(KeygenPublicKey(KeyType::kEd25519, fmt::format("form-{}", i))),
              Revocation{.by = by[i]});
  }
  EXPECT_EQ(index.Find(KeygenPublicKey(KeyType::kRsa, "form-rsa")),
            Revocation{.by = RevokedBy::kSha256});
  EXPECT_EQ(index.Find(KeygenPublicKey(KeyType::kEd25519, "good")), std::nullopt);
}

TEST(KrlWithKeygen, ARevokedCaRevokesAllThatItSigned) {
  Issued issued(KeyType::kEd25519, "by-ca");
  const Certificate& certificate = issued.Add(5, "x");
  for (const std::string form : {"key: ", "sha1: ", "sha256: "}) {
    const std::string krl =
        KeygenKrl("whole-ca", form + certificate.body.signature_key.Line() + "\n", "none");
    EXPECT_TRUE(KeygenVerdicts(TestPath("whole-ca.theirs"), issued).begin()->second);
    ASSERT_OK_AND_ASSIGN(Krl parsed, Krl::Parse(AsBytes(krl)));
    const auto found = KrlIndex(std::move(parsed)).Find(certificate);
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(found->of_the_ca);
  }
}

TEST(KrlWithKeygen, SerialZeroIsNeverRevokedByNumber) {
  Issued issued(KeyType::kEd25519, "zero");
  const Certificate& certificate = issued.Add(0, "x");
  Krl krl;
  krl.serials = *SerialSet::OfRanges({{1, kLast}});
  const std::string path = TestPath("all.krl");
  WriteText(path, AsText(krl.Encode()));
  EXPECT_FALSE(KeygenVerdicts(path, issued).begin()->second);
  EXPECT_EQ(KrlIndex(krl).Find(certificate), std::nullopt);
}

// Every second serial of 20,000 makes ssh-keygen write one bitmap above 16,384 bits. It cannot read
// the list itself, and an sshd with such a list refuses every key.
TEST(KrlWithKeygen, OurListLoadsWhereKeygensOwnDoesNot) {
  std::string spec;
  std::vector<uint64_t> serials;
  for (uint64_t serial = 1; serial <= 20000; serial += 2) {
    spec += fmt::format("serial: {}\n", serial);
    serials.push_back(serial);
  }
  const std::string theirs = KeygenKrl("too-dense", spec, "none");
  Issued issued(KeyType::kEd25519, "dense");
  issued.Add(19999, "x");
  issued.Add(20000, "x");
  const ProcessResult theirs_read = mayfly::Run(
      {"ssh-keygen", "-Q", "-f", TestPath("too-dense.theirs"), issued.certificates[0].first});
  EXPECT_EQ(theirs_read.exit_code, 255);
  EXPECT_THAT(theirs_read.err, HasSubstr("bignum is too large"));
  EXPECT_THAT(Krl::Parse(AsBytes(theirs)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("at most 2048")));

  Krl krl;
  krl.serials = *SerialSet::OfSerials(serials);
  const std::string path = TestPath("dense.ours");
  WriteText(path, AsText(krl.Encode()));
  const std::map<std::string, bool> verdicts = KeygenVerdicts(path, issued);
  EXPECT_TRUE(verdicts.at(issued.certificates[0].first));
  EXPECT_FALSE(verdicts.at(issued.certificates[1].first));
}

}  // namespace
}  // namespace mayfly::ssh
