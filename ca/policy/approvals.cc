#include "ca/policy/approvals.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "ca/model/asked_digest.h"
#include "ca/policy/conditions.h"
#include "ca/policy/operators.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

// People matched to the places that the rules have, so that one who fits two rules fills the one
// that nobody else can. Augmenting paths; there are at most kMaxApprovals places.
class Matching {
 public:
  // fits[place][person]
  explicit Matching(std::vector<std::vector<bool>> fits, size_t people)
      : fits_(std::move(fits)), place_of_(people, kNone) {
    for (size_t place = 0; place < fits_.size(); ++place) {
      std::vector<bool> tried(people, false);
      if (Fill(place, &tried)) ++filled_;
    }
  }
  size_t filled() const { return filled_; }
  // The place that a person fills; kNone for none.
  size_t PlaceOf(size_t person) const { return place_of_[person]; }
  static constexpr size_t kNone = ~size_t{0};

 private:
  bool Fill(size_t place, std::vector<bool>* tried) {
    for (size_t person = 0; person < place_of_.size(); ++person) {
      if (!fits_[place][person] || (*tried)[person]) continue;
      (*tried)[person] = true;
      if (place_of_[person] != kNone && !Fill(place_of_[person], tried)) continue;
      place_of_[person] = place;
      return true;
    }
    return false;
  }

  const std::vector<std::vector<bool>> fits_;
  std::vector<size_t> place_of_;
  size_t filled_ = 0;
};

}  // namespace

std::string ApproversText(const ApprovalRule& rule) {
  if (!rule.from) return "operators who may approve";
  std::vector<std::string> parts;
  const Conditions& from = *rule.from;
  if (from.realm) parts.push_back("realm " + *from.realm);
  if (!from.authenticators.empty()) parts.push_back("authenticators " + Shown(from.authenticators));
  if (!from.groups.empty()) parts.push_back("groups " + Shown(from.groups));
  if (!from.all_groups.empty()) parts.push_back("all of the groups " + Shown(from.all_groups));
  if (!from.no_groups.empty()) parts.push_back("none of the groups " + Shown(from.no_groups));
  if (from.hardware_proof.value_or(false)) parts.push_back("by a security key");
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text.empty() ? "those named in the policy" : text;
}

namespace {

bool IsOfThisRequest(const Inquiry& inquiry) {
  const std::optional<model::FiledRequest>& filed = inquiry.facts.filed;
  return filed && filed->digest == model::AskedDigest(inquiry.identity.subject,
                                                      inquiry.request.kind, inquiry.request.ask);
}

}  // namespace

bool IsApprover(const PolicySet& policy, const ApprovalRule& rule, const model::Identity& approver,
                const model::Fact<IpAddress>& peer, absl::Time now) {
  if (!rule.from) return May(policy, approver, Permission::kApprove, peer, now, nullptr);
  Findings findings(Depth::kVerdict);
  EvaluateConditions(*rule.from, Caller(approver, peer, now), &findings);
  return findings.not_held() == 0;
}

bool MayApprove(const PolicySet& policy, const Grant& grant, const model::Identity& approver,
                const model::Fact<IpAddress>& peer, absl::Time now) {
  return std::ranges::any_of(grant.approvals, [&](const ApprovalRule& rule) {
    return IsApprover(policy, rule, approver, peer, now);
  });
}

ApprovalVerdict JudgeApprovals(const Grant& grant, const Inquiry& inquiry) {
  const bool of_this = IsOfThisRequest(inquiry);
  return CountApprovals(inquiry.policy, grant, inquiry.identity.subject,
                        of_this ? *inquiry.facts.filed : model::FiledRequest(), inquiry.now);
}

ApprovalVerdict CountApprovals(const PolicySet& policy, const Grant& grant,
                               const model::Subject& requester, const model::FiledRequest& filed,
                               absl::Time now) {
  ApprovalVerdict verdict;
  verdict.within = absl::InfiniteDuration();
  absl::Duration usable = absl::InfiniteDuration();
  verdict.once = false;
  for (const ApprovalRule& rule : grant.approvals) {
    verdict.within = std::min(verdict.within, rule.within);
    usable = std::min(usable, rule.usable_for.value_or(rule.within));
    verdict.once = verdict.once || !rule.usable_for;
    verdict.needs.push_back({rule.count, ApproversText(rule), {}});
  }
  if (!filed.open || filed.number == 0) return verdict;

  std::vector<size_t> rule_of_place;
  std::vector<std::vector<bool>> fits;
  for (size_t i = 0; i < grant.approvals.size(); ++i) {
    const ApprovalRule& rule = grant.approvals[i];
    std::vector<bool> people;
    for (const model::Approval& approval : filed.approvals) {
      people.push_back(approval.approver.subject != requester &&
                       approval.at <= filed.filed_at + rule.within &&
                       IsApprover(policy, rule, approval.approver, approval.peer, approval.at));
    }
    for (uint32_t place = 0; place < rule.count; ++place) {
      rule_of_place.push_back(i);
      fits.push_back(people);
    }
  }
  const size_t places = fits.size();
  const Matching matching(std::move(fits), filed.approvals.size());
  absl::Time last = filed.filed_at;
  for (size_t person = 0; person < filed.approvals.size(); ++person) {
    const size_t place = matching.PlaceOf(person);
    if (place == Matching::kNone) continue;
    const model::Approval& approval = filed.approvals[person];
    verdict.needs[rule_of_place[place]].approved_by.push_back(approval.approver.subject.ToString());
    last = std::max(last, approval.at);
  }
  verdict.usable_until = last + usable;
  verdict.complete = matching.filled() == places && now < verdict.usable_until &&
                     (!verdict.once || filed.uses == 0);
  return verdict;
}

}  // namespace mayfly::policy
