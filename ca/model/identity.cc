#include "ca/model/identity.h"

namespace mayfly::model {

std::string_view ProofName(Proof proof) {
  switch (proof) {
    case Proof::kSshKey:
      return "ssh_key";
    case Proof::kJoinToken:
      return "join_token";
    case Proof::kSession:
      return "session";
    case Proof::kHostKey:
      return "host_key";
    case Proof::kLocal:
      return "local";
    case Proof::kOidc:
      return "oidc";
    case Proof::kJwt:
      return "jwt";
    case Proof::kMtls:
      return "mtls";
    case Proof::kAws:
      return "aws";
    case Proof::kGcp:
      return "gcp";
    case Proof::kAzure:
      return "azure";
    case Proof::kAzureIdentity:
      return "azure_identity";
  }
  return "unknown";
}

const std::vector<Proof>& AllProofs() {
  static const auto& all = *new std::vector<Proof>{
      Proof::kSshKey, Proof::kJoinToken, Proof::kSession, Proof::kHostKey,
      Proof::kLocal,  Proof::kOidc,      Proof::kJwt,     Proof::kMtls,
      Proof::kAws,    Proof::kGcp,       Proof::kAzure,   Proof::kAzureIdentity};
  return all;
}

bool IsByKey(Proof proof) {
  switch (proof) {
    case Proof::kSshKey:
    case Proof::kJoinToken:
    case Proof::kSession:
    case Proof::kHostKey:
      return true;
    default:
      return false;
  }
}

bool IsByBearer(Proof proof) {
  switch (proof) {
    case Proof::kOidc:
    case Proof::kJwt:
    case Proof::kAws:
    case Proof::kGcp:
    case Proof::kAzure:
    case Proof::kAzureIdentity:
      return true;
    default:
      return false;
  }
}

}  // namespace mayfly::model
