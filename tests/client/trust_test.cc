#include <sys/stat.h>

#include <sstream>

#include "base/file.h"
#include "client/context.h"
#include "client/failure.h"
#include "client/trust/bootstrap.h"
#include "client/trust/trust_commands.h"
#include "client/trust/trust_store.h"
#include "nlohmann/json.hpp"
#include "tests/client/fake_ca.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class TrustTest : public ::testing::Test {
 protected:
  TrustTest()
      : ca_(clock_.Now()),
        directory_(TemporaryDirectory::Create("trust").value()),
        context_(
            clock_, random_, [](const char*) { return std::string(); }, out_, err_) {
    context_.config_directory = directory_.path();
  }
  absl::Status Add(const std::string& fingerprint, const std::string& name = "ca") {
    return TrustAdd(context_, {"https://" + ca_.address(), fingerprint, name});
  }
  TrustStore store() { return TrustStore(directory_.path()); }
  std::string RecordPath() { return JoinPath(directory_.path(), "trust/ca.json"); }
  std::string Record() { return ReadFile(RecordPath()).value(); }
  std::string Text() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }

  FakeClock clock_;
  FakeRandom random_;
  FakeCa ca_;
  TemporaryDirectory directory_;
  std::ostringstream out_, err_;
  Context context_;
};

TEST_F(TrustTest, ACaIsTrustedByItsId) {
  ASSERT_OK(Add(ca_.ca_id()));
  ASSERT_OK_AND_ASSIGN(const TrustedCa ca, store().Choose(""));
  EXPECT_EQ(ca.record.address, ca_.address());
  EXPECT_EQ(ca.record.ca_id.text, ca_.ca_id());
  EXPECT_EQ(ca.pins.size(), 1u);
  EXPECT_EQ(ca.user_cas.size(), 1u);
}

