// One situation to be decided, as people write it: by cases and by the options of `policy explain`.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_SITUATION_H_
#define MAYFLY_CA_POLICY_ANALYSIS_SITUATION_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "ca/model/decision.h"
#include "ca/model/facts.h"
#include "ca/model/identity.h"
#include "ca/model/request.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

// All that Decide takes beside the policy set.
struct Situation {
  model::Identity identity;
  model::Request request;
  model::Facts facts;
  absl::Time now;
};
model::Decision Decide(const PolicySet& policy, const Situation& situation);

// A Monday noon: within the office hours of most policies, and always the same.
inline constexpr int64_t kSituationUnixSeconds = 1767614400;  // 2026-01-05T12:00:00Z
inline constexpr std::string_view kSituationPeer = "192.0.2.1";

// An approver of the request, likewise.
struct ApprovalText {
  std::string user;
  std::string realm;
  std::string authenticator;
  model::Fact<std::vector<std::string>> groups;
  model::Fact<bool> hardware;
  bool from_local = false;
  bool from_unknown = false;
  std::string from;
  absl::Duration ago;
};

// What people write, unchecked. An empty text is "left out".
struct SituationText {
  std::string user;
  std::string host;
  std::string realm;          // Default people or hosts.
  std::string authenticator;  // Default ssh-key or join.
  model::Fact<std::vector<std::string>> groups;
  model::Fact<model::Labels> labels;
  std::map<std::string, std::string> claims;  // One that is not here is unknown.
  model::Fact<bool> hardware;
  std::optional<absl::Duration> ends_in;
  absl::Duration authenticated_ago;

  std::string grant;
  std::string target;                        // The host to log in to.
  model::Fact<model::Labels> target_labels;  // Of it, or without a name of any host.
  std::vector<std::string> logins;
  std::vector<std::string> principals;
  std::optional<absl::Duration> lifetime;
  std::optional<std::vector<std::string>> extensions;
  std::string force_command;
  std::vector<std::string> source_addresses;
  std::string reason;

  bool from_local = false;
  bool from_unknown = false;
  std::string from;
  std::optional<absl::Time> at;
  ssh::KeyType key_type = ssh::KeyType::kEd25519;
  int rsa_bits = 3072;
  bool banned = false;
  bool key_revoked = false;
  std::string key_owner;
  std::vector<ApprovalText> approvals;
};

// Told what is wrong and in which member, by the name that cases give it: "as.user",
// "ask.source_address".
using SituationError = std::function<void(std::string_view field, std::string_view message)>;

// Returns nothing when `error` was called.
std::optional<Situation> MakeSituation(const SituationText& text, const SituationError& error);

// A well-formed key of that type that nobody holds. RSA from 1024 to 16384 bits, others ignore it.
ssh::PublicKey SampleKey(ssh::KeyType type, int rsa_bits);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_SITUATION_H_
