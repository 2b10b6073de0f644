// What is exactly as large as it may be is read; one byte, or one piece, more is refused.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/agent.h"
#include "ssh/agent_constraints.h"
#include "ssh/certificate.h"
#include "ssh/krl_document.h"
#include "ssh/options.h"
#include "ssh/sshsig.h"
#include "ssh/wire.h"
#include "tests/ssh/raw_certificate.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(Limits, OfACertificateIsItsSize) {
  RawCertificate raw;
  raw.key_id.resize(raw.key_id.size() + kMaxCertificateSize - raw.Encode().size(), 'a');
  ASSERT_EQ(raw.Encode().size(), kMaxCertificateSize);
  ASSERT_OK_AND_ASSIGN(const Certificate certificate, Certificate::Parse(raw.Encode()));
  EXPECT_OK(certificate.VerifySignature());
  EXPECT_OK(Certificate::ParseLine(certificate.Line()));
  raw.key_id += 'a';
  EXPECT_THAT(Certificate::Parse(raw.Encode()), StatusIs(kInvalid, HasSubstr("at most 65536")));
}

TEST(Limits, OfALineAreItsBytesWithTheComment) {
  const Certificate certificate = Certificate::Parse(RawCertificate().Encode()).value();
  const size_t bare = certificate.Line(" ").size() - 1;
  const std::string comment(2 * kMaxCertificateSize - bare, 'c');
  EXPECT_OK(Certificate::ParseLine(certificate.Line(comment)));
  EXPECT_THAT(Certificate::ParseLine(certificate.Line(comment + 'c')),
              StatusIs(kInvalid, HasSubstr("too long")));

  const PublicKey key = Ed25519Key("a").public_key();
  const std::string of_key((16 << 10) - (key.Line(" ").size() - 1), 'c');
  EXPECT_OK(PublicKey::ParseLine(key.Line(of_key)));
  EXPECT_THAT(PublicKey::ParseLine(key.Line(of_key + 'c')),
              StatusIs(kInvalid, HasSubstr("at most 16384")));
}

TEST(Limits, OfOptionsAreTheirBytes) {
  const size_t data = kMaxOptionsSize - 4 - 1 - 4;
  EXPECT_OK(OptionList::Parse(Writer().String("a").String(Bytes(data)).bytes()));
  EXPECT_THAT(OptionList::Parse(Writer().String("a").String(Bytes(data + 1)).bytes()),
              StatusIs(kInvalid, HasSubstr("at most 65536")));
}

TEST(Limits, OfARevocationListAreItsBytes) {
  KrlDocument document;
  document.sections.emplace_back(KrlExtension{.name = "x@y", .critical = false, .contents = {}});
  const size_t empty = document.Encode().size();
  std::get<KrlExtension>(document.sections[0]).contents = Bytes(kMaxKrlSize - empty);
  const Bytes largest = document.Encode();
  ASSERT_EQ(largest.size(), kMaxKrlSize);
  EXPECT_OK(KrlDocument::Parse(largest));
  std::get<KrlExtension>(document.sections[0]).contents.push_back(0);
  EXPECT_THAT(KrlDocument::Parse(document.Encode()), StatusIs(kInvalid, HasSubstr("too large")));
}

TEST(Limits, OfASignatureAreItsBytes) {
  const PrivateKey key = Ed25519Key("a");
  const Bytes blob = SignSshsig(key.public_key(), key.signer(), "n", AsBytes("message")).value();
  Sshsig sshsig = Sshsig::Parse(blob).value();
  sshsig.name_space.resize(1 + kMaxSshsigSize - blob.size(), 'n');
  EXPECT_EQ(sshsig.Encode().size(), kMaxSshsigSize);
  EXPECT_OK(Sshsig::Parse(sshsig.Encode()));
  EXPECT_OK(Sshsig::ParseArmored(sshsig.Armor()));
  sshsig.name_space += 'n';
  EXPECT_THAT(Sshsig::Parse(sshsig.Encode()), StatusIs(kInvalid, HasSubstr("at most 8192")));
}

TEST(Limits, OfAnAgentAreItsKeysAndTheirDestinations) {
  const auto list = [](uint32_t count) {
    Writer writer;
    writer.Uint32(count);
    for (uint32_t i = 0; i < count; ++i) writer.String("blob").String("comment");
    return writer.Take();
  };
  EXPECT_OK(ParseIdentitiesAnswer(list(2048)));
  EXPECT_THAT(ParseIdentitiesAnswer(list(2049)), StatusIs(kInvalid, HasSubstr("at most 2048")));

  AgentDestination destination;
  destination.to.host = "web1";
  destination.to.host_keys = {Ed25519Key("web1").public_key()};
  AgentConstraints constraints;
  constraints.destinations.assign(kMaxAgentDestinations, destination);
  EXPECT_THAT(AgentConstraints::Parse(constraints.Encode()), IsOkAndHolds(constraints));
  destination.to.host_keys.assign(kMaxAgentHopKeys, destination.to.host_keys[0]);
  constraints.destinations = {destination};
  EXPECT_THAT(AgentConstraints::Parse(constraints.Encode()), IsOkAndHolds(constraints));
  constraints.destinations[0].to.host_keys.push_back(Ed25519Key("web1").public_key());
  EXPECT_THAT(constraints.Check(), StatusIs(kInvalid, HasSubstr("at most 256")));
  EXPECT_THAT(AgentConstraints::Parse(constraints.Encode()),
              StatusIs(kInvalid, HasSubstr("more than 256")));
}

}  // namespace
}  // namespace mayfly::ssh
