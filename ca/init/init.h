// `mayflyd init`: everything that a CA starts with, in one folder.
#ifndef MAYFLY_CA_INIT_INIT_H_
#define MAYFLY_CA_INIT_INIT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "ca/keys/key_file.h"
#include "ssh/public_key.h"

namespace mayfly::init {

// Somebody who may run the CA from the first minute.
struct FirstOperator {
  std::string user;
  ssh::PublicKey key;
  // Reads "USER=PUBKEYFILE". kInvalidArgument, or the file's error.
  static absl::StatusOr<FirstOperator> Parse(const std::string& text);
  // The invoking user (also behind sudo) with the first of ~/.ssh/id_{ed25519,ecdsa,rsa}.pub.
  // kNotFound says what to give instead.
  static absl::StatusOr<FirstOperator> OfInvokingUser();
};

struct InitOptions {
  std::string directory;               // Must not exist, or be empty.
  std::string name;                    // For people.
  std::vector<std::string> addresses;  // "ca.example.com:7443"; a missing port is 7443.
  std::vector<std::string> listen;  // Empty: all addresses of the machine, at the first one's port;
                                    // an address of the loopback is listened on alone.
  std::vector<FirstOperator> operators;  // At least one.
  std::string passphrase_source;         // Written to the configuration: "prompt", "file:…" …
  keys::KeyFileCost cost = keys::KeyFileCost::kModerate;
};

struct InitReport {
  std::string directory;
  std::string ca_id;
  std::string user_ca;  // Fingerprints.
  std::string host_ca;
  std::string recovery_key_path;
  std::vector<std::string> operators;
};

// Makes trust key, recovery key, both CA keys (all ed25519), TLS identity, configuration, users
// file, example policies and an empty ledger that records all this. All or nothing: works in a
// folder beside `directory` and renames it.
//   kAlreadyExists    the folder exists and is not empty; nothing is touched
//   kInvalidArgument  an option is wrong, by its name on the command line
absl::StatusOr<InitReport> Initialize(const InitOptions& options, const SecretBytes& passphrase,
                                      const Clock& clock, Random& random);

}  // namespace mayfly::init

#endif  // MAYFLY_CA_INIT_INIT_H_
