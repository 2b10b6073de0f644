// Which certificates a real sshd lets in, and why it refuses the others.
#include <functional>
#include <ostream>

#include "fmt/format.h"
#include "tests/integration/sshd_world.h"
#include "tests/testing/status_matchers.h"

namespace mayfly {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kHour = 3600;

TEST_F(SshdWorld, AcceptsACertificateAndLogsItsKeyIdAndSerial) {
  Start();
  const ssh::CertificateBody body = UserBody();
  const Login login = LogIn(body);
  EXPECT_TRUE(Accepted(login));
  EXPECT_THAT(login.log,
              HasSubstr(fmt::format("ID {} (serial {}) CA ED25519 {}", body.key_id,
                                    body.serial.value, user_ca().public_key().Fingerprint().text)));
}

TEST_F(SshdWorld, AcceptsOneOfManyPrincipals) {
  Start();
  ssh::CertificateBody body = UserBody();
  body.principals = {"somebody-else", OwnLoginName(), "a-third"};
  EXPECT_TRUE(Accepted(LogIn(body)));
}

TEST_F(SshdWorld, AcceptsACertificateForTheClientsNetwork) {
  Start();
  ssh::CertificateBody body = UserBody();
  ASSERT_OK(body.critical_options.AddText(ssh::kSourceAddress, "10.0.0.0/8,127.0.0.0/8"));
  EXPECT_TRUE(Accepted(LogIn(body)));
}

struct RefusalRow {
  const char* name;
  std::function<void(ssh::CertificateBody&)> spoil;
  const char* reason;
  friend void PrintTo(const RefusalRow& row, std::ostream* out) { *out << row.reason; }
};

class Refusal : public SshdWorld, public testing::WithParamInterface<RefusalRow> {};

TEST_P(Refusal, NamesItsReasonInTheLog) {
  Start();
  ASSERT_TRUE(Accepted(LogIn(UserBody())));  // So that nothing else is the reason.
  ssh::CertificateBody body = UserBody();
  GetParam().spoil(body);
  EXPECT_TRUE(RefusedBecause(LogIn(body), GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Of, Refusal,
    testing::Values(
        RefusalRow{"AnotherPrincipal",
                   [](ssh::CertificateBody& body) { body.principals = {"somebody-else"}; },
                   "Certificate invalid: name is not a listed principal"},
        RefusalRow{"APrincipalThatOnlyBeginsLikeTheLogin",
                   [](ssh::CertificateBody& body) { body.principals[0] += "x"; },
                   "Certificate invalid: name is not a listed principal"},
        RefusalRow{"NoPrincipals", [](ssh::CertificateBody& body) { body.principals.clear(); },
                   "Certificate lacks principal list"},
        RefusalRow{"AnExpiredOne",
                   [](ssh::CertificateBody& body) {
                     body.valid_after_unix_s -= 2 * kHour;
                     body.valid_before_unix_s -= 2 * kHour;
                   },
                   "Certificate invalid: expired"},
        RefusalRow{"OneNotYetValid",
                   [](ssh::CertificateBody& body) {
                     body.valid_after_unix_s += kHour;
                     body.valid_before_unix_s += kHour;
                   },
                   "Certificate invalid: not yet valid"},
        RefusalRow{"AnotherNetwork",
                   [](ssh::CertificateBody& body) {
                     EXPECT_OK(body.critical_options.AddText(ssh::kSourceAddress, "10.0.0.0/8"));
                   },
                   "not from a permitted source address (127.0.0.1)"},
        RefusalRow{"AnUnknownCriticalOption",
                   [](ssh::CertificateBody& body) {
                     EXPECT_OK(body.critical_options.AddText("only-on@mondays.test", "yes"));
                   },
                   "Certificate critical option \"only-on@mondays.test\" is not supported"}),
    [](const auto& row) { return row.param.name; });

TEST_F(SshdWorld, RefusesACertificateOfACaThatItDoesNotTrust) {
  Configure("LogLevel DEBUG2");
  Start();
  const ssh::PrivateKey& stranger = SharedKey("stranger-ca");
  ssh::CertificateBody body = UserBody();
  body.signature_key = stranger.public_key();
  EXPECT_TRUE(
      RefusedBecause(LogIn(Signed(body, stranger), subject()),
                     fmt::format("CA ED25519 {} is not listed in {}",
                                 stranger.public_key().Fingerprint().text, Path("user_ca.pub"))));
}

TEST_F(SshdWorld, TakesEverySubjectKeyTypeFromEveryCaKeyType) {
  std::string trusted;
  for (const ssh::KeyType type : SoftwareKeyTypes()) {
    trusted += SharedKey(type, "ca").public_key().Line() + "\n";
  }
  Write("user_ca.pub", trusted);
  Configure("LoginGraceTime 60");
  Start();
  for (const ssh::KeyType ca_type : SoftwareKeyTypes()) {
    for (const ssh::KeyType subject_type : SoftwareKeyTypes()) {
      SCOPED_TRACE(fmt::format("{} certified by {}", ssh::KeyTypeShortName(subject_type),
                               ssh::KeyTypeShortName(ca_type)));
      const ssh::PrivateKey& key = SharedKey(subject_type, "subject");
      const ssh::PrivateKey& ca = SharedKey(ca_type, "ca");
      const ssh::Certificate certificate =
          Signed(BodyFor(ssh::CertificateKind::kUser, key, {OwnLoginName()}, ca), ca);
      EXPECT_TRUE(Accepted(LogIn(certificate, key)));
    }
  }
}

TEST_F(SshdWorld, WithAPrincipalsFileTakesTheScopedPrincipalAndNoPlainOne) {
  const std::string scoped = fmt::format("env=demo&role=web/{}", OwnLoginName());
  Write("principals", scoped + "\n", 0644);
  Configure(fmt::format("AuthorizedPrincipalsFile {}", Path("principals")));
  Start();
  ssh::CertificateBody body = UserBody();
  body.principals = {scoped};
  EXPECT_TRUE(Accepted(LogIn(body)));

  for (const std::string& other :
       {OwnLoginName(), fmt::format("env=demo&role=db/{}", OwnLoginName()),
        fmt::format("env=demo&role=web/{}x", OwnLoginName()), std::string("env=demo&role=web/")}) {
    SCOPED_TRACE(other);
    body.principals = {other};
    EXPECT_TRUE(
        RefusedBecause(LogIn(body), "Certificate does not contain an authorized principal"));
  }
}

}  // namespace
}  // namespace mayfly
