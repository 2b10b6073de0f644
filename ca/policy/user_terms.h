// What a user grant yields for a request.
#ifndef MAYFLY_CA_POLICY_USER_TERMS_H_
#define MAYFLY_CA_POLICY_USER_TERMS_H_

#include "ca/policy/evaluation.h"

namespace mayfly::policy {

// Adds findings on hosts, logins, extensions and critical options, and fills `evaluation->terms`
// (all but the lifetime) and `evaluation->opening`.
void EvaluateUserTerms(const UserCertificateRule& rule, const Inquiry& inquiry,
                       Evaluation* evaluation);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_USER_TERMS_H_
