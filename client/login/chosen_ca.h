#ifndef MAYFLY_CLIENT_LOGIN_CHOSEN_CA_H_
#define MAYFLY_CLIENT_LOGIN_CHOSEN_CA_H_

#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/trust/trust_record.h"

namespace mayfly::client {

// The CA that --ca names, or the only one that is trusted. Fetched anew when its manifest nears its
// end and the CA can be reached; kNotTrusted when there is none, or its manifest has ended and no
// newer one is to be had.
absl::StatusOr<TrustedCa> ChosenCa(const Context& context);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_CHOSEN_CA_H_