TEST_F(TrustTest, OnlyItsOwnerReadsTheRecord) {
  ASSERT_OK(Add(ca_.ca_id()));
  struct stat status = {};
  ASSERT_EQ(stat(RecordPath().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(TrustTest, AnotherCaIsNotTrusted) {
  const absl::Status status = Add("SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kNotTrusted);
  EXPECT_THAT(Message(status), HasSubstr(ca_.ca_id()));
  EXPECT_THAT(HintOf(status), HasSubstr("between you and the CA"));
  EXPECT_TRUE(store().Names().empty());
}

TEST_F(TrustTest, AForgedManifestIsNotTrusted) {
  ca_.PublishForged();
  EXPECT_EQ(ExitCodeOf(Add(ca_.ca_id())), ExitCode::kNotTrusted);
  EXPECT_TRUE(store().Names().empty());
}

TEST_F(TrustTest, AnExpiredManifestIsNotTrusted) {
  clock_.Set(ca_.valid_until);
  EXPECT_EQ(ExitCodeOf(Add(ca_.ca_id())), ExitCode::kNotTrusted);
}

TEST_F(TrustTest, APartThatIsNotTheManifestsIsNotTrusted) {
  for (auto& [hash, contents] : ca_.parts) contents += "\n";
  EXPECT_EQ(ExitCodeOf(Add(ca_.ca_id())), ExitCode::kNotTrusted);
  EXPECT_TRUE(store().Names().empty());
}

TEST_F(TrustTest, SomethingElseThanAFingerprintIsAUsageError) {
  EXPECT_EQ(ExitCodeOf(Add("MD5:aa:bb")), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(Add("")), ExitCode::kUsage);
}

TEST_F(TrustTest, RefreshTakesANewerManifestWithAnotherTlsKey) {
  ASSERT_OK(Add(ca_.ca_id()));
  ca_.version = 2;
  ca_.pins.push_back("sha256:" + Base64Encode(Bytes(32, 9)));
  ca_.Publish();
  ASSERT_OK(TrustRefresh(context_));
  ASSERT_OK_AND_ASSIGN(const TrustedCa ca, store().Choose("ca"));
  EXPECT_EQ(ca.manifest.version, 2u);
  EXPECT_EQ(ca.pins.size(), 2u);
}

TEST_F(TrustTest, ARollbackIsRefusedAndChangesNothing) {
  ca_.version = 5;
  ca_.Publish();
  ASSERT_OK(Add(ca_.ca_id()));
  const std::string before = Record();
  ca_.version = 4;
  ca_.Publish();
  EXPECT_EQ(ExitCodeOf(TrustRefresh(context_)), ExitCode::kNotTrusted);
  EXPECT_EQ(ExitCodeOf(Add(ca_.ca_id())), ExitCode::kNotTrusted);
  EXPECT_EQ(Record(), before);
}

TEST_F(TrustTest, ANameThatIsAnotherCasIsNotTakenOver) {
  ASSERT_OK(Add(ca_.ca_id()));
  const absl::Status status = Add("SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kNotTrusted);
  EXPECT_THAT(HintOf(status), HasSubstr("mayfly trust remove ca"));
}

TEST_F(TrustTest, ARecordThatSomebodyEditedIsNotTrusted) {
  ASSERT_OK(Add(ca_.ca_id()));
  for (const char* member :
       {"manifest", "signature", "user_cas", "host_cas", "tls_pins", "ca_id"}) {
    SCOPED_TRACE(member);
    const std::string good = Record();
    nlohmann::json json = nlohmann::json::parse(good);
    std::string value = json[member];
    value[value.size() / 2] = value[value.size() / 2] == 'A' ? 'B' : 'A';
    json[member] = value;
    ASSERT_OK(WriteFileAtomically(RecordPath(), json.dump(), 0600));
    EXPECT_EQ(ExitCodeOf(store().Choose("ca").status()), ExitCode::kNotTrusted);
    ASSERT_OK(WriteFileAtomically(RecordPath(), good, 0600));
  }
}

TEST_F(TrustTest, ABrokenRecordSaysHowToGoOn) {
  ASSERT_OK(Add(ca_.ca_id()));
  ASSERT_OK(WriteFileAtomically(RecordPath(), "{\"version\": 1", 0600));
  EXPECT_THAT(HintOf(store().Choose("").status()), HasSubstr("mayfly trust remove ca"));
}

TEST_F(TrustTest, WithSeveralCasOneMustBeNamed) {
  ASSERT_OK(Add(ca_.ca_id(), "one"));
  ASSERT_OK(Add(ca_.ca_id(), "two"));
  EXPECT_EQ(ExitCodeOf(store().Choose("").status()), ExitCode::kUsage);
  EXPECT_OK(store().Choose("two").status());
  EXPECT_THAT(HintOf(store().Choose("tow").status()), HasSubstr("did you mean two?"));
}

TEST_F(TrustTest, NoCaSaysWhatToRun) {
  const absl::Status status = TrustRefresh(context_);
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kNotTrusted);
  EXPECT_THAT(HintOf(status), HasSubstr("mayfly trust add"));
}

TEST_F(TrustTest, RemoveForgets) {
  ASSERT_OK(Add(ca_.ca_id()));
  ASSERT_OK(TrustRemove(context_, "ca"));
  EXPECT_EQ(ExitCodeOf(TrustRemove(context_, "ca")), ExitCode::kNotTrusted);
}

TEST_F(TrustTest, ANameIsNeverAPath) {
  for (const char* name : {"../x", "a/b", ".hidden", "-n", "A", "a b", "\x1b[2J"}) {
    EXPECT_EQ(ExitCodeOf(Add(ca_.ca_id(), name)), ExitCode::kUsage) << name;
    EXPECT_EQ(ExitCodeOf(TrustRemove(context_, name)), ExitCode::kUsage) << name;
  }
}

TEST_F(TrustTest, SshKeygenFindsTheHostCaInKnownHosts) {
  ASSERT_OK(Add(ca_.ca_id()));
  ASSERT_OK(TrustPrint(context_, {false, true, {"*.example.com", "10.0.*"}}));
  const std::string file = JoinPath(directory_.path(), "known_hosts");
  const std::string lines = Text();
  ASSERT_OK(WriteFileAtomically(file, lines, 0600));
  EXPECT_THAT(mayfly::Run({"ssh-keygen", "-F", "web1.example.com", "-f", file}).out,
              HasSubstr("CA"));
  EXPECT_THAT(lines, HasSubstr("@cert-authority *.example.com,10.0.* ssh-ed25519 "));
}

TEST_F(TrustTest, SshKeygenReadsTheLinesForSshd) {
  ASSERT_OK(Add(ca_.ca_id()));
  ASSERT_OK(TrustPrint(context_, {true, false, {}}));
  const std::string file = JoinPath(directory_.path(), "user_ca.pub");
  ASSERT_OK(WriteFileAtomically(file, Text(), 0600));
  EXPECT_EQ(mayfly::Run({"ssh-keygen", "-l", "-f", file}).exit_code, 0);
}

TEST_F(TrustTest, APatternCannotAddALine) {
  ASSERT_OK(Add(ca_.ca_id()));
  for (const char* pattern : {"", "a b", "a\n@cert-authority *", "#", "a,b", "|1|x", "@revoked"}) {
    EXPECT_EQ(ExitCodeOf(TrustPrint(context_, {false, true, {pattern}})), ExitCode::kUsage)
        << pattern;
  }
  EXPECT_EQ(Text(), "");
}

TEST_F(TrustTest, WhatToPrintMustBeSaid) {
  EXPECT_EQ(ExitCodeOf(TrustPrint(context_, {false, false, {}})), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(TrustPrint(context_, {true, true, {}})), ExitCode::kUsage);
}

TEST_F(TrustTest, JsonGivesTheVersionAsText) {
  ASSERT_OK(Add(ca_.ca_id()));
  context_.json = true;
  ASSERT_OK(TrustList(context_));
  const nlohmann::json json = nlohmann::json::parse(Text());
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["manifest_version"], "1");
  EXPECT_EQ(json[0]["ca_id"], ca_.ca_id());
  EXPECT_EQ(json[0]["valid"], true);
}

struct AddressCase {
  std::string name, url, address;  // Empty: refused.
};
class Address : public ::testing::TestWithParam<AddressCase> {};
TEST_P(Address, IsReadAsPeopleWriteIt) {
  const auto address = ParseAddress(GetParam().url);
  if (GetParam().address.empty()) {
    EXPECT_EQ(ExitCodeOf(address.status()), ExitCode::kUsage);
  } else {
    EXPECT_THAT(address, IsOkAndHolds(GetParam().address));
  }
}
INSTANTIATE_TEST_SUITE_P(Table, Address,
                         ::testing::ValuesIn(std::vector<AddressCase>{
                             {"Url", "https://ca.example.com:8080/", "ca.example.com:8080"},
                             {"HostPort", "ca.example.com:1", "ca.example.com:1"},
                             {"DefaultPort", "ca.example.com", "ca.example.com:7443"},
                             {"UrlDefaultPort", "https://ca.example.com", "ca.example.com:7443"},
                             {"Ipv6", "[::1]:8443", "[::1]:8443"},
                             {"Ipv6DefaultPort", "https://[2001:db8::1]/", "[2001:db8::1]:7443"},
                             {"Ipv4", "127.0.0.1:7443", "127.0.0.1:7443"},
                             {"Empty", "", ""},
                             {"Http", "http://ca.example.com", ""},
                             {"UnixTarget", "unix:/run/x", ""},
                             {"DnsTarget", "dns:///ca.example.com", ""},
                             {"PortZero", "ca:0", ""},
                             {"PortTooLarge", "ca:65536", ""},
                             {"PortWithText", "ca:7443x", ""},
                             {"Path", "https://ca.example.com/api", ""},
                             {"User", "https://me@ca.example.com", ""},
                             {"BareIpv6", "::1", ""},
                             {"BadIpv6", "[::g]:1", ""},
                             {"Dash", "-oProxyCommand=x:1", ""},
                             {"Control", "ca\x1b[2J:1", ""},
                         }),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace mayfly::client
