#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <sstream>

#include "base/file.h"
#include "client/context.h"
#include "client/failure.h"
#include "client/login/ask.h"
#include "client/login/delivery.h"
#include "client/login/destinations.h"
#include "client/login/identity_keys.h"
#include "client/login/session_store.h"
#include "client/login/token_key.h"
#include "ssh/agent.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

using ::testing::HasSubstr;

constexpr char kCaId[] = "SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

class LoginTest : public ::testing::Test {
 protected:
  LoginTest()
      : directory_(TemporaryDirectory::Create("login").value()),
        context_(
            clock_, random_, [this](const char* name) { return environment_[name]; }, out_, err_) {
    environment_["HOME"] = directory_.path();
    environment_["XDG_RUNTIME_DIR"] = Path("run");
    MAYFLY_CHECK(MakeDirectory(Path("run"), 0700).ok());
  }
  std::string Path(const std::string& name) { return JoinPath(directory_.path(), name); }
  ssh::PrivateKey NewKey() {
    return ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random_).value();
  }
  StoredSession Session() {
    return {std::make_shared<const ssh::PrivateKey>(NewKey()), "user:alice@people", "alice",
            clock_.Now() + absl::Hours(12)};
  }
  // A user certificate on `key` by `ca`, valid for an hour of the system's time.
  static ssh::Certificate Certify(const ssh::PrivateKey& ca, const ssh::PublicKey& key) {
    ssh::CertificateBody body{.key = key,
                              .nonce = Bytes(32, 1),
                              .serial = {7},
                              .kind = ssh::CertificateKind::kUser,
                              .key_id = "user:alice@people/1",
                              .principals = {"alice"},
                              .valid_after_unix_s = 0,
                              .valid_before_unix_s = static_cast<uint64_t>(
                                  absl::ToUnixSeconds(absl::Now() + absl::Hours(1))),
                              .critical_options = {},
                              .extensions = {},
                              .reserved = {},
                              .signature_key = ca.public_key()};
    return ssh::SignCertificate(body, ca.signer()).value();
  }
  void StartAgent(const std::string& program = "ssh-agent") {
    environment_["SSH_AUTH_SOCK"] = Path("agent");
    agent_ = std::make_unique<BackgroundProcess>(
        std::vector<std::string>{program, "-D", "-a", Path("agent")}, Path("agent.log"));
    while (!FileExists(Path("agent")) && agent_->Running()) {
    }
    clock_.Set(absl::Now());
  }
  size_t HeldByAgent() { return ssh::Agent::Connect(Path("agent")).value().List().value().size(); }
  std::string MakeKeyFile(const std::string& name, const std::string& passphrase = "") {
    EXPECT_EQ(mayfly::Run({"ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", Path(name)})
                  .exit_code,
              0);
    return Path(name);
  }

  FakeClock clock_;
  SystemRandom random_;
  TemporaryDirectory directory_;
  std::map<std::string, std::string> environment_;
  std::ostringstream out_, err_;
  Context context_;
  std::unique_ptr<BackgroundProcess> agent_;
};

TEST_F(LoginTest, ASessionIsReadBack) {
  const StoredSession session = Session();
  ASSERT_OK(SaveSession(context_, kCaId, session));
  ASSERT_OK_AND_ASSIGN(const StoredSession read, LoadSession(context_, kCaId));
  EXPECT_EQ(read.key->public_key(), session.key->public_key());
  EXPECT_EQ(read.subject, "user:alice@people");
  EXPECT_EQ(read.ends_at, session.ends_at);
}

TEST_F(LoginTest, ASessionIsForOneCa) {
  ASSERT_OK(SaveSession(context_, kCaId, Session()));
  EXPECT_EQ(ExitCodeOf(LoadSession(context_, "SHA256:another").status()),
            ExitCode::kNotAuthenticated);
}

TEST_F(LoginTest, ASessionThatHasEndedIsNotUsed) {
  ASSERT_OK(SaveSession(context_, kCaId, Session()));
  clock_.Advance(absl::Hours(12));
  EXPECT_EQ(ExitCodeOf(LoadSession(context_, kCaId).status()), ExitCode::kNotAuthenticated);
}

TEST_F(LoginTest, ARemovedSessionIsGone) {
  ASSERT_OK(SaveSession(context_, kCaId, Session()));
  ASSERT_OK(RemoveSession(context_, kCaId));
  EXPECT_EQ(ExitCodeOf(LoadSession(context_, kCaId).status()), ExitCode::kNotAuthenticated);
  EXPECT_EQ(mayfly::Run({"find", Path("run"), "-type", "f"}).out, "");
}

