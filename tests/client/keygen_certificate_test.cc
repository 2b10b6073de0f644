// mayfly keygen -s and -L against ssh-keygen's.
#include <sys/stat.h>
#include <unistd.h>

#include "client/keygen/ca_key.h"
#include "client/keygen/keygen_options.h"
#include "client/keygen/validity.h"
#include "client/trust/trust_commands.h"
#include "client/trust/trust_store.h"
#include "fmt/format.h"
#include "tests/client/fake_ca.h"
#include "tests/client/keygen_world.h"

namespace mayfly::client {
namespace {

using ::absl::StatusCode;
using ssh::KeygenKey;
using ssh::KeyType;
using ::testing::HasSubstr;

std::string Ca(KeyType type = KeyType::kEd25519) { return KeygenKey(type, "ca"); }

// Types that ssh-keygen 9.2 knows.
std::vector<KeyType> Subjects() {
  std::vector<KeyType> types = ssh::SoftwareKeyTypes();
  types.insert(types.end(), {KeyType::kSkEd25519, KeyType::kSkEcdsaP256});
  return types;
}

// Options that make certificates unlike each other, odd ones too.
std::vector<std::vector<std::string>> OptionSets() {
  return {
      {},
      {"-n", "alice"},
      {"-n", "alice,bob,a b"},
      {"-h", "-n", "127.0.0.1,::1,host.example.com"},
      {"-z", "18446744073709551615"},
      {"-V", "always:forever"},
      {"-V", "19990101:19991231"},
      {"-V", "always:203001010000"},
      {"-V", "20300101120000:forever"},
      {"-V", "20300101Z:20300102000001UTC"},
      {"-V", "0x0:0xffffffff"},
      {"-V", "0x10:0x7fffffffffffffff"},
      {"-V", "0xfffffffffffffff0:forever"},
      {"-Oclear"},
      {"-Ono-pty", "-Ono-X11-forwarding"},
      {"-O", "CLEAR", "-O", "Permit-PTY"},
      {"-Oforce-command=/bin/ls -l", "-Osource-address=10.0.0.0/8,::1/128"},
      {"-Overify-required", "-Ono-touch-required"},
      {"-Ocritical:blah=foo", "-Oextension:x@example.com", "-Oextension:y@example.com=z",
       "-Ocritical:flag"},
      {"-h", "-Oforce-command=false"},
      {"-h", "-Opermit-pty"},
      {"-Ocritical:source-address=xxxxx"},
  };
}

class Certificates : public KeygenTest {
 protected:
  // The certificate that `run` makes with these options.
  ssh::Certificate Made(bool ours, KeyType ca, KeyType subject,
                        const std::vector<std::string>& options) {
    const std::string key =
        Write(ours ? "ours.pub" : "theirs.pub", Read(KeygenKey(subject, "subject") + ".pub"));
    std::vector<std::string> arguments = {"-s", Ca(ca), "-I", "the id", "-q"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.push_back(key);
    const Outcome outcome = ours ? Ours(arguments) : Theirs(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out + outcome.err, "");
    line_ = Read(ssh::TestPath(ours ? "ours-cert.pub" : "theirs-cert.pub"));
    absl::StatusOr<ssh::Certificate> certificate = ssh::Certificate::ParseLine(line_);
    EXPECT_OK(certificate);
    return *std::move(certificate);
  }
  std::string line_;
};

TEST_F(Certificates, SayWhatKeygensSay) {
  for (const std::vector<std::string>& options : OptionSets()) {
    ssh::Certificate ours = Made(true, KeyType::kEd25519, KeyType::kEcdsaP256, options);
    const std::string our_tail = line_.substr(line_.rfind(' '));
    const ssh::Certificate theirs = Made(false, KeyType::kEd25519, KeyType::kEcdsaP256, options);
    EXPECT_EQ(line_.substr(line_.rfind(' ')), our_tail);
    EXPECT_EQ(ours.body.nonce.size(), theirs.body.nonce.size());
    EXPECT_NE(ours.body.nonce, theirs.body.nonce);
    ours.body.nonce = theirs.body.nonce;
    EXPECT_EQ(ours.body, theirs.body) << fmt::format("{}", fmt::join(options, " "));
  }
}

TEST_F(Certificates, AreMadeOfEveryKindOfKeyByEveryKindOfCa) {
  for (const KeyType ca : ssh::SoftwareKeyTypes()) {
    for (const KeyType subject : Subjects()) {
      const ssh::Certificate made = Made(true, ca, subject, {"-n", "alice"});
      EXPECT_OK(made.VerifySignature());
      EXPECT_EQ(Theirs({"-L", "-f", ssh::TestPath("ours-cert.pub")}).exit_code, 0);
    }
  }
}

TEST_F(Certificates, OfAnRsaCaAreSignedAsAsked) {
  EXPECT_EQ(Made(true, KeyType::kRsa, KeyType::kEd25519, {}).signature.algorithm, "rsa-sha2-512");
  for (const std::string algorithm : {"rsa-sha2-256", "rsa-sha2-512"}) {
    const ssh::Certificate made = Made(true, KeyType::kRsa, KeyType::kEd25519, {"-t", algorithm});
    EXPECT_EQ(made.signature.algorithm, algorithm);
    EXPECT_OK(made.VerifySignature());
  }
}

TEST_F(Certificates, AreShownByteForByte) {
  std::vector<std::string> files;
  for (const KeyType ca : ssh::SoftwareKeyTypes()) {
    for (const KeyType subject : Subjects()) {
      files.push_back(
          Write(fmt::format("shown-{}-{}", static_cast<int>(ca), static_cast<int>(subject)),
                ssh::KeygenCertificate(ca, subject, {"-I", "id", "-n", "alice"})));
    }
  }
  std::string all = "# several in a file\n\n";
  for (const std::vector<std::string>& options : OptionSets()) {
    std::vector<std::string> arguments = {"-I", "an \"odd\" id\n\x1b[31m\xff"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const std::string line =
        ssh::KeygenCertificate(KeyType::kEd25519, KeyType::kEcdsaP521, arguments);
    files.push_back(Write(fmt::format("odd-{}", files.size()), line));
    all += line;
  }
  files.push_back(Write("several", all));
  for (const std::string& file : files) {
    for (const std::string hash : {"sha256", "md5", "SHA1", "sha512"}) {
      const Outcome ours = Ours({"-L", "-f", file, "-E", hash});
      const Outcome theirs = Theirs({"-L", "-f", file, "-E", hash});
      EXPECT_EQ(ours.out, theirs.out) << file;
      EXPECT_EQ(ours.exit_code, theirs.exit_code);
    }
  }
}

TEST_F(Certificates, CountSerialsUp) {
  const std::string line = Read(KeygenKey(KeyType::kEd25519, "subject") + ".pub");
  const std::string a = Write("a.pub", line), b = Write("b.pub", line);
  ASSERT_EQ(Ours({"-qs", Ca(), "-I", "x", "-z", "+41", a, b}).exit_code, 0);
  EXPECT_EQ(ssh::Certificate::ParseLine(Read(ssh::TestPath("a-cert.pub")))->body.serial.value, 41u);
  EXPECT_EQ(ssh::Certificate::ParseLine(Read(ssh::TestPath("b-cert.pub")))->body.serial.value, 42u);
}

TEST_F(Certificates, AreTalkedAboutUnlessAskedNotTo) {
  const std::string key = Write("talk.pub", Read(KeygenKey(KeyType::kEd25519, "subject") + ".pub"));
  const std::vector<std::string> arguments = {"-s", Ca(), "-I", "id", "-n", "a,b", "-z", "7", key};
  const Outcome ours = Ours(arguments);
  std::string theirs = Theirs(arguments).err;
  theirs.erase(std::remove(theirs.begin(), theirs.end(), '\r'), theirs.end());
  EXPECT_EQ(ours.err, theirs);
  EXPECT_EQ(ours.out, "");
}

TEST_F(Certificates, AreMadeBesideAPrivateKeyByItsName) {
  const std::string line = Read(KeygenKey(KeyType::kEd25519, "subject") + ".pub");
  Write("named.pub", line);  // The private key itself is absent.
  ASSERT_EQ(Ours({"-qs", Ca(), "-I", "x", ssh::TestPath("named")}).exit_code, 0);
  EXPECT_EQ(access(ssh::TestPath("named-cert.pub").c_str(), R_OK), 0);
}

TEST_F(Certificates, AreMadeByAnAgent) {
  const std::string socket = ssh::TestPath("agent");
  BackgroundProcess agent({"ssh-agent", "-D", "-a", socket}, ssh::TestPath("agent.log"));
  while (access(socket.c_str(), F_OK) != 0 && agent.Running()) usleep(10000);
  const std::string key = Write("by-agent.pub", Read(KeygenKey(KeyType::kRsa, "subject") + ".pub"));
  const std::vector<std::string> arguments = {"-Uqs", Ca() + ".pub", "-I", "x", key};
  EXPECT_EQ(Ours(arguments).exit_code, kKeygenRefused);
  environment_ = {{"SSH_AUTH_SOCK", socket}};
  ProcessOptions options;
  options.environment = environment_;
  ASSERT_EQ(mayfly::Run({"ssh-add", "-q", Ca()}, options).exit_code, 0);
  const Outcome outcome = Ours(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_OK(
      ssh::Certificate::ParseLine(Read(ssh::TestPath("by-agent-cert.pub")))->VerifySignature());
}

// CA keys with a passphrase, in the forms that ssh-keygen writes.
struct EncryptedCase {
  std::string name;
  std::vector<std::string> arguments;
};
class EncryptedCa : public KeygenTest, public ::testing::WithParamInterface<EncryptedCase> {
 protected:
  EncryptedCa() {
    unlink(ca_.c_str());
    std::vector<std::string> arguments = {"-q", "-N", "sesame and more", "-f", ca_};
    arguments.insert(arguments.end(), GetParam().arguments.begin(), GetParam().arguments.end());
    ssh::Keygen(arguments);
    Write("askpass", "#!/bin/sh\necho \"$1\" >\"$0.asked\"\necho sesame and more\n");
    chmod(program_.c_str(), 0700);
  }
  std::vector<std::string> Signing() const { return {"-qs", ca_, "-I", "id", key_ + ".pub"}; }
  bool Verifies() const {
    return ssh::Certificate::ParseLine(Read(key_ + "-cert.pub"))->VerifySignature().ok();
  }

  const std::string ca_ = ssh::TestPath("encrypted-ca");
  const std::string key_ = KeygenKey(KeyType::kEd25519, "of-encrypted");
  const std::string program_ = ssh::TestPath("askpass");
};
TEST_P(EncryptedCa, IsAskedForOnTheTerminalOnce) {
  std::vector<std::string> questions;
  std::string answer = "sesame and more";
  context_.ask_secret = [&](std::string_view question) {
    questions.emplace_back(question);
    return SecretBytes::CopyOf(AsBytes(answer));
  };
  const Outcome outcome = Ours(Signing());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(Verifies());

  answer = "wrong";
  const Outcome refused = Ours(Signing());
  EXPECT_EQ(refused.exit_code, kKeygenRefused);
  EXPECT_THAT(refused.err, HasSubstr("encrypted-ca: the passphrase of the key is wrong"));
  EXPECT_THAT(questions, ::testing::ElementsAre("Enter passphrase: ", "Enter passphrase: "));
}
TEST_P(EncryptedCa, IsAskedForByTheProgramThatKeygenWouldAsk) {
  environment_ = {{"SSH_ASKPASS", program_}, {"SSH_ASKPASS_REQUIRE", "force"}};
  EXPECT_EQ(Theirs(Signing()).exit_code, 0);
  const std::string asked = Read(program_ + ".asked");
  const Outcome outcome = Ours(Signing());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(Verifies());
  EXPECT_EQ(Read(program_ + ".asked"), asked);
  EXPECT_EQ(asked, "Enter passphrase: \n");

  Write("askpass", "#!/bin/sh\necho wrong\n");
  EXPECT_EQ(Ours(Signing()).exit_code, Theirs(Signing()).exit_code);
  Write("askpass", "#!/bin/sh\nexit 1\n");
  const Outcome cancelled = Ours(Signing());
  EXPECT_EQ(cancelled.exit_code, Theirs(Signing()).exit_code);
  EXPECT_THAT(cancelled.err, HasSubstr("askpass gave no passphrase"));
}
INSTANTIATE_TEST_SUITE_P(Forms, EncryptedCa,
                         ::testing::ValuesIn<EncryptedCase>({
                             {"Default", {"-t", "ed25519"}},
                             {"Cbc", {"-t", "ecdsa", "-Z", "aes256-cbc"}},
                             {"Gcm", {"-t", "rsa", "-b", "2048", "-Z", "aes256-gcm@openssh.com"}},
                             {"Poly1305", {"-t", "ed25519", "-Z", "chacha20-poly1305@openssh.com"}},
                             {"Pkcs8", {"-t", "ecdsa", "-m", "PKCS8"}},
                             {"Pem", {"-t", "rsa", "-b", "2048", "-m", "PEM"}},
                         }),
                         [](const auto& row) { return row.param.name; });

struct RefusedCase {
  std::string name;
  std::vector<std::string> arguments;
  std::string error;
};
class Refused : public KeygenTest, public ::testing::WithParamInterface<RefusedCase> {};
TEST_P(Refused, WithKeygensExitStatus) {
  std::vector<std::string> arguments;
  for (const std::string& word : GetParam().arguments) {
    arguments.push_back(word == "CA"    ? Ca()
                        : word == "KEY" ? KeygenKey(KeyType::kEd25519, "subject") + ".pub"
                                        : word);
  }
  const Outcome ours = Ours(arguments), theirs = Theirs(arguments);
  EXPECT_EQ(ours.exit_code, theirs.exit_code) << theirs.err;
  EXPECT_NE(ours.exit_code, 0);
  EXPECT_THAT(ours.err, HasSubstr(GetParam().error));
  EXPECT_EQ(ours.out, "");
}
INSTANTIATE_TEST_SUITE_P(
    Signing, Refused,
    ::testing::ValuesIn<RefusedCase>({
        {"NoKey", {"-s", "CA", "-I", "x"}, "no key is named"},
        {"NoKeyId", {"-s", "CA", "KEY"}, "-I"},
        {"EmptyPrincipal", {"-s", "CA", "-I", "x", "-n", "a,,b", "KEY"}, "principal is empty"},
        {"NoSuchCa", {"-s", "/nowhere/ca", "-I", "x", "KEY"}, "/nowhere/ca"},
        {"NoSuchKey", {"-s", "CA", "-I", "x", "/nowhere/key"}, "/nowhere/key"},
        {"EndsBeforeItBegins", {"-s", "CA", "-I", "x", "-V", "+2d:+1d", "KEY"}, "before it begins"},
        {"NoTime", {"-s", "CA", "-I", "x", "-V", "20261345:forever", "KEY"}, "no time"},
        {"NoUnit", {"-s", "CA", "-I", "x", "-V", "+1y", "KEY"}, "no time"},
        {"HalfATime", {"-s", "CA", "-I", "x", "-V", "always:", "KEY"}, "no time"},
        {"SerialTooLarge", {"-s", "CA", "-I", "x", "-z", "18446744073709551616", "KEY"}, "-z"},
        {"SerialNoNumber", {"-s", "CA", "-I", "x", "-z", "0x5", "KEY"}, "-z"},
        {"UnknownOption", {"-s", "CA", "-I", "x", "-O", "permit-everything", "KEY"}, "unknown"},
        {"ForceCommandTwice",
         {"-s", "CA", "-I", "x", "-Oforce-command=a", "-Oforce-command=b", "KEY"},
         "force-command"},
        {"BadAddress", {"-s", "CA", "-I", "x", "-Osource-address=10.0.0.1/8", "KEY"}, "10.0.0"},
        {"AlgorithmDoesNotFit", {"-s", "CA", "-I", "x", "-t", "rsa-sha2-512", "KEY"}, "not fit"},
        {"NotInAnyAgent", {"-Us", "CA", "-I", "x", "KEY"}, "agent"},
        {"UnknownLetter", {"-S"}, "no option -S"},
        {"ValueMissing", {"-s"}, "needs a value"},
        {"TooMany", {"KEY"}, "too many"},
        {"ShowNothing", {"-L", "-f", "/nowhere/cert"}, "/nowhere/cert"},
    }),
    [](const auto& row) { return row.param.name; });

TEST_F(KeygenTest, LeavesTheRestToKeygenAndSaysSo) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"-y", "-f", "key"},
                                             {"-Y", "sign"},
                                             {"-t", "ed25519"},
                                             {},
                                             {"-lf", "key"},
                                             {"-D", "lib.so"}}) {
    const Outcome outcome = Ours(arguments);
    EXPECT_EQ(outcome.exit_code, kKeygenRefused);
    EXPECT_THAT(outcome.err, HasSubstr("stays ssh-keygen's"));
  }
  // A passphrase has no place on a command line.
  const Outcome outcome = Ours({"-P", "secret", "-s", Ca(), "-I", "x", "key"});
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, ::testing::Not(HasSubstr("secret")));
}

