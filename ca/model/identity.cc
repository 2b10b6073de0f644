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
  }
  return "unknown";
}

}  // namespace mayfly::model
