// The revocation list as sshd reads it: at each login, and refusing everybody when it cannot.
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "fmt/format.h"
#include "ssh/serial_set.h"
#include "tests/integration/sshd_world.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly {
namespace {

class RevokedKeys : public SshdWorld {
 protected:
  RevokedKeys() { Start(); }
};

TEST_F(RevokedKeys, MissingRefuseEverybody) {
  ASSERT_TRUE(Accepted(LogIn(UserBody())));
  ASSERT_OK(RemoveFile(Path("revoked")));
  EXPECT_TRUE(RefusedBecause(LogIn(UserBody()), "Error checking authentication key"));
}

TEST_F(RevokedKeys, CutShortRefuseEverybody) {
  const Bytes whole = ssh::Krl{.version = 2, .key_ids = {"user:somebody-else"}}.Encode();
  const std::string_view text = AsText(whole);
  for (const size_t size : {text.size() - 1, text.size() / 2, size_t{12}}) {
    SCOPED_TRACE(size);
    Write("revoked", text.substr(0, size));
    EXPECT_TRUE(RefusedBecause(LogIn(UserBody()), "Error checking authentication key"));
  }
  Write("revoked", text);
  EXPECT_TRUE(Accepted(LogIn(UserBody())));
}

TEST_F(RevokedKeys, ThatAreNoListRefuseEverybody) {
  for (const std::string_view text : {"SSHKRL", "<html>not a list</html>\n"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(ssh::Krl::Parse(AsBytes(text)).ok());
    Write("revoked", text);
    EXPECT_TRUE(RefusedBecause(LogIn(UserBody()), "Error checking authentication key"));
  }
}

// The one broken file that lets in everybody who was revoked, which is why our own reader refuses
// it and no list encodes to it.
TEST_F(RevokedKeys, InAnEmptyFileRevokeNobody) {
  const ssh::CertificateBody revoked = UserBody();
  WriteKrl({.version = 1, .key_ids = {revoked.key_id}});
  ASSERT_TRUE(RefusedBecause(LogIn(revoked), "revoked by file"));
  Write("revoked", "");
  EXPECT_TRUE(Accepted(LogIn(revoked)));

  EXPECT_FALSE(ssh::Krl::Parse({}).ok());
  EXPECT_FALSE(ssh::Krl{}.Encode().empty());
}

TEST_F(RevokedKeys, RevokeExactlyTheCertificateWithTheKeyId) {
  const ssh::CertificateBody revoked = UserBody();
  const ssh::CertificateBody other = UserBody();
  ASSERT_NE(revoked.key_id, other.key_id);
  ASSERT_TRUE(Accepted(LogIn(revoked)));

  // Read anew at each login: no signal, no restart.
  WriteKrl({.version = 1, .comment = "one", .key_ids = {revoked.key_id}});
  EXPECT_TRUE(RefusedBecause(LogIn(revoked), "revoked by file"));
  EXPECT_TRUE(Accepted(LogIn(other)));

  ssh::CertificateBody longer = UserBody();
  longer.key_id = revoked.key_id + "0";
  EXPECT_TRUE(Accepted(LogIn(longer)));
}

TEST_F(RevokedKeys, RevokeAKeyWhateverItsCertificate) {
  const ssh::PrivateKey& stolen = SharedKey("stolen");
  const auto certificate = [&] {
    return Signed(BodyFor(ssh::CertificateKind::kUser, stolen, {OwnLoginName()}, user_ca()),
                  user_ca());
  };
  ASSERT_TRUE(Accepted(LogIn(certificate(), stolen)));
  WriteKrl({.version = 1, .keys = {stolen.public_key()}});
  EXPECT_TRUE(RefusedBecause(LogIn(certificate(), stolen), "revoked by file"));
  EXPECT_TRUE(Accepted(LogIn(UserBody())));
}

TEST_F(RevokedKeys, RevokeAllThatARevokedCaSigned) {
  ASSERT_TRUE(Accepted(LogIn(UserBody())));
  WriteKrl({.version = 1, .keys = {user_ca().public_key()}});
  EXPECT_TRUE(RefusedBecause(LogIn(UserBody()), "revoked by file"));
}

// Every second one of 20,000 serials: ssh-keygen puts them into one bitmap, of more bits than sshd
// takes, and so locks everybody out. Ours revokes the same, and loads.
TEST_F(RevokedKeys, MadeByKeygenWithALargeBitmapRefuseEverybodyAndOursThoseRevoked) {
  std::string specification;
  std::vector<uint64_t> serials;
  for (uint64_t serial = 1'000'001; serial < 1'020'000; serial += 2) {
    specification += fmt::format("serial: {}\n", serial);
    serials.push_back(serial);
  }
  Write("specification", specification);
  const ProcessResult keygen = mayfly::Run(
      {"ssh-keygen", "-q", "-k", "-f", Path("revoked"), "-s", "none", Path("specification")});
  ASSERT_EQ(keygen.exit_code, 0) << keygen.err;
  EXPECT_TRUE(RefusedBecause(LogIn(UserBody()), "Error checking authentication key"));

  WriteKrl({.version = 1, .serials = *ssh::SerialSet::OfSerials(std::move(serials))});
  ssh::CertificateBody revoked = UserBody();
  revoked.serial = {1'000'001};
  EXPECT_TRUE(RefusedBecause(LogIn(revoked), "revoked by file"));
  EXPECT_TRUE(Accepted(LogIn(UserBody())));
}

}  // namespace
}  // namespace mayfly
