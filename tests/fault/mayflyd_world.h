// The real mayflyd of the build tree on a free port of the loopback, and everybody who may speak to
// it.
#ifndef MAYFLY_TESTS_FAULT_MAYFLYD_WORLD_H_
#define MAYFLY_TESTS_FAULT_MAYFLYD_WORLD_H_

#include <grpcpp/channel.h>
#include <grpcpp/support/status.h>

#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/random.h"
#include "mayfly/v1/call.pb.h"
#include "mayfly/v1/errors.pb.h"
#include "mayfly/v1/services.pb.h"
#include "ssh/private_key.h"
#include "tests/fault/fault_shim.h"
#include "tests/testing/process.h"

namespace mayfly {

// Of mayflyd.yaml: one person and address may ask for as much as a test does.
inline constexpr char kManyCalls[] =
    "limits: {calls_per_second_per_subject: 1000000, calls_per_second_per_source: 1000000}\n";

// What came back from a call.
struct Answer {
  grpc::StatusCode code = grpc::StatusCode::UNKNOWN;
  std::string message;
  v1::ErrorDetail detail;
  std::string body;  // The serialised response, when there was one.

  bool ok() const { return code == grpc::StatusCode::OK; }
  template <typename Response>
  Response As() const {
    Response response;
    response.ParseFromString(body);
    return response;
  }
};

// "OK", "UNAUTHENTICATED": as gRPC's documentation writes them.
std::string CodeName(grpc::StatusCode code);
std::ostream& operator<<(std::ostream& out, const Answer& answer);

// Calls `method` ("/mayfly.v1.Trust/GetHealth") with the serialised message `request`, whatever
// both are, also a streaming one: one message up, and at most one awaited.
Answer CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
               const std::string& request, absl::Duration limit = absl::Seconds(20));

// Who signs, and what as.
struct Speaker {
  v1::CredentialKind kind = v1::CREDENTIAL_KIND_UNSPECIFIED;
  const ssh::PrivateKey* key = nullptr;  // Null for the local socket, and with a bearer.
  std::string bearer = {};               // A token, beside the document.
};

// Not thread-safe, but for Call and the channels.
class MayflydWorld {
 public:
  struct Options {
    std::string configuration = {};   // Appended to mayflyd.yaml: "limits:\n  max_in_flight: 3\n".
    std::string authenticators = {};  // Of mayflyd.yaml, behind those that are there.
    std::map<std::string, std::string> files = {};  // Beside mayflyd.yaml.
    bool start = true;
    std::map<std::string, std::string> environment = {};  // Of the daemon.
    bool faults = false;                    // Preload the shim (fault_shim.h), and map its control.
    std::vector<std::string> wrapper = {};  // Runs the daemon: {"prlimit", "--nofile=100:100"}.
  };
  explicit MayflydWorld(const Options& options);
  ~MayflydWorld();
  MayflydWorld(const MayflydWorld&) = delete;
  MayflydWorld& operator=(const MayflydWorld&) = delete;
  MayflydWorld() : MayflydWorld(Options()) {}

  const std::string& folder() const { return folder_.path(); }
  std::string Path(std::string_view name) const { return JoinPath(folder(), name); }
  int port() const { return port_; }
  const std::string& ca_id() const { return ca_id_; }

  // Waits until it serves; false when it ended before.
  bool Start(const std::vector<std::string>& arguments = {});
  BackgroundProcess& daemon() { return *daemon_; }
  int Stop() { return daemon_->Stop(); }
  void Kill();
  std::string Log() const { return daemon_->Log(); }

  // A connection of its own each time: nothing is shared between two channels.
  std::shared_ptr<grpc::Channel> Connect() const;
  std::shared_ptr<grpc::Channel> ConnectLocally() const;
  // One that stays.
  const std::shared_ptr<grpc::Channel>& channel();

  // Completes `document` and signs it by `speaker` and by all `possession`.
  v1::SignedCall Sign(const std::string& method, v1::CallDocument document, const Speaker& speaker,
                      const std::vector<const ssh::PrivateKey*>& possession = {}) const;
  static Bytes Signature(const ssh::PrivateKey& key, std::string_view name_space,
                         std::string_view document);

  // Everyday calls.
  Answer StartSession(const std::shared_ptr<grpc::Channel>& channel, const ssh::PrivateKey& person,
                      const ssh::PrivateKey& session,
                      std::optional<absl::Duration> lifetime = std::nullopt) const;
  Answer IssueUser(const std::shared_ptr<grpc::Channel>& channel, const Speaker& speaker,
                   const ssh::PrivateKey& key) const;
  Answer MakeToken(const std::shared_ptr<grpc::Channel>& channel, const Speaker& speaker,
                   const ssh::PrivateKey& token, const std::string& name_pattern,
                   absl::Duration lifetime = absl::Hours(1), uint32_t uses = 10) const;
  Answer Enroll(const std::shared_ptr<grpc::Channel>& channel, const ssh::PrivateKey& token,
                const std::string& hostname, const ssh::PrivateKey& host_key) const;
  // The shim's control; only in a world with faults.
  FaultControl& faults() { return *faults_; }
  // Makes the `n`-th call of those in `calls` fail with `error`, and with `sticky` all after it.
  void Arm(int64_t calls, int error, int64_t n, bool sticky);
  void Disarm();
  // Every certificate that the ledger of the state directory (or a copy of it) records: serial and
  // the key's fingerprint. Fails the test when the database is not sound.
  static std::map<uint64_t, std::string> Recorded(const std::string& state_folder);
  std::map<uint64_t, std::string> Recorded() const { return Recorded(Path("ca/state")); }
  // Of the ledger's events, those of whom this SQL is true.
  size_t CountEvents(const std::string& condition = "true") const;
  // How far ahead of ours the daemon's clock is: calls are signed by it.
  absl::Duration clock_offset = absl::ZeroDuration();

  // What the local socket tells of the daemon's health.
  v1::GetHealthResponse Health() const;
  // Issues for alice, on a new connection; OK or the error.
  Answer IssueNow() const;

  static ssh::PrivateKey NewKey();

  // In the users file: an operator and engineer, and an engineer.
  const ssh::PrivateKey alice = NewKey();
  const ssh::PrivateKey bob = NewKey();

 private:
  void MapFaults();

  const Options options_;
  TemporaryDirectory folder_;
  FaultControl* faults_ = nullptr;
  int port_ = 0;
  std::string ca_id_;
  std::unique_ptr<BackgroundProcess> daemon_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace mayfly

#endif  // MAYFLY_TESTS_FAULT_MAYFLYD_WORLD_H_
