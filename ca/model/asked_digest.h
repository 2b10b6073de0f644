// What was asked, as one digest: what approvers approve.
#ifndef MAYFLY_CA_MODEL_ASKED_DIGEST_H_
#define MAYFLY_CA_MODEL_ASKED_DIGEST_H_

#include <string>

#include "ca/model/request.h"
#include "ca/model/subject.h"

namespace mayfly::model {

// SHA-256 in hexadecimal over subject, kind of certificate and all that `ask` asks, without nonce,
// time, key, and without `ask.approved`: the same wish has the same digest, whenever and by
// whichever key it is made. The encoding is docs/formats/approvals.md.
std::string AskedDigest(const Subject& subject, ssh::CertificateKind kind, const Ask& ask);

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_ASKED_DIGEST_H_
