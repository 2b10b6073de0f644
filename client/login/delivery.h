#ifndef MAYFLY_CLIENT_LOGIN_DELIVERY_H_
#define MAYFLY_CLIENT_LOGIN_DELIVERY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/context.h"
#include "ssh/agent_constraints.h"
#include "ssh/certificate.h"
#include "ssh/private_key.h"
#include "ssh/public_key.h"

namespace mayfly::client {

// Our own certificates of this CA that the agent holds.
absl::StatusOr<std::vector<ssh::Certificate>> AgentCertificates(
    const Context& context, const std::vector<ssh::PublicKey>& user_cas);
// Adds key and certificate as one identity that ends with the certificate and is held to
// `constraints` (whose lifetime is the certificate's), and removes what we added before for the
// same CA. kLocal with the reason and what to do when there is no agent or it refuses.
absl::Status AddToAgent(const Context& context, const ssh::PrivateKey& key,
                        const ssh::Certificate& certificate,
                        const std::vector<ssh::PublicKey>& user_cas, const std::string& comment,
                        ssh::AgentConstraints constraints = {});
absl::Status RemoveFromAgent(const Context& context, const std::vector<ssh::PublicKey>& user_cas);

// Refuses, as kLocal, to write over what mayfly did not write: a PATH-cert.pub must be a
// certificate of this CA, and with `with_key` a PATH or PATH.pub needs one beside it.
absl::Status CheckMayWrite(const std::string& path, bool with_key,
                           const std::vector<ssh::PublicKey>& user_cas);

// Writes PATH (0600), PATH.pub and PATH-cert.pub, the certificate last. An existing PATH is
// replaced only when a certificate of ours stands beside it.
absl::Status WriteKeyAndCertificate(const Context& context, const std::string& path,
                                    const ssh::PrivateKey& key, const ssh::Certificate& certificate,
                                    const std::vector<ssh::PublicKey>& user_cas,
                                    const std::string& comment);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_DELIVERY_H_
