#ifndef MAYFLY_CA_MODEL_REQUEST_H_
#define MAYFLY_CA_MODEL_REQUEST_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/network.h"
#include "ca/model/fact.h"
#include "ssh/certificate.h"
#include "ssh/public_key.h"

namespace mayfly::model {

// Bytes that were signed, exactly, and the SSHSIG blobs over them.
struct SignedDocument {
  Bytes document;
  std::vector<Bytes> signatures;
  absl::Time issued_at;  // As the document says.
};

// A call as it came: what the ledger keeps so that an issuance holds the requester's own
// signatures.
struct Call {
  std::string request_id;         // Ours: 26 characters, also in the log and with the caller.
  std::string method;             // The RPC's full name, "/mayfly.v1.Issuance/IssueUser".
  Bytes document;                 // The signed bytes, exactly.
  std::vector<Bytes> signatures;  // SSHSIG blobs over them.
  std::vector<SignedDocument>
      further;           // An enrolment or renewal: one document per further host key.
  Fact<IpAddress> peer;  // Absent on the local socket.
  absl::Time received_at;
  absl::Time issued_at;  // As the document says.
};

// What a caller asks beyond "my default". A request only tightens: what it asks beyond a grant's
// bound is refused.
struct Ask {
  std::optional<std::string> grant;        // By name.
  std::optional<std::string> target_host;  // With one login: the first grant that opens it.
  std::vector<std::string> logins;         // User: wanted logins; empty = all of the grant's.
  std::vector<std::string> principals;     // Host: wanted names; empty = all of the grant's.
  std::optional<absl::Duration> lifetime;
  std::optional<std::vector<std::string>> extensions;  // Wanted extensions; nullopt = the grant's.
  std::optional<std::string> force_command;
  std::vector<IpNetwork> source_addresses;
  std::string reason;
  std::optional<uint64_t> approved;  // The filed request that this carries out, by number.
  friend bool operator==(const Ask&, const Ask&) = default;
};

struct Request {
  ssh::CertificateKind kind = ssh::CertificateKind::kUser;
  ssh::PublicKey key;  // To be certified; possession is proven.
  Ask ask;
  Fact<IpAddress> peer;  // As in Call.
  std::string hostname;  // Host certificates: the attested name; else empty.
};

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_REQUEST_H_
