#include "bundle/parts.h"

#include <string>
#include <vector>

#include "bundle/principals_map.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "mayfly/v1/bundle.pb.h"
#include "tests/testing/format_page.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::bundle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// From ssh-keygen -t ed25519 and -t ecdsa (OpenSSH 9.2).
constexpr char kEd25519[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIs6S/kUUIyhBAz244hn5HbF2jkn+wgyQvp12TSAhHWo";

ssh::PublicKey Key() {
  auto key = ssh::PublicKey::ParseLine(kEd25519);
  MAYFLY_CHECK(key.ok());
  return *std::move(key);
}

TEST(CaKeys, AreLinesThatSshdReads) {
  EXPECT_EQ(ToText(EncodeCaKeys({Key()})), std::string(kEd25519) + "\n");
  EXPECT_THAT(ParseCaKeys(EncodeCaKeys({Key()})), IsOkAndHolds(ElementsAre(Key())));
}

// sshd reads the same bytes as we do, and takes more: a comment, options, a certificate.
TEST(CaKeys, RefuseWhatSshdWouldReadOtherwise) {
  const std::string line = kEd25519;
  for (const std::string& text :
       {std::string(), std::string("\n"), line, line + "\n\n", "\n" + line + "\n",
        "# comment\n" + line + "\n", line + " comment\n", "cert-authority " + line + "\n",
        line + "\r\n", line + "\n" + line + "\n", " " + line + "\n",
        line + "\nssh-ed25519 AAAA\n"}) {
    EXPECT_THAT(ParseCaKeys(AsBytes(text)), StatusIs(kInvalid, HasSubstr("CA keys"))) << text;
  }
}

constexpr char kPin[] = "sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

TEST(TlsPins, ReadWhatTheyWrite) {
  EXPECT_THAT(ParseTlsPins(EncodeTlsPins({kPin, kPin})), IsOkAndHolds(ElementsAre(kPin, kPin)));
}

TEST(TlsPins, RefuseWhatIsNoPin) {
  EXPECT_THAT(ParseTlsPins({}), StatusIs(kInvalid, HasSubstr("none")));
  for (const std::string& pin : {std::string(), std::string("sha256:"), std::string("sha256:AAAA"),
                                 std::string(kPin) + "=", std::string(kPin).substr(7),
                                 "sha1:" + std::string(kPin).substr(7), std::string(kPin) + "\n"}) {
    EXPECT_THAT(ParseTlsPins(EncodeTlsPins({pin})), StatusIs(kInvalid, HasSubstr("TLS pins")))
        << pin;
  }
  EXPECT_THAT(ParseTlsPins(EncodeTlsPins(std::vector<std::string>(kMaxTlsPins + 1, kPin))),
              StatusIs(kInvalid));
  EXPECT_THAT(ParseTlsPins(AsBytes("\x0a\xff")), StatusIs(kInvalid));
}

const PrincipalsMap& StagingMap() {
  static const auto& map =
      *new PrincipalsMap{{{{{"env", "staging"}}, true, {"deploy"}},
                          {{{"env", "staging"}, {"role", "web"}}, false, {"root", "www-data"}}},
                         true};
  return map;
}

TEST(PrincipalsMap, ReadsWhatItWrites) {
  EXPECT_THAT(ParsePrincipalsMap(EncodePrincipalsMap(StagingMap())), IsOkAndHolds(StagingMap()));
  EXPECT_THAT(ParsePrincipalsMap({}), IsOkAndHolds(PrincipalsMap{}));
}

TEST(PrincipalsMap, YieldsTheLinesForALogin) {
  EXPECT_THAT(PrincipalsFor(StagingMap(), "alice"), ElementsAre("alice", "env=staging/alice"));
  EXPECT_THAT(PrincipalsFor(StagingMap(), "deploy"), ElementsAre("deploy", "env=staging/deploy"));
  EXPECT_THAT(PrincipalsFor(StagingMap(), "www-data"),
              ElementsAre("env=staging&role=web/www-data", "www-data"));
}

// "Any login" comes from placeholders, which never yield a reserved name.
TEST(PrincipalsMap, OfTheFormatsPageYieldsTheLinesThatItSays) {
  const testing::FormatPage page("bundle");
  std::string text;
  for (const std::vector<std::string>& block : page.blocks()) {
    if (!block.front().starts_with("scopes")) continue;
    for (const std::string& line : block) text += line + "\n";
  }
  v1::PrincipalsMap message;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  ASSERT_OK_AND_ASSIGN(const PrincipalsMap map,
                       ParsePrincipalsMap(AsBytes(message.SerializeAsString())));
  EXPECT_THAT(PrincipalsFor(map, "alice"), ElementsAre("alice", "env=staging/alice"));
  EXPECT_THAT(PrincipalsFor(map, "root"), ElementsAre("env=staging&role=web/root", "root"));
}

TEST(PrincipalsMap, OpensReservedLoginsOnlyByName) {
  EXPECT_THAT(PrincipalsFor(StagingMap(), "root"),
              ElementsAre("env=staging&role=web/root", "root"));
  EXPECT_THAT(PrincipalsFor(PrincipalsMap{{{{{"env", "staging"}}, true, {}}}, false}, "root"),
              IsEmpty());
}

TEST(PrincipalsMap, LeavesThePlainLoginOutWhereItIsNotAccepted) {
  PrincipalsMap scoped_only = StagingMap();
  scoped_only.accept_plain = false;
  EXPECT_THAT(PrincipalsFor(scoped_only, "alice"), ElementsAre("env=staging/alice"));
  EXPECT_THAT(PrincipalsFor(PrincipalsMap{}, "alice"), IsEmpty());
}

// Whatever accounts a host has: no name writes a second line, a comment or an option into the file.
TEST(PrincipalsMap, OpensNoLoginOutsideTheGrammar) {
  for (const char* login : {"", "Alice", "a b", "a\nroot", "#", "*", "env=staging/alice", "-a",
                            "cert-authority alice", "a/../root"}) {
    EXPECT_THAT(PrincipalsFor(StagingMap(), login), IsEmpty()) << login;
  }
}

TEST(PrincipalsMap, RefusesScopesAndLoginsOutsideTheGrammar) {
  const auto with = [](const std::string& scope, const std::string& login) {
    v1::PrincipalsMap proto;
    proto.add_scopes()->set_scope(scope);
    proto.mutable_scopes(0)->add_logins(login);
    return ParsePrincipalsMap(AsBytes(proto.SerializeAsString()));
  };
  EXPECT_OK(with("env=staging", "deploy"));
  for (const char* scope : {"", "env", "env=", "=a", "env=a&", "b=1&a=2", "a=1&a=1", "env=A",
                            "env=a/b", "env=a\nroot", "env=a&b=c/x"}) {
    EXPECT_THAT(with(scope, "deploy"), StatusIs(kInvalid, HasSubstr("principals map"))) << scope;
  }
  for (const char* login : {"", "Root", "*", "a\nb", "a/b"}) {
    EXPECT_THAT(with("env=staging", login), StatusIs(kInvalid)) << login;
  }
}

TEST(PrincipalsMap, HasLimits) {
  v1::PrincipalsMap proto;
  for (size_t i = 0; i <= kMaxScopes; ++i) proto.add_scopes()->set_scope("env=a");
  EXPECT_THAT(ParsePrincipalsMap(AsBytes(proto.SerializeAsString())),
              StatusIs(kInvalid, HasSubstr("scopes")));
  EXPECT_THAT(ParsePrincipalsMap(Bytes(kMaxPrincipalsMapSize + 1)), StatusIs(kInvalid));
}

}  // namespace
}  // namespace mayfly::bundle
