#include "tests/fault/mayflyd_world.h"

#include <fcntl.h>
#include <google/protobuf/util/time_util.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mman.h>

#include <fstream>

#include "absl/time/clock.h"
#include "base/status.h"
#include "client/rpc/channel.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "ssh/sshsig.h"
#include "tests/testing/paths.h"

namespace mayfly {
namespace {

constexpr char kPassphrase[] = "canary-passphrase-7c1f29";

void Append(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

}  // namespace

std::string CodeName(grpc::StatusCode code) {
  static const char* const kNames[] = {"OK",
                                       "CANCELLED",
                                       "UNKNOWN",
                                       "INVALID_ARGUMENT",
                                       "DEADLINE_EXCEEDED",
                                       "NOT_FOUND",
                                       "ALREADY_EXISTS",
                                       "PERMISSION_DENIED",
                                       "RESOURCE_EXHAUSTED",
                                       "FAILED_PRECONDITION",
                                       "ABORTED",
                                       "OUT_OF_RANGE",
                                       "UNIMPLEMENTED",
                                       "INTERNAL",
                                       "UNAVAILABLE",
                                       "DATA_LOSS",
                                       "UNAUTHENTICATED"};
  return kNames[static_cast<size_t>(code)];
}

std::ostream& operator<<(std::ostream& out, const Answer& answer) {
  return out << CodeName(answer.code) << ": " << answer.message << " "
             << answer.detail.ShortDebugString();
}

Answer CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
               const std::string& request, absl::Duration limit) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + limit));
  grpc::CompletionQueue queue;
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call =
      stub.PrepareCall(&context, method, &queue);
  call->StartCall(nullptr);
  bool going = wait();
  const grpc::Slice slice(request);
  if (going) {
    call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
    going = wait();
  }
  Answer answer;
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  if (wait()) {
    std::vector<grpc::Slice> slices;
    response.Dump(&slices);
    for (const grpc::Slice& one : slices) {
      answer.body.append(reinterpret_cast<const char*>(one.begin()), one.size());
    }
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait();
  queue.Shutdown();
  while (wait()) continue;
  answer.code = status.error_code();
  answer.message = status.error_message();
  answer.detail.ParseFromString(status.error_details());
  return answer;
}

ssh::PrivateKey MayflydWorld::NewKey() {
  SystemRandom random;
  return ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random).value();
}

MayflydWorld::MayflydWorld(const Options& options)
    : options_(options), folder_(TemporaryDirectory::Create("mayflyd").value()), port_(FreePort()) {
  MAYFLY_CHECK(CreateFile(Path("passphrase"), kPassphrase, 0600).ok());
  MAYFLY_CHECK(CreateFile(Path("alice.pub"), alice.public_key().Line("alice"), 0644).ok());
  const ProcessResult init =
      Run({testing::BuildPath("bin/mayflyd"), "init", "--directory", Path("ca"), "--name", "Test",
           "--address", fmt::format("127.0.0.1:{}", port_), "--passphrase",
           "file:" + Path("passphrase"), "--fast-passphrase", "--operator",
           "alice=" + Path("alice.pub")});
  EXPECT_EQ(init.exit_code, 0) << init.err;
  const std::string trust = ReadFile(Path("ca/trust.pub")).value();
  ca_id_ = ssh::PublicKey::ParseLine(trust).value().Fingerprint().text;
  Append(Path("ca/users.yaml"),
         fmt::format("  - name: bob\n    groups: [engineering]\n    keys:\n      - {}\n",
                     bob.public_key().Line("bob")));
  if (!options.authenticators.empty()) {
    constexpr std::string_view kLast = "      max_lifetime: 7d\n";
    std::string text = ReadFile(Path("ca/mayflyd.yaml")).value();
    text.insert(text.find(kLast) + kLast.size(), options.authenticators);
    MAYFLY_CHECK(WriteFileAtomically(Path("ca/mayflyd.yaml"), text, 0644).ok());
  }
  for (const auto& [name, text] : options.files) {
    MAYFLY_CHECK(CreateFile(Path("ca/" + name), text, 0644).ok());
  }
  Append(Path("ca/mayflyd.yaml"), options.configuration);
  if (options.faults) MapFaults();
  if (options.start) {
    EXPECT_TRUE(Start()) << Log();
  }
}

MayflydWorld::~MayflydWorld() {
  daemon_.reset();
  if (faults_ != nullptr) munmap(faults_, sizeof *faults_);
}

