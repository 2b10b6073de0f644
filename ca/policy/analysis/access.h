// Who can get what: everything that a policy set allows, as regions.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_ACCESS_H_
#define MAYFLY_CA_POLICY_ANALYSIS_ACCESS_H_

#include <compare>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "ca/policy/analysis/region.h"
#include "ca/policy/analysis/universe.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

// One thing that a certificate can open, or a family of such things that rules treat alike.
struct Principal {
  enum class Kind {
    kLogin,      // `text` is the login.
    kOwnName,    // The caller's own name, one that no rule lists.
    kGroupName,  // The name of a group of the caller's, one that no rule lists.
    kClaimName,  // The value of a claim of the caller's, a login that no rule lists; `text` is the
                 // claim.
    kHostName,   // Of a host certificate: `text` is the name.
    kHostPattern,  // `text` is the attested name between other text: "${hostname}.example.com".
  };
  Kind kind = Kind::kLogin;
  model::Labels scope;  // Empty: any host, and host certificates.
  std::string text;
  std::string like;  // kLogin: when it stands for a family of logins, "like svc-*".
  friend auto operator<=>(const Principal&, const Principal&) = default;
};
// Whether some host may have all labels of both.
bool CanBeOne(const model::Labels& a, const model::Labels& b);

// "root on hosts with env=production"
std::string Describe(const Principal& principal);

// What comes with it: the best that a caller can get.
struct Offer {
  absl::Duration lifetime;
  std::vector<std::string> extensions;       // Sorted.
  std::optional<std::string> force_command;  // Forced.
  std::vector<IpNetwork> source_addresses;   // Forced.
  bool verify_required = false;
  bool requires_reason = false;
  std::string reason_pattern;
  std::vector<std::string> commands;           // The caller must choose one of them.
  std::vector<IpNetwork> within;               // And addresses within these.
  std::vector<std::string> custom_extensions;  // "login@github.com=${username}", sorted.
  std::string ends_with;                       // The hours that it does not outlive.
  absl::Time until = absl::InfiniteFuture();   // Nor this.
  std::vector<ApprovalRule> approvals;         // All of them.
  std::optional<absl::Duration> authenticated_within;
  bool break_glass = false;  // Alarms, and opens a review.
  friend bool operator==(const Offer&, const Offer&) = default;
};
Offer OfferOf(const Grant& grant, const Ceilings& ceilings);
// Whether whoever has `a` lacks nothing of `b`.
bool AtLeast(const Offer& a, const Offer& b);
// "up to 1h, with permit-pty, needs a reason"
std::string Describe(const Offer& offer);
// How `now` differs: "up to 8h instead of 1h, needs no reason any more".
std::string DescribeChange(const Offer& before, const Offer& now);

// That a grant opens a principal to a region of callers, denials taken away.
struct Allowance {
  const Grant* grant = nullptr;
  Offer offer;
  Region region;
};

// One set in one universe. Both must outlive it. Immutable; thread-safe.
class Access {
 public:
  Access(const PolicySet& policy, const Universe& universe);

  // Whatever some grant could open, to whomever.
  std::set<Principal> Principals() const;
  // In the order of the set; without those that denials leave nothing of.
  std::vector<Allowance> AllowancesOf(const Principal& principal) const;
  // The same before denials: to whom the grant would open it.
  Region RegionOf(const Grant& grant, const Principal& principal) const;
  // Who is refused it, whatever the grants say.
  Region DeniedOf(const Principal& principal) const;
  // Whom a denial concerns, and whether it concerns certificates that open that.
  const Region& WhomConcerns(size_t denial) const { return denied_[denial]; }
  bool Concerns(const Denial& denial, const Principal& principal) const;

  const PolicySet& policy() const { return policy_; }
  const Universe& universe() const { return universe_; }

 private:
  void AddPrincipals(const UserCertificateRule& rule, std::set<Principal>* principals) const;
  Region Yields(const UserCertificateRule& rule, const Principal& principal) const;
  Region Yields(const UserCertificateRule& rule, const LoginRule& login,
                const Principal& principal) const;
  Region Yields(const HostCertificateRule& rule, const Principal& principal) const;
  bool MayYield(const UserCertificateRule& rule, const std::string& login) const;
  void AddLogin(const UserCertificateRule& rule, const std::string& login,
                std::set<Principal>* principals) const;

  const PolicySet& policy_;
  const Universe& universe_;
  std::vector<Region> whom_;    // Of each grant, conditions and keys.
  std::vector<Region> denied_;  // Of each denial.
  Region by_name_;              // Hosts that are attested by a name, not by an address.
};

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_ACCESS_H_
