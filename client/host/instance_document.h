// What a cloud attests of the machine that asks: fetched from its metadata service, handed to the
// CA.
#ifndef MAYFLY_CLIENT_HOST_INSTANCE_DOCUMENT_H_
#define MAYFLY_CLIENT_HOST_INSTANCE_DOCUMENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "client/context.h"
#include "mayfly/v1/call.pb.h"

namespace mayfly::client {

// A credential that anybody could present: it goes to the CA, and nowhere else.
struct InstanceDocument {
  v1::CredentialKind kind = v1::CREDENTIAL_KIND_UNSPECIFIED;
  std::string document;
};

// Whom the document is to be good for, as far as the cloud lets us say so.
struct InstanceAudience {
  std::string ca_id;
  Sha256Digest host_keys;   // model::HostKeysDigest of the keys to be certified.
  std::string application;  // Of Azure's tenant; only for "azure-identity".
};

// `from`: "aws", "gcp", "azure", "azure-identity", or "auto", which takes whoever answers. The
// service is at 169.254.169.254, or where MAYFLY_METADATA_ADDRESS says. kUsage for another word;
// kLocal when there is no such service, with what each answered.
absl::StatusOr<InstanceDocument> FetchInstanceDocument(const Context& context,
                                                       const std::string& from,
                                                       const InstanceAudience& audience);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_INSTANCE_DOCUMENT_H_