TEST_F(LoginTest, OnlyItsOwnerCanReachASession) {
  ASSERT_OK(SaveSession(context_, kCaId, Session()));
  EXPECT_EQ(mayfly::Run({"find", Path("run"), "-perm", "/077"}).out, "");
}

TEST_F(LoginTest, ASessionFileThatOthersCanReadIsRefused) {
  ASSERT_OK(SaveSession(context_, kCaId, Session()));
  ASSERT_EQ(mayfly::Run({"sh", "-c", "chmod 644 " + Path("run") + "/mayfly/*/session"}).exit_code,
            0);
  EXPECT_FALSE(LoadSession(context_, kCaId).ok());
}

TEST_F(LoginTest, WithoutARuntimeFolderThereIsNoSession) {
  environment_["XDG_RUNTIME_DIR"] = "";
  const absl::Status status = SaveSession(context_, kCaId, Session());
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kLocal);
  EXPECT_THAT(HintOf(status), HasSubstr("XDG_RUNTIME_DIR"));
}

TEST_F(LoginTest, TheKeyOfATokenIsFoundByThatTokenAlone) {
  const std::shared_ptr<const ssh::PrivateKey> key = Session().key;
  const auto recall = [&](const std::string& ca_id, const char* token) {
    const auto found = RecallTokenKey(context_, ca_id, token);
    return found.ok() && (*found)->public_key() == key->public_key();
  };
  EXPECT_FALSE(recall(kCaId, "one"));
  ASSERT_OK(KeepTokenKey(context_, kCaId, "one", *key));
  EXPECT_TRUE(recall(kCaId, "one"));
  EXPECT_FALSE(recall(kCaId, "two"));
  EXPECT_FALSE(recall("SHA256:another", "one"));
  EXPECT_EQ(mayfly::Run({"grep", "-rl", "one", Path("run")}).out, "");  // By its digest.
  // Jobs of one home do not take each other's; what is older than any token goes.
  ASSERT_OK(KeepTokenKey(context_, kCaId, "two", *key));
  EXPECT_TRUE(recall(kCaId, "one"));
  ASSERT_EQ(
      mayfly::Run({"sh", "-c", "touch -d '25 hours ago' " + Path("run") + "/mayfly/*/token-*"})
          .exit_code,
      0);
  ASSERT_OK(KeepTokenKey(context_, kCaId, "three", *key));
  EXPECT_FALSE(recall(kCaId, "one"));
  EXPECT_TRUE(recall(kCaId, "three"));
  ASSERT_OK(DropTokenKeys(context_, kCaId));
  EXPECT_FALSE(recall(kCaId, "three"));
}

TEST_F(LoginTest, AWorkloadWithoutARuntimeFolderKeepsItInItsHome) {
  environment_["XDG_RUNTIME_DIR"] = "";
  environment_["XDG_STATE_HOME"] = "relative";  // To be ignored.
  ASSERT_OK(KeepTokenKey(context_, kCaId, "one", *Session().key));
  EXPECT_OK(LockTokenKeys(context_, kCaId));
  EXPECT_OK(RecallTokenKey(context_, kCaId, "one"));
  const std::string state = JoinPath(environment_["HOME"], ".local/state");
  EXPECT_TRUE(FileExists(JoinPath(state, SessionFolderName(kCaId))));
  EXPECT_EQ(mayfly::Run({"find", JoinPath(state, "mayfly"), "-perm", "/077"}).out, "");
  ASSERT_EQ(mayfly::Run({"sh", "-c", "chmod 644 " + state + "/mayfly/*/token-*"}).exit_code, 0);
  EXPECT_FALSE(RecallTokenKey(context_, kCaId, "one").ok());
  ASSERT_OK(DropTokenKeys(context_, kCaId));
  environment_["XDG_STATE_HOME"] = Path("state");
  ASSERT_OK(KeepTokenKey(context_, kCaId, "one", *Session().key));
  EXPECT_TRUE(FileExists(Path("state/mayfly")));
}

TEST_F(LoginTest, ARuntimeFolderThatOthersCanEnterIsRefused) {
  for (const mode_t mode : {0777, 0750, 0701}) {
    ASSERT_EQ(chmod(Path("run").c_str(), mode), 0);
    EXPECT_EQ(ExitCodeOf(SaveSession(context_, kCaId, Session())), ExitCode::kLocal) << mode;
    EXPECT_FALSE(FileExists(Path("run/mayfly")));
  }
}