void MayflydWorld::MapFaults() {
  MAYFLY_CHECK(CreateFile(Path("control"), std::string(sizeof *faults_, '\0'), 0600).ok());
  MAYFLY_CHECK(CreateFile(Path("trace"), "", 0600).ok());
  const FileDescriptor fd(open(Path("control").c_str(), O_RDWR | O_CLOEXEC));
  void* at = mmap(nullptr, sizeof *faults_, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  MAYFLY_CHECK(at != MAP_FAILED);
  faults_ = static_cast<FaultControl*>(at);
  faults_->free_bytes = -1;
}

void MayflydWorld::Arm(int64_t calls, int error, int64_t n, bool sticky) {
  faults_->countdown = 0;
  faults_->calls = calls;
  faults_->error = error;
  faults_->struck = 0;
  faults_->sticky = sticky ? 1 : 0;
  faults_->countdown = n;
}

void MayflydWorld::Disarm() {
  faults_->sticky = 0;
  faults_->countdown = 0;
}

std::map<uint64_t, std::string> MayflydWorld::Recorded(const std::string& state_folder) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open_v2(JoinPath(state_folder, "ledger.db").c_str(), &database,
                            SQLITE_OPEN_READWRITE, nullptr),
            SQLITE_OK);
  sqlite3_busy_timeout(database, 10000);
  std::map<uint64_t, std::string> recorded;
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(database, "PRAGMA integrity_check", -1, &statement, nullptr),
            SQLITE_OK);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
  EXPECT_STREQ(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)), "ok");
  sqlite3_finalize(statement);
  EXPECT_EQ(sqlite3_prepare_v2(database, "SELECT serial, key_fingerprint FROM certificates", -1,
                               &statement, nullptr),
            SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    recorded[static_cast<uint64_t>(sqlite3_column_int64(statement, 0))] =
        reinterpret_cast<const char*>(sqlite3_column_text(statement, 1));
  }
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return recorded;
}

