// PolicySet: all rules in force at one time.
#ifndef MAYFLY_CA_POLICY_POLICY_SET_H_
#define MAYFLY_CA_POLICY_POLICY_SET_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ca/model/subject.h"
#include "ca/policy/rules.h"
#include "ssh/certificate.h"

namespace mayfly::policy {

// What a PolicySet is made of, in the order of the set.
struct Rules {
  std::vector<Grant> grants;
  std::vector<Denial> denials;
  std::vector<Operator> operators;
  Ceilings ceilings;
  model::Labels scoped_only;  // Empty: every host accepts plain principals.
  friend bool operator==(const Rules&, const Rules&) = default;
};

// An immutable value; thread-safe, swapped as a whole on reload. Made by the loader, which has
// checked what rules.h promises.
class PolicySet {
 public:
  PolicySet(Rules rules, std::string hash);

  // Hex SHA-256 over the relative path and the bytes of every file, in byte order of path: it
  // stands in every event, so that a decision can be replayed against the set that made it.
  const std::string& hash() const { return hash_; }

  const std::vector<Grant>& grants() const { return rules_.grants; }
  const std::vector<Denial>& denials() const { return rules_.denials; }
  const std::vector<Operator>& operators() const { return rules_.operators; }
  const Ceilings& ceilings() const { return rules_.ceilings; }
  const model::Labels& scoped_only() const { return rules_.scoped_only; }

  // The grants for one kind of certificate: in the order of the set, or with the defaults before
  // the others. Positions in grants().
  const std::vector<size_t>& InOrder(ssh::CertificateKind kind) const;
  const std::vector<size_t>& DefaultsFirst(ssh::CertificateKind kind) const;
  const Grant* FindGrant(std::string_view name) const;  // Null when there is none.

  // Whether some grant names `login` literally. Such an account belongs to that grant: a
  // placeholder elsewhere must not yield it, or whoever may choose a user or group name chooses the
  // account.
  bool NamesLiterally(std::string_view login) const;

 private:
  Rules rules_;
  std::string hash_;
  std::set<std::string, std::less<>> literal_logins_;
  struct Order {
    std::vector<size_t> in_order;
    std::vector<size_t> defaults_first;
  };
  Order user_grants_;
  Order host_grants_;
  std::map<std::string, size_t, std::less<>> by_name_;
};

// Whether a host with `labels` has all of `wanted`.
bool HasLabels(const model::Labels& labels, const model::Labels& wanted);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_POLICY_SET_H_
