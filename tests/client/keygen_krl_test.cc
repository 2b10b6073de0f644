// mayfly keygen -k and -Q against ssh-keygen's.
#include "base/file.h"
#include "client/keygen/keygen_options.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "ssh/krl.h"
#include "tests/client/keygen_world.h"

namespace mayfly::client {
namespace {

using ssh::KeygenKey;
using ssh::KeyType;
using ::testing::HasSubstr;

class Krls : public KeygenTest {
 protected:
  Krls() {
    for (int i = 0; i < 3; ++i) {
      keys_.push_back(KeygenKey(KeyType::kEd25519, fmt::format("key-{}", i)) + ".pub");
    }
    keys_.push_back(Dss() + ".pub");
    keys_.push_back(Dss() + "-cert.pub");
    for (const std::string arguments : {"-z 5 -I a", "-z 700 -I b", "-I c", "-z 9 -I c"}) {
      std::vector<std::string> words = SplitWords(arguments);
      const std::string line = ssh::KeygenCertificate(KeyType::kEd25519, KeyType::kRsa, words);
      keys_.push_back(Write(fmt::format("cert-{}-cert.pub", keys_.size()), line));
    }
  }
  static std::vector<std::string> SplitWords(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
  }
  // What old lists are full of.
  static std::string Dss() {
    const std::string path = ssh::TestPath("dss");
    if (FileExists(path)) return path;
    ssh::Keygen({"-q", "-t", "dsa", "-N", "", "-C", "dss", "-f", path});
    ssh::Keygen({"-q", "-s", Ca(), "-I", "old", "-z", "44", path + ".pub"});
    return path;
  }
  static std::string Ca() { return KeygenKey(KeyType::kEd25519, "ca"); }
  static std::string Fingerprint(const std::string& file) {
    return SplitWords(ssh::Keygen({"-l", "-f", file}))[1];
  }

  // Both make a list of these arguments; they must revoke the same, and each program must say the
  // same of both.
  void ExpectAlike(const std::vector<std::string>& arguments) {
    const std::string ours = ssh::TestPath("ours.krl"), theirs = ssh::TestPath("theirs.krl");
    std::vector<std::string> with = {"-kf", ours};
    with.insert(with.end(), arguments.begin(), arguments.end());
    const Outcome our_outcome = Ours(with);
    with[1] = theirs;
    const Outcome their_outcome = Theirs(with);
    ASSERT_EQ(our_outcome.exit_code, their_outcome.exit_code)
        << our_outcome.err << their_outcome.err;
    if (their_outcome.exit_code != 0) return;
    EXPECT_EQ(our_outcome.out, their_outcome.out);
    ASSERT_OK_AND_ASSIGN(ssh::Krl ours_read, ssh::Krl::Parse(AsBytes(Read(ours))));
    ASSERT_OK_AND_ASSIGN(ssh::Krl theirs_read, ssh::Krl::Parse(AsBytes(Read(theirs))));
    ours_read.generated_unix_s = theirs_read.generated_unix_s = 0;
    EXPECT_EQ(ours_read, theirs_read);
    std::vector<std::string> query = {"-Qf", ours};
    query.insert(query.end(), keys_.begin(), keys_.end());
    const Outcome ours_of_ours = Ours(query), theirs_of_ours = Theirs(query);
    query[1] = theirs;
    const Outcome ours_of_theirs = Ours(query), theirs_of_theirs = Theirs(query);
    EXPECT_EQ(ours_of_ours.out, theirs_of_theirs.out);
    EXPECT_EQ(ours_of_theirs.out, theirs_of_theirs.out);
    EXPECT_EQ(theirs_of_ours.out, theirs_of_theirs.out);
    EXPECT_EQ(ours_of_ours.exit_code, theirs_of_theirs.exit_code);
  }