TEST_F(LoginTest, ARuntimeFolderThatIsNoneIsRefused) {
  ASSERT_EQ(symlink(Path("run").c_str(), Path("link").c_str()), 0);
  ASSERT_OK(CreateFile(Path("file"), "", 0600));
  for (const std::string& folder :
       {Path("link"), Path("file"), Path("missing"), std::string("run")}) {
    environment_["XDG_RUNTIME_DIR"] = folder;
    EXPECT_EQ(ExitCodeOf(SaveSession(context_, kCaId, Session())), ExitCode::kLocal) << folder;
  }
}

TEST_F(LoginTest, TheAgentHoldsOneCertificateOfACa) {
  StartAgent();
  const ssh::PrivateKey ca = NewKey();
  ssh::PublicKey last = ca.public_key();
  for (int i = 0; i < 3; ++i) {
    const ssh::PrivateKey key = NewKey();
    last = key.public_key();
    ASSERT_OK(
        AddToAgent(context_, key, Certify(ca, key.public_key()), {ca.public_key()}, "mayfly"));
  }
  ASSERT_OK_AND_ASSIGN(const auto held, AgentCertificates(context_, {ca.public_key()}));
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held[0].body.key, last);
  EXPECT_THAT(mayfly::Run({"ssh-add", "-l"},
                          {.input = {}, .environment = {{"SSH_AUTH_SOCK", Path("agent")}}})
                  .out,
              HasSubstr("ED25519-CERT"));
}

TEST_F(LoginTest, OtherIdentitiesStayInTheAgent) {
  StartAgent();
  const ssh::PrivateKey ours = NewKey(), theirs = NewKey(), plain = NewKey(), key = NewKey();
  ASSERT_OK(ssh::Agent::Connect(Path("agent"))->AddKey(plain, "plain"));
  ASSERT_OK(
      AddToAgent(context_, key, Certify(theirs, key.public_key()), {theirs.public_key()}, "x"));
  ASSERT_OK(AddToAgent(context_, key, Certify(ours, key.public_key()), {ours.public_key()}, "y"));
  EXPECT_EQ(HeldByAgent(), 3u);
  ASSERT_OK(RemoveFromAgent(context_, {ours.public_key()}));
  EXPECT_EQ(HeldByAgent(), 2u);
}

TEST_F(LoginTest, NoAgentSaysWhatToDo) {
  const ssh::PrivateKey key = NewKey();
  const absl::Status status =
      AddToAgent(context_, key, Certify(key, NewKey().public_key()), {}, "x");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kLocal);
  EXPECT_THAT(HintOf(status), HasSubstr("ssh-agent"));
}