TEST_F(KeygenTest, EscapesWhatItSaysOfFiles) {
  const Outcome outcome = Ours({"-L", "-f", "/nowhere/\x1b[2J"});
  EXPECT_THAT(outcome.err, HasSubstr("\\x1b[2J"));
}

TEST(Validity, IsRelativeToNow) {
  const absl::Time now = absl::FromUnixSeconds(1772442030);
  EXPECT_THAT(ParseValidity("+1d12h", now),
              IsOkAndHolds(Validity{1772441940, 1772442030 + 129600}));
  EXPECT_THAT(ParseValidity("-1w:+90", now),
              IsOkAndHolds(Validity{1772442030 - 604800, 1772442120}));
  EXPECT_THAT(ParseValidity("-2000w:+30000w", now), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseValidity("-1d", now), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseValidity("", now), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(KeygenTest, RefusesACaKeyThatIsInForce) {
  FakeCa ca(clock_.Now());
  context_.config_directory = ssh::TestPath("configuration");
  ASSERT_OK(TrustAdd(context_, {"https://" + ca.address(), ca.ca_id(), "prod"}));
  const TrustStore store(context_.config_directory);
  ASSERT_OK_AND_ASSIGN(const TrustedCa trusted, store.Choose(""));
  for (const ssh::PublicKey& key : {trusted.user_cas[0], trusted.host_cas[0]}) {
    EXPECT_THAT(CheckNotInForce(context_, key),
                StatusIs(StatusCode::kFailedPrecondition, HasSubstr("in force")));
  }
  EXPECT_OK(CheckNotInForce(context_, ssh::KeygenPublicKey(KeyType::kEd25519, "ca")));

  // A record that cannot be read could be the one that lists it.
  std::ofstream(JoinPath(context_.config_directory, "trust/prod.json")) << "{";
  const Outcome outcome =
      Ours({"-qs", Ca(), "-I", "x", KeygenKey(KeyType::kEd25519, "subject") + ".pub"});
  EXPECT_EQ(outcome.exit_code, kKeygenRefused);
  EXPECT_THAT(outcome.err, HasSubstr("cannot be told"));
}

}  // namespace
}  // namespace mayfly::client
