#include "ca/ledger/names.h"

#include <string>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/ledger/claims.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/statements.h"
#include "fmt/format.h"

namespace mayfly::ledger {
namespace {

// An issuer is a configured name or a URL: neither has a blank, so the first one ends it.
std::string OwnerText(const NameBinding& binding) {
  return binding.issuer + " " + binding.issuer_subject;
}

NameBinding BindingOfOwner(const std::string& owner) {
  const size_t blank = owner.find(' ');
  if (blank == std::string::npos) return {owner, ""};
  return {owner.substr(0, blank), owner.substr(blank + 1)};
}

}  // namespace

// Many tokens of a platform are one workload by the operators' own rule, each with a subject of its
// own: branch, run, pod. Such a name is bound to the platform.
NameBinding BindingOf(const model::Identity& identity) {
  if (identity.proof == model::Proof::kJwt) return {identity.issuer, ""};
  return {identity.issuer, identity.issuer_subject};
}

bool BindsName(const model::Identity& identity) {
  return identity.subject.kind == model::SubjectKind::kUser && !identity.issuer.empty() &&
         identity.proof != model::Proof::kSession;
}

std::string BoundToAnother(const model::Subject& subject) {
  return fmt::format(
      "the name {} of the realm {} is bound to somebody else, whom another provider proved first: "
      "an operator releases it with: mayfly users release {}",
      subject.name, subject.realm, subject.name);
}

void BindName(const model::Identity& identity, absl::Time now,
              std::vector<store::Operation>& operations) {
  if (!BindsName(identity)) return;
  operations.push_back(Require(kClaim,
                               {std::string(kNameClaim), identity.subject.ToString(),
                                OwnerText(BindingOf(identity)), Microseconds(now)},
                               PermissionDenied(BoundToAnother(identity.subject))));
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

absl::StatusOr<NameBinding> ReleaseName(store::Store& store, EventLog& log, const model::Call& call,
                                        const model::Identity& by, const model::Subject& subject,
                                        absl::Time now) {
  MAYFLY_ASSIGN_OR_RETURN(NameBinding binding, FindName(store, subject));
  const std::string name = subject.ToString();
  std::vector<store::Operation> operations;
  log.Append(EncodeNameReleased(call, by, name, binding, now), operations);
  RefuseReplay(call, now, operations);
  operations.push_back(Require(kDropClaim, {std::string(kNameClaim), name, OwnerText(binding)},
                               Aborted("the name has just been released; look again")));
  operations.push_back(Run(kEndSessionsOf, {Microseconds(now), name}));
  operations.push_back(Run(kAdvanceCounter, {int64_t{1}, std::string("generation")}));
  MAYFLY_RETURN_IF_ERROR(store.Write(std::move(operations)).status());
  return binding;
}

}  // namespace mayfly::ledger