TEST_F(LoginTest, SshKeygenReadsTheFilesThatAreWritten) {
  const ssh::PrivateKey ca = NewKey(), key = NewKey();
  ASSERT_OK(WriteKeyAndCertificate(context_, Path("k"), key, Certify(ca, key.public_key()),
                                   {ca.public_key()}, "alice mayfly"));
  EXPECT_EQ(mayfly::Run({"ssh-keygen", "-y", "-f", Path("k")}).out.substr(0, 60),
            key.public_key().Line().substr(0, 60));
  EXPECT_THAT(mayfly::Run({"ssh-keygen", "-L", "-f", Path("k-cert.pub")}).out,
              HasSubstr("Serial: 7"));
  struct stat status = {};
  ASSERT_EQ(stat(Path("k").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(LoginTest, OurOwnFilesAreReplaced) {
  const ssh::PrivateKey ca = NewKey();
  for (int i = 0; i < 2; ++i) {
    const ssh::PrivateKey key = NewKey();
    EXPECT_OK(WriteKeyAndCertificate(context_, Path("k"), key, Certify(ca, key.public_key()),
                                     {ca.public_key()}, "x"));
  }
}

TEST_F(LoginTest, NoFileOfAnothersIsReplaced) {
  const ssh::PrivateKey ca = NewKey(), other = NewKey(), key = NewKey();
  const std::map<std::string, std::string> foreign = {
      {"k", "a private key"},
      {"k.pub", key.public_key().Line()},
      {"k-cert.pub", Certify(other, key.public_key()).Line()}};
  for (const auto& [name, contents] : foreign) {
    SCOPED_TRACE(name);
    ASSERT_OK(CreateFile(Path(name), contents, 0600));
    EXPECT_EQ(ExitCodeOf(WriteKeyAndCertificate(
                  context_, Path("k"), key, Certify(ca, key.public_key()), {ca.public_key()}, "x")),
              ExitCode::kLocal);
    EXPECT_THAT(ReadFile(Path(name)), IsOkAndHolds(contents));
    ASSERT_OK(RemoveFile(Path(name)));
  }
}

TEST_F(LoginTest, AKeyOfOnesOwnMayLieBesideItsCertificate) {
  ASSERT_OK(CreateFile(Path("k"), "my key", 0600));
  EXPECT_OK(CheckMayWrite(Path("k"), /*with_key=*/false, {}));
  EXPECT_EQ(ExitCodeOf(CheckMayWrite(Path("k"), /*with_key=*/true, {})), ExitCode::kLocal);
}

TEST_F(LoginTest, AKeyFileSigns) {
  const std::string path = MakeKeyFile("id");
  for (const std::string& name : {path, path + ".pub"}) {
    ASSERT_OK_AND_ASSIGN(const IdentityKey key, KeyOfFile(context_, name));
    ASSERT_OK_AND_ASSIGN(const ssh::Signature signature, key.signer.sign(AsBytes("m")));
    EXPECT_OK(ssh::Verify(key.signer.key, AsBytes("m"), signature));
  }
}

TEST_F(LoginTest, AnEncryptedKeyIsReadByItsPassphraseWithThreeTries) {
  const std::string path = MakeKeyFile("id", "a passphrase");
  std::vector<std::string> answers = {"a passphrase", "wrong"};
  context_.ask_secret = [&](std::string_view question) -> absl::StatusOr<SecretBytes> {
    EXPECT_THAT(std::string(question), HasSubstr(path));
    const std::string answer = answers.back();
    if (answers.size() > 1) answers.pop_back();
    return SecretBytes::CopyOf(AsBytes(answer));
  };
  ASSERT_OK_AND_ASSIGN(const IdentityKey key, KeyOfFile(context_, path));
  ASSERT_OK_AND_ASSIGN(const ssh::Signature signature, key.signer.sign(AsBytes("m")));
  EXPECT_OK(ssh::Verify(key.signer.key, AsBytes("m"), signature));
  EXPECT_THAT(err_.str(), HasSubstr("not its passphrase"));

  answers = {"wrong"};
  const absl::Status status = KeyOfFile(context_, path).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kLocal);
  EXPECT_THAT(Message(status), HasSubstr("passphrase"));
}

TEST_F(LoginTest, AnEncryptedKeyWithoutATerminalNeedsTheAgent) {
  const std::string path = MakeKeyFile("id", "a passphrase");
  context_.ask_secret = [](std::string_view) -> absl::StatusOr<SecretBytes> {
    return FailedPrecondition("there is no terminal to ask on");
  };
  const absl::Status status = KeyOfFile(context_, path).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kLocal);
  EXPECT_THAT(HintOf(status), HasSubstr("ssh-add"));
}

TEST_F(LoginTest, AnEncryptedUsualKeyIsAskedForOnlyWhenThereIsNoOther) {
  ASSERT_OK(MakeDirectory(Path(".ssh"), 0700));
  MakeKeyFile(".ssh/id_rsa", "a passphrase");
  int asked = 0;
  context_.ask_secret = [&](std::string_view) -> absl::StatusOr<SecretBytes> {
    ++asked;
    return SecretBytes::CopyOf(AsBytes("a passphrase"));
  };
  EXPECT_THAT(LikelyKeys(context_), IsOkAndHolds(::testing::SizeIs(1)));
  EXPECT_EQ(asked, 1);
  MakeKeyFile(".ssh/id_ed25519");
  EXPECT_THAT(LikelyKeys(context_), IsOkAndHolds(::testing::SizeIs(1)));
  EXPECT_EQ(asked, 1);
}

TEST(Destinations, AreHostsOfTheCaWithUsersAndSteps) {
  SystemRandom random;
  const ssh::PublicKey ca =
      ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random).value().public_key();
  ASSERT_OK_AND_ASSIGN(
      const auto destinations,
      ParseDestinations({"Web1.example.com", "deploy@db1", "jump>root@db2"}, {ca}));
  ASSERT_EQ(destinations.size(), 3u);
  EXPECT_EQ(destinations[0].to.host, "web1.example.com");
  EXPECT_EQ(destinations[0].to.host_cas, std::vector<ssh::PublicKey>{ca});
  EXPECT_EQ(destinations[0].from, ssh::AgentHop{});
  EXPECT_EQ(destinations[1].to.user, "deploy");
  EXPECT_EQ(destinations[2].from.host, "jump");
  EXPECT_EQ(destinations[2].to.user, "root");
  EXPECT_OK((ssh::AgentConstraints{.lifetime = {}, .confirm = false, .destinations = destinations}
                 .Check()));
  for (const char* bad :
       {"", "@web1", "web1>", ">web1", "a@jump>web1", "*.example.com", "a,b", "we b", "web1\n"}) {
    EXPECT_EQ(ExitCodeOf(ParseDestinations({bad}, {ca}).status()), ExitCode::kUsage) << bad;
  }
  EXPECT_EQ(ExitCodeOf(ParseDestinations({"web1"}, {}).status()), ExitCode::kNotTrusted);
}

