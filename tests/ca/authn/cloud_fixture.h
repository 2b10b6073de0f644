#ifndef MAYFLY_TESTS_CA_AUTHN_CLOUD_FIXTURE_H_
#define MAYFLY_TESTS_CA_AUTHN_CLOUD_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ca/authn/certificate_file.h"
#include "ca/authn/cloud_authenticator.h"
#include "ca/authn/refusal.h"
#include "fmt/format.h"
#include "tests/ca/authn/test_certificates.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::authn {

using ::testing::HasSubstr;

inline std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// A cloud's authenticator and one document that it takes.
class CloudTest : public ::testing::Test {
 protected:
  virtual std::unique_ptr<Authenticator> Make() = 0;

  absl::StatusOr<model::Identity> Authenticate(const std::string& bearer) {
    CallHeader header;
    header.method = method_;
    header.bearer = ToBytes(std::string_view(bearer));
    header.hostname = hostname_;
    header.host_keys = host_keys_;
    const AuthenticationContext context{header, {}, std::nullopt, clock_.Now()};
    return Make()->Authenticate(nullptr, context);
  }
  void ExpectRefused(const std::string& bearer, std::string_view cause, const std::string& why) {
    const absl::StatusOr<model::Identity> identity = Authenticate(bearer);
    EXPECT_EQ(CauseOf(identity.status()), cause) << identity.status();
    EXPECT_THAT(Message(identity.status()), HasSubstr(why));
  }
  static std::vector<NameTemplate> Names(const std::vector<std::string>& texts) {
    std::vector<NameTemplate> names;
    for (const std::string& text : texts) names.push_back(NameTemplate::Parse(text).value());
    return names;
  }
  static CertificateSource SourceOf(const TestCertificate& from) {
    auto certificates = std::make_shared<Certificates>();
    certificates->emplace_back(X509_dup(from.certificate.get()));
    return [certificates] { return certificates; };
  }

  FakeClock clock_;
  std::string method_ = "/mayfly.v1.Hosts/Enroll";
  std::string hostname_;
  Sha256Digest host_keys_ = Sha256(AsBytes(std::string_view("the host's keys")));
};

}  // namespace mayfly::authn

#endif  // MAYFLY_TESTS_CA_AUTHN_CLOUD_FIXTURE_H_
