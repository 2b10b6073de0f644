// The people of every ssh_key authenticator: those of its reviewed file and those in the ledger.
#ifndef MAYFLY_CA_ENROLLED_USERS_H_
#define MAYFLY_CA_ENROLLED_USERS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/log.h"
#include "base/mutex.h"
#include "ca/authn/ssh_key_authenticator.h"
#include "ca/authn/user_directory.h"
#include "ca/ledger/ledger.h"
#include "ca/server/user_registry.h"

namespace mayfly {

// Keeps each authenticator's snapshot at what file and ledger say together. A call enrols no name
// or key that the file has; what a changed file has too goes by the file, and is reported.
// Thread-safe.
class EnrolledUsers final : public server::UserRegistry {
 public:
  // `ledger` outlives it.
  EnrolledUsers(ledger::Ledger& ledger, ssh::KeyLimits limits) : ledger_(ledger), limits_(limits) {}

  // An authenticator for the users file at `path` and for what the ledger holds for it; it is given
  // every later change, so it outlives the object's last call. Whom the ledger has and the file too
  // are the file's; Report says so. Errors name the file.
  absl::StatusOr<std::unique_ptr<authn::SshKeyAuthenticator>> MakeAuthenticator(
      authn::SshKeyAuthenticator::Options options, const std::string& path,
      const authn::CertifiedKeys& certified_keys);

  // Logs how many are in force by each file. Who stands in one and is enrolled by a call goes by
  // the file: the first of them is the answer, an error.
  absl::Status Report(Log& log) const;
  // Reads the files again, and reports. One that is wrong leaves its last good users in force; the
  // first such error is the answer.
  absl::Status Reload(Log& log);

  absl::StatusOr<server::UserAuthenticator> Choose(const std::string& authenticator) const override;
  absl::Status Add(const model::Call& call, const model::Identity& by,
                   const server::UserAuthenticator& authenticator,
                   const std::vector<authn::User>& users, bool dry_run) override;
  absl::Status Remove(const model::Call& call, const model::Identity& by,
                      const server::UserAuthenticator& authenticator,
                      const model::Subject& user) override;
  absl::StatusOr<std::vector<server::EnrolledUser>> List() override;
  bool Holds(const std::string& realm, const std::string& name) const override;

 private:
  struct Source {
    authn::SshKeyAuthenticator* authenticator;
    std::string path;
    std::shared_ptr<const authn::UserDirectory> file;  // Without those of the ledger.
    absl::Status left_out;                             // Why one of the ledger's is not in force.
  };
  struct Loaded;
  static absl::Status Report(const Source& source, Log& log);
  absl::StatusOr<Loaded> Read(const std::string& authenticator, const std::string& path);
  absl::StatusOr<std::vector<authn::User>> ByCall(const std::string& authenticator);
  absl::Status CheckNew(const server::UserAuthenticator& chosen,
                        const std::vector<authn::User>& users)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Source* Find(const std::string& authenticator) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ledger::Ledger& ledger_;
  const ssh::KeyLimits limits_;
  mutable Mutex mutex_;  // Held while the ledger writes: one change of users at a time.
  std::vector<Source> sources_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mayfly

#endif  // MAYFLY_CA_ENROLLED_USERS_H_
