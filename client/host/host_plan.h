// Which files make an sshd trust the CA and show its certificates.
#ifndef MAYFLY_CLIENT_HOST_HOST_PLAN_H_
#define MAYFLY_CLIENT_HOST_HOST_PLAN_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bundle/principals_map.h"
#include "client/host/file_transaction.h"
#include "client/host/host_bundle.h"
#include "ssh/certificate.h"
#include "ssh/private_key.h"

namespace mayfly::client {

// A host key as sshd uses it.
struct HostKey {
  std::string path;  // Of the private key.
  std::string comment;
  ssh::PrivateKey key;
};

// Reads the host keys that sshd's configuration names; those of types that no CA certifies (DSA)
// and files that do not exist are passed over. kNotFound when none is left, kFailedPrecondition for
// one that is encrypted.
absl::StatusOr<std::vector<HostKey>> ReadHostKeys(
    const std::multimap<std::string, std::string>& configuration);

// Where things go, below the folder of sshd's configuration.
struct HostPaths {
  std::string user_cas;      // DIRECTORY/mayfly/user_cas.pub
  std::string revoked_keys;  // DIRECTORY/mayfly/revoked_keys
  std::string principals;    // DIRECTORY/auth_principals
  std::string drop_in;       // DIRECTORY/sshd_config.d/10-mayfly.conf
  explicit HostPaths(const std::string& directory);
};
std::string CertificatePath(const HostKey& key);  // Beside the key: KEY-cert.pub

// What stands in the way of taking over: an AuthorizedPrincipalsFile or -Command that is not ours,
// a login by certificates of another CA. One sentence each; empty when nothing does.
std::vector<std::string> Conflicts(const std::multimap<std::string, std::string>& configuration,
                                   const HostPaths& paths);

// The files, the drop-in last: until it is there sshd looks at none of the others.
std::vector<PlannedFile> PlanFiles(const HostPaths& paths, const HostBundle& bundle,
                                   const std::vector<HostKey>& keys,
                                   const std::vector<ssh::Certificate>& certificates,
                                   const std::vector<std::string>& logins);

// Has OpenSSH's own reader look at what was written: `ssh-keygen -Qf` at the KRL, `ssh-keygen -L`
// at each certificate.
absl::Status CheckWithOpenSsh(const HostPaths& paths, const std::vector<HostKey>& keys);

// Whether sshd's configuration, read anew, really uses the files: a setting that stands before our
// drop-in wins over it. kFailedPrecondition names the keyword and what to do.
absl::Status CheckEffective(const std::multimap<std::string, std::string>& configuration,
                            const HostPaths& paths, const std::vector<HostKey>& keys);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_HOST_PLAN_H_
