#include "ca/ledger/names.h"

#include <string>

#include "base/status.h"
#include "base/text.h"
#include "ca/ledger/claims.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/statements.h"
#include "fmt/format.h"

namespace mayfly::ledger {
namespace {

// An issuer is a configured URL: it has no blank, so the first one ends it.
std::string OwnerText(const NameBinding& binding) {
  return binding.issuer + " " + binding.issuer_subject;
}

NameBinding BindingOfOwner(const std::string& owner) {
  const size_t blank = owner.find(' ');
  if (blank == std::string::npos) return {owner, ""};
  return {owner.substr(0, blank), owner.substr(blank + 1)};
}

// Many tokens of a platform are one workload by the operators' own rule, each with a subject of its
// own: branch, run, pod. Such a name is bound to the platform.
NameBinding BindingOf(const model::Identity& identity) {
  if (identity.proof == model::Proof::kJwt) return {identity.issuer, ""};
  return {identity.issuer, identity.issuer_subject};
}

}  // namespace

void BindName(const model::Identity& identity, absl::Time now,
              std::vector<store::Operation>& operations) {
  if (identity.subject.kind != model::SubjectKind::kUser || identity.issuer.empty()) return;
  operations.push_back(Require(
      kClaim,
      {std::string(kNameClaim), identity.subject.ToString(), OwnerText(BindingOf(identity)),
       Microseconds(now)},
      PermissionDenied(fmt::format(
          "the name {} of the realm {} is bound to somebody else, whom an identity provider proved "
          "first",
          identity.subject.name, identity.subject.realm))));
}

absl::StatusOr<NameBinding> FindName(store::Store& store, const model::Subject& subject) {
  MAYFLY_ASSIGN_OR_RETURN(
      const store::Rows rows,
      store.Read(Run(kClaimOwner, {std::string(kNameClaim), subject.ToString()})));
  if (rows.empty()) {
    return NotFound(fmt::format("the name {} is bound to nobody", subject.ToString()));
  }
  return BindingOfOwner(TextAt(rows.front(), 0));
}

}  // namespace mayfly::ledger