TEST_F(LoginTest, APublicFileIsSignedForByTheAgent) {
  StartAgent();
  const std::string path = MakeKeyFile("id");
  ASSERT_EQ(mayfly::Run({"ssh-add", "-q", path},
                        {.input = {}, .environment = {{"SSH_AUTH_SOCK", Path("agent")}}})
                .exit_code,
            0);
  ASSERT_OK(RemoveFile(path));
  ASSERT_OK_AND_ASSIGN(const IdentityKey key, KeyOfFile(context_, path + ".pub"));
  ASSERT_OK_AND_ASSIGN(const ssh::Signature signature, key.signer.sign(AsBytes("m")));
  EXPECT_OK(ssh::Verify(key.signer.key, AsBytes("m"), signature));
}

// Behind the socket of a forwarded agent is sshd, and a key there signs for whoever is root here.
TEST_F(LoginTest, ASoftwareKeyInAForwardedAgentProvesNobody) {
  ASSERT_EQ(mayfly::Run({"sh", "-c", "cp $(command -v ssh-agent) " + Path("sshd")}).exit_code, 0);
  StartAgent(Path("sshd"));
  ASSERT_OK(MakeDirectory(Path(".ssh"), 0700));
  const std::string path = MakeKeyFile(".ssh/id_ed25519");
  ASSERT_EQ(mayfly::Run({"ssh-add", "-q", path},
                        {.input = {}, .environment = {{"SSH_AUTH_SOCK", Path("agent")}}})
                .exit_code,
            0);
  EXPECT_THAT(LikelyKeys(context_), IsOkAndHolds(::testing::SizeIs(1)));  // The file is here.
  ASSERT_OK(RemoveFile(path));
  EXPECT_THAT(Message(KeyOfFile(context_, path + ".pub").status()),
              HasSubstr("only a security key"));
  EXPECT_THAT(Message(LikelyKeys(context_).status()), HasSubstr("only a security key"));
}

TEST_F(LoginTest, TheUsualKeysAreFoundAndCertificatesAreLeftOut) {
  StartAgent();
  ASSERT_OK(MakeDirectory(Path(".ssh"), 0700));
  MakeKeyFile(".ssh/id_ed25519");
  const ssh::PrivateKey ca = NewKey(), key = NewKey();
  ASSERT_OK(AddToAgent(context_, key, Certify(ca, key.public_key()), {ca.public_key()}, "x"));
  ASSERT_OK_AND_ASSIGN(const std::vector<IdentityKey> keys, LikelyKeys(context_));
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_THAT(keys[0].origin, HasSubstr("id_ed25519"));
}

TEST_F(LoginTest, AKeyInFileAndAgentIsTriedOnce) {
  StartAgent();
  ASSERT_OK(MakeDirectory(Path(".ssh"), 0700));
  const std::string path = MakeKeyFile(".ssh/id_ed25519");
  mayfly::Run({"ssh-add", "-q", path},
              {.input = {}, .environment = {{"SSH_AUTH_SOCK", Path("agent")}}});
  EXPECT_THAT(LikelyKeys(context_), IsOkAndHolds(::testing::SizeIs(1)));
}

TEST(Ask, ChoosesExtensionsOnlyWhenSaid) {
  AskOptions options;
  EXPECT_FALSE(ToProto(options)->choose_extensions());
  options.no_extensions = true;
  EXPECT_TRUE(ToProto(options)->choose_extensions());
  options.extensions = {"permit-pty"};
  EXPECT_EQ(ExitCodeOf(ToProto(options).status()), ExitCode::kUsage);
}

TEST(Ask, ALifetimeIsADuration) {
  AskOptions options;
  options.lifetime = "1h30m";
  EXPECT_EQ(ToProto(options)->lifetime().seconds(), 5400);
  options.lifetime = "soon";
  EXPECT_THAT(Message(ToProto(options).status()), HasSubstr("--lifetime"));
}

}  // namespace
}  // namespace mayfly::client
