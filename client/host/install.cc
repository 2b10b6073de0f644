#include "client/host/install.h"

#include "base/status.h"
#include "client/host/accounts.h"
#include "client/host/file_transaction.h"

namespace mayfly::client {

absl::StatusOr<Installation> Install(const Sshd& sshd, const HostPaths& paths,
                                     const HostBundle& bundle, const std::vector<HostKey>& keys,
                                     const std::vector<ssh::Certificate>& certificates,
                                     const std::string& directory, const HostState& state) {
  FileTransaction transaction;
  for (const PlannedFile& file : PlanFiles(paths, bundle, keys, certificates, LocalLogins())) {
    MAYFLY_RETURN_IF_ERROR(transaction.Install(file));
  }
  MAYFLY_RETURN_IF_ERROR(transaction.Install({HostStatePath(directory), state.ToJson(), 0644}));
  MAYFLY_RETURN_IF_ERROR(CheckWithOpenSsh(paths, keys));
  MAYFLY_RETURN_IF_ERROR(sshd.Test());
  MAYFLY_ASSIGN_OR_RETURN(const auto configuration, sshd.EffectiveConfiguration());
  MAYFLY_RETURN_IF_ERROR(CheckEffective(configuration, paths, keys));
  Installation result;
  MAYFLY_ASSIGN_OR_RETURN(result.reloaded, sshd.Reload());
  result.changed = transaction.changed();
  transaction.Keep();
  return result;
}

}  // namespace mayfly::client