  std::vector<std::string> keys_;
};

TEST_F(Krls, RevokeWhatKeygensRevoke) {
  std::string forms = "# a comment\n\n  \t\n";
  const std::vector<std::string> prefixes = {"", "key: ", "SHA1:\t", "sha256:"};
  for (size_t i = 0; i < 4; ++i) forms += prefixes[i] + Read(keys_[i]);
  forms += "hash:  " + Fingerprint(keys_[1]) + "   # trailing\n";
  const std::string mixed = Write("mixed", forms);
  const std::string numbers = Write("numbers",
                                    "serial: 1-4\nSERIAL: 5\n serial:0x0f \nserial: 599-701\n"
                                    "serial: 500-600\nserial: 503-604\nid:  b\nid: two words # no\n"
                                    "serial: 18446744073709551000-18446744073709551615\n");
  ExpectAlike({});
  ExpectAlike({"-q"});
  ExpectAlike({mixed});
  ExpectAlike({"-s", "none", numbers, mixed});
  ExpectAlike({"-s", Ca(), numbers});
  ExpectAlike({"-s", Ca() + ".pub", "-z", "77", "-C", "a comment", numbers});
  ExpectAlike({"-s", KeygenKey(KeyType::kEcdsaP256, "ca"), numbers});
  for (const std::string& key : keys_) ExpectAlike({key});
  std::vector<std::string> certificates(keys_.begin() + 3, keys_.end());
  ExpectAlike(certificates);
  // Refused by both: no CA is named, or the line is none.
  ExpectAlike({numbers});
  for (const std::string line :
       {"serial: 0", "serial: 5-5", "serial: 9-8", "serial: x", "serial: 1-",
        "serial:", "serial: 18446744073709551616", "hash: MD5:00", "hash: SHA256:AAAA",
        "key: nonsense", "nonsense"}) {
    ExpectAlike({"-s", "none", Write("line", line + "\n")});
  }
}

TEST_F(Krls, AreAddedTo) {
  const std::string krl = ssh::TestPath("update.krl");
  const std::string first = Write("first", "serial: 1-10\nid: a\n");
  const std::string second = Write("second", "serial: 11\nid: b\n");
  EXPECT_EQ(Ours({"-uqkf", krl}).exit_code, kKeygenRefused);  // There is none yet.
  ASSERT_EQ(Ours({"-qkf", krl, "-s", "none", "-z", "3", first}).exit_code, 0);
  ASSERT_EQ(Ours({"-u", "-qkf", krl, "-s", Ca(), second}).exit_code, 0);
  ASSERT_OK_AND_ASSIGN(const ssh::Krl read, ssh::Krl::Parse(AsBytes(Read(krl))));
  EXPECT_EQ(read.version, 3u);
  EXPECT_EQ(read.serials, *ssh::SerialSet::OfRanges({{1, 10}}));
  ASSERT_EQ(read.cas.size(), 1u);
  EXPECT_EQ(read.cas[0].key_ids, std::vector<std::string>{"b"});
  const std::string damaged = Write("damaged.krl", Read(krl) + "x");
  EXPECT_EQ(Ours({"-qukf", damaged}).exit_code, kKeygenRefused);
  EXPECT_EQ(Read(damaged), Read(krl) + "x");
  EXPECT_EQ(Ours({"-Qf", damaged}).exit_code, kKeygenRefused);
}

TEST_F(Krls, ArePrintedAsASpecificationThatMakesThemAgain) {
  const std::string krl = ssh::TestPath("printed.krl");
  const std::string spec =
      Write("spec", "serial: 1-10\nserial: 12\nid: a\nhash: " + Fingerprint(keys_[0]) + "\n");
  ASSERT_EQ(Ours({"-qkf", krl, "-s", "none", spec}).exit_code, 0);
  const Outcome printed = Ours({"-Qlf", krl});
  ASSERT_EQ(printed.exit_code, 0);
  const std::string again = ssh::TestPath("again.krl");
  ASSERT_EQ(Ours({"-qkf", again, "-s", "none", Write("printed", printed.out)}).exit_code, 0);
  ASSERT_OK_AND_ASSIGN(ssh::Krl a, ssh::Krl::Parse(AsBytes(Read(krl))));
  ASSERT_OK_AND_ASSIGN(ssh::Krl b, ssh::Krl::Parse(AsBytes(Read(again))));
  a.generated_unix_s = b.generated_unix_s = 0;
  EXPECT_EQ(a, b);
}

TEST_F(Krls, AreSignedBesideAndChecked) {
  const std::string krl = ssh::TestPath("signed.krl"),
                    signer = KeygenKey(KeyType::kEd25519, "signer");
  ASSERT_EQ(Ours({"-qkf", krl, "--sign", signer, keys_[0]}).exit_code, 0);
  EXPECT_EQ(Ours({"-Qf", krl, "--verify", signer + ".pub"}).exit_code, 0);
  EXPECT_EQ(Ours({"-Qf", krl, "--verify", keys_[1]}).exit_code, kKeygenRefused);
  // ssh-keygen can check it, and make it.
  EXPECT_EQ(mayfly::Run(
                {"ssh-keygen", "-Y", "check-novalidate", "-n", "krl.v1@mayfly", "-s", krl + ".sig"},
                {.input = Read(krl)})
                .exit_code,
            0);
  ssh::Keygen({"-Y", "sign", "-q", "-n", "krl.v1@mayfly", "-f", signer, krl});
  EXPECT_EQ(Ours({"-Qf", krl, "--verify", signer + ".pub"}).exit_code, 0);
  Write("signed.krl", Read(krl) + "x");
  EXPECT_THAT(Ours({"-Qf", krl, "--verify", signer + ".pub"}).err, HasSubstr("signed.krl.sig"));
}

TEST_F(Krls, LintSaysWhatWouldLockSomebodyOut) {
  const std::string krl = ssh::TestPath("lint.krl");
  ASSERT_EQ(Ours({"-qkf", krl, "-s", Ca(), Write("spec", "serial: 1-9\nid: a\n")}).exit_code, 0);
  Outcome outcome = Ours({"-Q", "--lint", "-f", krl, Ca() + ".pub", keys_[0]});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("9 serials in 1 range, 1 key ID"));

