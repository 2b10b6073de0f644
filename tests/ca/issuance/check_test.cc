#include "ca/issuance/check.h"

#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "tests/ca/issuance/issuance_world.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::issuance {
namespace {

using ::testing::HasSubstr;

TEST(Check, PassesWhatComposeMakes) {
  IssuanceWorld world;
  for (const model::Terms& terms : {world.UserTerms(), world.HostTerms()}) {
    const Ingredients ingredients = world.For(terms);
    ASSERT_OK_AND_ASSIGN(const ssh::CertificateBody body, Compose(ingredients));
    EXPECT_OK(CheckBody(body, terms, ingredients.key_id, world.clock.Now(), world.Limits()));
  }
}

// One thing is broken in a valid body; the lint that must notice.
struct BrokenCase {
  const char* name;
  const char* lint;
  std::function<void(ssh::CertificateBody&, model::Terms&)> damage;
};

class CheckBroken : public ::testing::TestWithParam<BrokenCase> {};

TEST_P(CheckBroken, IsRefusedBeforeAnyKeyIsTouched) {
  IssuanceWorld world;
  model::Terms terms = world.UserTerms();
  const Ingredients ingredients = world.For(terms);
  ASSERT_OK_AND_ASSIGN(ssh::CertificateBody body, Compose(ingredients));
  GetParam().damage(body, terms);
  EXPECT_THAT(CheckBody(body, terms, ingredients.key_id, world.clock.Now(), world.Limits()),
              StatusIs(absl::StatusCode::kInternal, HasSubstr(GetParam().lint)));
}

// Sets the same principals in body and terms, so that only the lint can notice.
std::function<void(ssh::CertificateBody&, model::Terms&)> Principals(
    std::vector<std::string> principals) {
  return [principals](ssh::CertificateBody& body, model::Terms& terms) {
    body.principals = principals;
    terms.principals = principals;
  };
}

ssh::CertificateBody& AddCritical(ssh::CertificateBody& body, const char* name,
                                  const std::string& value) {
  MAYFLY_CHECK(body.critical_options.AddText(name, value).ok());
  return body;
}

INSTANTIATE_TEST_SUITE_P(
    Lints, CheckBroken,
    ::testing::ValuesIn(std::vector<BrokenCase>{
        {"SerialZero", "serial", [](auto& body, auto&) { body.serial.value = 0; }},
        {"NonceOfZeroes", "nonce", [](auto& body, auto&) { body.nonce.assign(32, 0); }},
        {"ShortNonce", "nonce", [](auto& body, auto&) { body.nonce.pop_back(); }},
        {"OtherKeyId", "key ID", [](auto& body, auto&) { body.key_id = "user:bob@people/3"; }},
        {"HostInsteadOfUser", "kind",
         [](auto& body, auto&) { body.kind = ssh::CertificateKind::kHost; }},
        {"Reserved", "reserved", [](auto& body, auto&) { body.reserved = {1}; }},
        {"NoPrincipals", "principals", Principals({})},
        {"OtherPrincipals", "principals",
         [](auto& body, auto&) { body.principals.push_back("root"); }},
        {"Wildcard", "principals", Principals({"*"})},
        {"Comma", "principals", Principals({"alice,root"})},
        {"EmptyPrincipal", "principals", Principals({"alice", ""})},
        {"Newline", "principals", Principals({"alice\nroot"})},
        {"Twice", "principals", Principals({"alice", "alice"})},
        {"TooMany", "principals", Principals(std::vector<std::string>(257, "alice"))},
        {"NeverValid", "lifetime",
         [](auto&, auto& terms) { terms.lifetime = absl::ZeroDuration(); }},
        {"TooLong", "lifetime", [](auto&, auto& terms) { terms.lifetime = absl::Hours(24 * 8); }},
        {"BeyondTheGrant", "valid-before",
         [](auto& body, auto&) { body.valid_before_unix_s += 1; }},
        {"ForEver", "valid-before",
         [](auto& body, auto&) { body.valid_before_unix_s = ssh::kForeverUnixSeconds; }},
        {"NotValidYet", "valid-after", [](auto& body, auto&) { body.valid_after_unix_s += 3600; }},
        {"SinceLongAgo", "valid-after", [](auto& body, auto&) { body.valid_after_unix_s -= 3600; }},
        {"UnknownCriticalOption", "critical options",
         [](auto& body, auto&) { AddCritical(body, "permit-root@example.com", "x"); }},
        {"EmptyForceCommand", "force-command",
         [](auto& body, auto&) { AddCritical(body, "force-command", ""); }},
        {"SourceAddressWithBlank", "source-address",
         [](auto& body, auto&) { AddCritical(body, "source-address", "10.0.0.0/8, 1.2.3.4/32"); }},
        {"SourceAddressOfAll", "source-address",
         [](auto& body, auto&) { AddCritical(body, "source-address", "0.0.0.0/0"); }},
        {"ForceCommandAsExtension", "extensions",
         [](auto& body,
            auto&) { MAYFLY_CHECK(body.extensions.AddText("force-command", "uptime").ok()); }},
        {"NoTouchOnAPlainKey", "no-touch-required",
         [](auto& body,
            auto&) { MAYFLY_CHECK(body.extensions.AddFlag("no-touch-required").ok()); }},
        {"CertifiesItsOwnSigner", "subject key",
         [](auto& body, auto&) { body.key = body.signature_key; }},
    }),
    [](const auto& tested) { return tested.param.name; });

TEST(Check, NothingOutlivesTheIdentityThatAsked) {
  IssuanceWorld world;
  const Ingredients ingredients = world.For(world.UserTerms());
  ASSERT_OK_AND_ASSIGN(const ssh::CertificateBody body, Compose(ingredients));
  CheckLimits limits = world.Limits();
  limits.until = world.clock.Now() + absl::Hours(1);
  EXPECT_THAT(CheckBody(body, ingredients.terms, ingredients.key_id, world.clock.Now(), limits),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("beyond the end of the identity")));
}

TEST(Check, HostCertificatesHaveNoOptions) {
  IssuanceWorld world;
  model::Terms terms = world.HostTerms();
  terms.extensions = {"permit-pty"};
  const Ingredients ingredients = world.For(terms);
  ASSERT_OK_AND_ASSIGN(const ssh::CertificateBody body, Compose(ingredients));
  EXPECT_THAT(CheckBody(body, terms, ingredients.key_id, world.clock.Now(), world.Limits()),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("OpenSSH defines none")));
}

}  // namespace
}  // namespace mayfly::issuance
