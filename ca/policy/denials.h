// Denials: asked once of the caller and the request, once of the certificate that would be made.
#ifndef MAYFLY_CA_POLICY_DENIALS_H_
#define MAYFLY_CA_POLICY_DENIALS_H_

#include <optional>
#include <string>
#include <vector>

#include "ca/model/decision.h"
#include "ca/policy/decide.h"
#include "ca/policy/inquiry.h"

namespace mayfly::policy {

// What a user certificate would open: logins in the scope of a grant (empty: plain principals).
struct Opening {
  model::Labels scope;
  std::vector<std::string> logins;
};

// Denials that the caller and the request as asked meet. One whose conditions on logins or hosts
// the request leaves open is left to CheckDenialsOfCertificate.
std::optional<Refusal> CheckDenialsOfRequest(const Inquiry& inquiry, TraceDetail detail,
                                             model::Trace* trace);

// Denials with conditions on logins or hosts, of the certificate that the chosen grant would make:
// one of its logins suffices, in whatever scope, and so does one host that it could open.
std::optional<Refusal> CheckDenialsOfCertificate(const Inquiry& inquiry, const Opening& opening,
                                                 TraceDetail detail, model::Trace* trace);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_DENIALS_H_