  ASSERT_EQ(Ours({"-qukf", krl, Ca() + ".pub"}).exit_code, 0);
  outcome = Ours({"-Q", "--lint", "-f", krl, Ca() + ".pub", keys_[0]});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("so is all that it signed"));

  const std::string all = Write("all", "serial: 1-18446744073709551615\n");
  ASSERT_EQ(Ours({"-qkf", krl, "-s", "none", all}).exit_code, 0);
  outcome = Ours({"-Q", "--lint", "-f", krl, "--output", "json"});
  EXPECT_EQ(outcome.exit_code, 1);
  const nlohmann::json json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["sections"][0]["serials"], "18446744073709551615");
  EXPECT_THAT(json["problems"][0].get<std::string>(), HasSubstr("nearly every serial"));

  const std::vector<std::pair<std::string, std::string>> unloadable = {
      {"", "revokes nothing"},
      {"ssh-ed25519 AAAA\n", "it is no KRL"},
      {Read(krl) + std::string("\4\0\0\0\0", 5), "refuses every key"}};
  for (const auto& [text, problem] : unloadable) {
    Write("lint.krl", text);
    outcome = Ours({"-Q", "--lint", "-f", krl});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out, HasSubstr(problem));
    EXPECT_THAT(outcome.out, ::testing::Not(HasSubstr("generated")));
  }
}

// ssh-keygen cannot read the list that it makes of these.
TEST_F(Krls, LoadWhereKeygensOwnDoNot) {
  std::string spec;
  for (int serial = 1; serial <= 20000; serial += 2) spec += fmt::format("serial: {}\n", serial);
  const std::string path = Write("dense", spec);
  const std::string ours = ssh::TestPath("ours.krl"), theirs = ssh::TestPath("theirs.krl");
  ASSERT_EQ(Ours({"-qkf", ours, "-s", "none", path}).exit_code, 0);
  ASSERT_EQ(Theirs({"-qkf", theirs, "-s", "none", path}).exit_code, 0);
  EXPECT_EQ(Theirs({"-Qf", theirs, keys_[0]}).exit_code, 255);
  EXPECT_EQ(Theirs({"-Qf", ours, keys_[0]}).exit_code, 0);
  EXPECT_THAT(Ours({"-Q", "--lint", "-f", theirs}).out, HasSubstr("refuses every key"));
}

}  // namespace
}  // namespace mayfly::client