size_t MayflydWorld::CountEvents(const std::string& condition) const {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open_v2(Path("ca/state/ledger.db").c_str(), &database, SQLITE_OPEN_READWRITE,
                            nullptr),
            SQLITE_OK);
  sqlite3_busy_timeout(database, 10000);
  sqlite3_stmt* statement = nullptr;
  const std::string select = "SELECT count(*) FROM events WHERE " + condition;
  EXPECT_EQ(sqlite3_prepare_v2(database, select.c_str(), -1, &statement, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
  const auto count = static_cast<size_t>(sqlite3_column_int64(statement, 0));
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return count;
}

bool MayflydWorld::Start(const std::vector<std::string>& arguments) {
  channel_.reset();
  daemon_.reset();
  RemoveFile(Path("log")).IgnoreError();
  std::vector<std::string> argv = options_.wrapper;
  for (const std::string& word : {testing::BuildPath("bin/mayflyd"), std::string("run"),
                                  std::string("--config"), Path("ca/mayflyd.yaml")}) {
    argv.push_back(word);
  }
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  std::map<std::string, std::string> environment = options_.environment;
  if (options_.faults) {
    environment["LD_PRELOAD"] = testing::BuildPath("lib/libfault_shim.so");
    environment["MAYFLY_FAULT_CONTROL"] = Path("control");
    environment["MAYFLY_FAULT_TRACE"] = Path("trace");
  }
  daemon_ = std::make_unique<BackgroundProcess>(argv, Path("log"), environment);
  return daemon_->WaitForLog(" serving ", absl::Seconds(60));
}

void MayflydWorld::Kill() {
  daemon_->Signal(SIGKILL);
  while (daemon_->Running()) absl::SleepFor(absl::Milliseconds(1));
}

std::shared_ptr<grpc::Channel> MayflydWorld::Connect() const {
  return client::UnverifiedChannel(fmt::format("127.0.0.1:{}", port_));
}

std::shared_ptr<grpc::Channel> MayflydWorld::ConnectLocally() const {
  return client::LocalChannel(Path("ca/state/mayflyd.sock"));
}

const std::shared_ptr<grpc::Channel>& MayflydWorld::channel() {
  if (!channel_) channel_ = Connect();
  return channel_;
}

Bytes MayflydWorld::Signature(const ssh::PrivateKey& key, std::string_view name_space,
                              std::string_view document) {
  return ssh::SignSshsig(key.public_key(), key.signer(), name_space, AsBytes(document)).value();
}

v1::SignedCall MayflydWorld::Sign(const std::string& method, v1::CallDocument document,
                                  const Speaker& speaker,
                                  const std::vector<const ssh::PrivateKey*>& possession) const {
  SystemRandom random;
  document.set_method(method);
  document.set_audience(ca_id_);
  *document.mutable_issued_at() = google::protobuf::util::TimeUtil::NanosecondsToTimestamp(
      absl::ToUnixNanos(absl::Now() + clock_offset));
  document.set_nonce(ToText(random.Take(24)));
  document.set_credential(speaker.kind);
  v1::SignedCall call;
  if (!speaker.bearer.empty()) {
    document.set_bearer_sha256(ToText(Sha256(AsBytes(speaker.bearer))));
    call.set_bearer(speaker.bearer);
  }
  call.set_document(document.SerializeAsString());
  if (speaker.key != nullptr) {
    call.add_signatures(ToText(Signature(*speaker.key, "credential.v1@mayfly", call.document())));
  }
  for (const ssh::PrivateKey* key : possession) {
    call.add_signatures(ToText(Signature(*key, "possession.v1@mayfly", call.document())));
  }
  return call;
}

Answer MayflydWorld::StartSession(const std::shared_ptr<grpc::Channel>& channel,
                                  const ssh::PrivateKey& person, const ssh::PrivateKey& session,
                                  std::optional<absl::Duration> lifetime) const {
  const std::string method = "/mayfly.v1.Sessions/Start";
  v1::CallDocument document;
  document.mutable_start_session()->set_session_key(ToText(session.public_key().blob()));
  if (lifetime) {
    document.mutable_start_session()->mutable_lifetime()->set_seconds(
        absl::ToInt64Seconds(*lifetime));
  }
  return CallRaw(channel, method,
                 Sign(method, document, {v1::CREDENTIAL_KIND_SSH_KEY, &person}, {&session})
                     .SerializeAsString());
}

Answer MayflydWorld::IssueUser(const std::shared_ptr<grpc::Channel>& channel,
                               const Speaker& speaker, const ssh::PrivateKey& key) const {
  const std::string method = "/mayfly.v1.Certificates/IssueUser";
  v1::CallDocument document;
  document.mutable_issue_user()->set_public_key(ToText(key.public_key().blob()));
  return CallRaw(channel, method, Sign(method, document, speaker, {&key}).SerializeAsString());
}

Answer MayflydWorld::MakeToken(const std::shared_ptr<grpc::Channel>& channel,
                               const Speaker& speaker, const ssh::PrivateKey& token,
                               const std::string& name_pattern, absl::Duration lifetime,
                               uint32_t uses) const {
  const std::string method = "/mayfly.v1.Operations/CreateJoinToken";
  v1::CallDocument document;
  v1::CreateJoinToken* parameters = document.mutable_create_join_token();
  parameters->set_public_key(ToText(token.public_key().blob()));
  parameters->set_uses(uses);
  parameters->mutable_lifetime()->set_seconds(absl::ToInt64Seconds(lifetime));
  parameters->set_name_pattern(name_pattern);
  return CallRaw(channel, method, Sign(method, document, speaker, {&token}).SerializeAsString());
}

Answer MayflydWorld::Enroll(const std::shared_ptr<grpc::Channel>& channel,
                            const ssh::PrivateKey& token, const std::string& hostname,
                            const ssh::PrivateKey& host_key) const {
  const std::string method = "/mayfly.v1.Hosts/Enroll";
  v1::CallDocument document;
  v1::EnrollHost* parameters = document.mutable_enroll_host();
  parameters->set_public_key(ToText(host_key.public_key().blob()));
  parameters->set_hostname(hostname);
  parameters->add_all_keys(ToText(host_key.public_key().blob()));
  v1::EnrollHostRequest request;
  *request.add_calls() =
      Sign(method, document, {v1::CREDENTIAL_KIND_JOIN_TOKEN, &token}, {&host_key});
  return CallRaw(channel, method, request.SerializeAsString());
}

v1::GetHealthResponse MayflydWorld::Health() const {
  const Answer answer = CallRaw(ConnectLocally(), "/mayfly.v1.Trust/GetHealth", "");
  EXPECT_TRUE(answer.ok()) << answer;
  return answer.As<v1::GetHealthResponse>();
}

Answer MayflydWorld::IssueNow() const {
  return IssueUser(Connect(), {v1::CREDENTIAL_KIND_SSH_KEY, &alice}, NewKey());
}

}  // namespace mayfly
