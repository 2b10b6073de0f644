#include "ssh/agent_diagnosis.h"

#include "ssh/private_key.h"

namespace mayfly::ssh {
namespace {

bool Takes(Agent& agent, const AgentConstraints& constraints, Random& random) {
  const absl::StatusOr<PrivateKey> key = PrivateKey::Generate(KeyType::kEd25519, random);
  if (!key.ok()) return false;
  const bool taken = agent.AddKey(*key, "mayfly: a test, gone in a second", constraints).ok();
  if (taken) agent.Remove(key->public_key().blob()).IgnoreError();
  return taken;
}

}  // namespace

std::string WhyRefused(Agent& agent, const AgentConstraints& constraints, Random& random) {
  AgentConstraints tried{.lifetime = absl::Seconds(1), .confirm = false, .destinations = {}};
  if (!Takes(agent, tried, random)) {
    return "it takes no keys with a lifetime: it may be locked (ssh-add -X), or be of a kind that "
           "takes none";
  }
  if (constraints.confirm) {
    tried.confirm = true;
    if (!Takes(agent, tried, random)) return "it cannot ask before each use of a key";
  }
  if (!constraints.destinations.empty()) {
    tried.destinations = constraints.destinations;
    if (!Takes(agent, tried, random)) {
      return "it cannot hold a key to its destinations (OpenSSH's does, from 8.9 on)";
    }
  }
  return "it takes keys but no certificates";
}

}  // namespace mayfly::ssh
