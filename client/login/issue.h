// One user certificate, asked for until the CA gives it or says no.
#ifndef MAYFLY_CLIENT_LOGIN_ISSUE_H_
#define MAYFLY_CLIENT_LOGIN_ISSUE_H_

#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/login/caller.h"
#include "client/login/login.h"
#include "client/rpc/call_signer.h"
#include "mayfly/v1/decision.pb.h"
#include "ssh/certificate.h"

namespace mayfly::client {

struct Issued {
  ssh::Certificate certificate;
  v1::Decision decision;
};

// Has `key` certified; its signature and key are checked. Logs in anew, once, when the CA no longer
// knows the stored session or a grant wants a newer login. Waits when the request waits for
// approval, and then has it carried out; with options.no_wait the errors of CheckApproval.
absl::StatusOr<Issued> IssueCertificate(const Context& context, Caller& caller,
                                        const LoginOptions& options, const KeySigner& key);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_ISSUE_H_
