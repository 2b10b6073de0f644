// What a host grant yields for a request.
#ifndef MAYFLY_CA_POLICY_HOST_TERMS_H_
#define MAYFLY_CA_POLICY_HOST_TERMS_H_

#include "ca/policy/evaluation.h"

namespace mayfly::policy {

// Adds findings, and fills the principals of `evaluation->terms`.
void EvaluateHostTerms(const HostCertificateRule& rule, const Inquiry& inquiry,
                       Evaluation* evaluation);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_HOST_TERMS_H_
