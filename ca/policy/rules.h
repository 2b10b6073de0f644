// The rules of a policy set as values: checked by the loader, evaluated by Decide.
#ifndef MAYFLY_CA_POLICY_RULES_H_
#define MAYFLY_CA_POLICY_RULES_H_

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "base/network.h"
#include "ca/model/subject.h"
#include "ca/policy/hours.h"
#include "ssh/public_key.h"

namespace mayfly::policy {

// Whom a rule is about. An empty member is no condition; every other must hold, a list by any one
// of its elements. Names are compared byte for byte. Named sets are their elements here.
struct Conditions {
  std::vector<std::string> authenticators;
  std::optional<std::string> realm;
  std::vector<std::string> groups;
  model::Labels labels;  // All of them.
  std::vector<IpNetwork> networks;
  std::vector<std::string> all_groups;                             // In all of them.
  std::vector<std::string> no_groups;                              // In none of them.
  std::map<std::string, std::vector<std::string>> claims;          // By name: any of these values.
  std::map<std::string, std::vector<std::string>> claim_patterns;  // Any of these (pattern.h).
  std::optional<Hours> hours;
  std::optional<bool> hardware_proof;
  std::optional<absl::Time> since;  // Inclusive.
  std::optional<absl::Time> until;  // Exclusive.
  friend bool operator==(const Conditions&, const Conditions&) = default;
};

struct Lifetime {
  absl::Duration standard;      // `default` in the file.
  absl::Duration max;           // At least `standard`, at most the ceiling.
  bool end_with_hours = false;  // Conditions::hours are there.
  friend bool operator==(const Lifetime&, const Lifetime&) = default;
};

inline constexpr int kDefaultMinRsaBits = 3072;  // As NIST asks for beyond 2030.
inline constexpr int kLeastMinRsaBits = 2048;
inline constexpr int kGreatestMinRsaBits = 8192;  // As ssh::KeyLimits: nothing larger is certified.

struct KeyRule {
  std::vector<ssh::KeyType> types = ssh::AllKeyTypes();
  int min_rsa_bits = kDefaultMinRsaBits;
  friend bool operator==(const KeyRule&, const KeyRule&) = default;
};

// One element of `logins`. Placeholders stand alone: text around a value could turn it into another
// account's name.
enum class LoginSource { kLiteral, kUsername, kGroups, kClaim, kPattern };
struct LoginRule {
  LoginSource source = LoginSource::kLiteral;
  std::string literal;  // The login; of kClaim the claim's name, of kPattern the pattern.
  friend bool operator==(const LoginRule&, const LoginRule&) = default;
};

// One element of a host grant's `principals`: `prefix`, and when `hostname` is set the attested
// name and `suffix` after it.
struct HostNameRule {
  std::string prefix;
  bool hostname = false;
  std::string suffix;
  friend bool operator==(const HostNameRule&, const HostNameRule&) = default;
};

// The value of a custom extension: never a list.
enum class ValueSource { kLiteral, kUsername, kClaim };
struct ValueRule {
  ValueSource source = ValueSource::kLiteral;
  std::string literal;  // The value; of kClaim the claim's name.
  friend bool operator==(const ValueRule&, const ValueRule&) = default;
};

struct UserCertificateRule {
  model::Labels hosts;  // Empty is `any`: plain principals.
  std::vector<LoginRule> logins;
  std::set<std::string> allow_reserved;  // What placeholders and patterns may yield all the same.
  Lifetime lifetime;
  std::vector<std::string> extensions;       // Sorted.
  std::optional<std::string> force_command;  // Forced, as the two below.
  std::vector<IpNetwork> source_addresses;   // Sorted.
  bool verify_required = false;
  std::vector<std::string> force_command_one_of;       // The caller must choose one, unless empty.
  std::vector<IpNetwork> source_address_within;        // Likewise, addresses within. Sorted.
  std::map<std::string, ValueRule> custom_extensions;  // By name, as login@github.com.
  KeyRule keys;
  friend bool operator==(const UserCertificateRule&, const UserCertificateRule&) = default;
};

struct HostCertificateRule {
  std::vector<HostNameRule> principals;
  Lifetime lifetime;
  KeyRule keys;
  friend bool operator==(const HostCertificateRule&, const HostCertificateRule&) = default;
};

inline constexpr uint32_t kMaxApprovals = 10;  // Of one rule; more people never agree in time.
inline constexpr size_t kMaxApprovalRules = 5;
inline constexpr absl::Duration kMaxBreakGlass = absl::Hours(1);

// How many people must approve, of whom, how soon.
struct ApprovalRule {
  uint32_t count = 1;
  std::optional<Conditions> from;  // Nullopt: operators who may approve.
  absl::Duration within;           // Of the filing; also how long an approval may be used.
  std::optional<absl::Duration> usable_for;  // Any number of times; nullopt: once.
  friend bool operator==(const ApprovalRule&, const ApprovalRule&) = default;
};

struct Grant {
  std::string name;
  std::string description;
  std::string source;  // "20-people.yaml:12", as in every rule.
  Conditions conditions;
  std::variant<UserCertificateRule, HostCertificateRule> certificate;
  bool is_default = false;
  bool requires_reason = false;
  std::string reason_pattern;           // Empty: any reason will do.
  std::vector<ApprovalRule> approvals;  // All of them.
  std::optional<absl::Duration> authenticated_within;
  bool break_glass = false;

  const UserCertificateRule* user() const { return std::get_if<UserCertificateRule>(&certificate); }
  const HostCertificateRule* host() const { return std::get_if<HostCertificateRule>(&certificate); }
  friend bool operator==(const Grant&, const Grant&) = default;
};

struct Denial {
  std::string name;
  std::string source;
  std::string message;  // For the caller; may be empty.
  Conditions conditions;
  std::vector<std::string> logins;      // Any of them; empty is no condition.
  model::Labels hosts;                  // All of them; empty is no condition.
  std::vector<ssh::KeyType> key_types;  // Any of them; empty is no condition.
  friend bool operator==(const Denial&, const Denial&) = default;
};

enum class Permission {
  kCreateJoinTokens,
  kReadCertificates,
  kReadDecisions,
  kApplyPolicy,
  kApprove,
  kManageUsers,
};

// Which groups somebody may put people into, and take people out of.
struct ManagedGroups {
  bool any = false;                 // Of every realm; `groups` says nothing then.
  std::vector<std::string> groups;  // Sorted; of the operator's own realm.

  bool Contains(const std::string& group) const {
    return any || std::ranges::binary_search(groups, group);
  }
  friend bool operator==(const ManagedGroups&, const ManagedGroups&) = default;
};

struct Operator {
  std::string name;
  std::string source;
  Conditions conditions;
  std::vector<Permission> permissions;  // Sorted.
  ManagedGroups managed;                // Of kManageUsers; else none.
  friend bool operator==(const Operator&, const Operator&) = default;
};

// A mayfly lives for a day: what holds where a set names no ceiling.
inline constexpr absl::Duration kDefaultUserCeiling = absl::Hours(24);
inline constexpr absl::Duration kDefaultHostCeiling = absl::Hours(90 * 24);

struct Ceilings {
  absl::Duration user_lifetime = kDefaultUserCeiling;
  absl::Duration host_lifetime = kDefaultHostCeiling;
  friend bool operator==(const Ceilings&, const Ceilings&) = default;
};

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_RULES_H_
