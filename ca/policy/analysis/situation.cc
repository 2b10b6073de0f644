#include "ca/policy/analysis/situation.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "ca/model/asked_digest.h"
#include "ca/policy/decide.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

constexpr int kLeastRsaBits = 1024;  // Weak ones too: a policy may be asked about them.
constexpr int kGreatestRsaBits = 16384;

// Reads the members one by one, and remembers whether any was wrong.
class Maker {
 public:
  Maker(const SituationText& text, const SituationError& error) : text_(text), error_(error) {}

  std::optional<Situation> Make() {
    if (text_.user.empty() == text_.host.empty()) {
      Wrong("as", "say who is asking: a user or a host, one of them");
      return std::nullopt;
    }
    if (text_.key_type == ssh::KeyType::kRsa &&
        (text_.rsa_bits < kLeastRsaBits || text_.rsa_bits > kGreatestRsaBits)) {
      Wrong("key.rsa_bits", fmt::format("expected {} to {} bits", kLeastRsaBits, kGreatestRsaBits));
      return std::nullopt;
    }
    Situation situation{Identity(), Request(), Facts(), Now()};
    if (text_.ends_in) situation.identity.until = situation.now + *text_.ends_in;
    situation.identity.authenticated_at = situation.now - text_.authenticated_ago;
    if (text_.authenticated_ago < absl::ZeroDuration()) {
      Wrong("as.authenticated_ago", "a login is never in the future");
    }
    if (!text_.approvals.empty()) AddApprovals(&situation);
    if (failed_) return std::nullopt;
    return situation;
  }

 private:
  // The request as it was filed, which names itself: what mayflyd gathers for one that is approved.
  void AddApprovals(Situation* situation) {
    model::FiledRequest filed;
    filed.number = 1;
    filed.digest = model::AskedDigest(situation->identity.subject, situation->request.kind,
                                      situation->request.ask);
    filed.filed_at = situation->now;
    for (size_t i = 0; i < text_.approvals.size(); ++i) {
      const std::string field = fmt::format("state.approvals[{}]", i);
      const ApprovalText& text = text_.approvals[i];
      model::Approval approval = ApprovalOf(text, field, situation->now);
      filed.filed_at = std::min(filed.filed_at, approval.at);
      const bool again = std::ranges::any_of(filed.approvals, [&](const model::Approval& other) {
        return other.approver.subject == approval.approver.subject;
      });
      if (again) Wrong(field, "this approver is there already; each counts once");
      filed.approvals.push_back(std::move(approval));
    }
    situation->request.ask.approved = filed.number;
    situation->facts.filed = std::move(filed);
  }

  model::Approval ApprovalOf(const ApprovalText& text, const std::string& field, absl::Time now) {
    model::Approval approval;
    const std::string realm = text.realm.empty() ? "people" : text.realm;
    auto subject = model::Subject::Create(model::SubjectKind::kUser, text.user, realm);
    if (subject.ok()) {
      approval.approver.subject = *std::move(subject);
    } else {
      Wrong(field + ".user", text.user.empty() ? "say who approved" : Message(subject.status()));
    }
    approval.approver.authenticator = text.authenticator.empty() ? "ssh-key" : text.authenticator;
    approval.approver.groups =
        text.groups.absent() ? model::Fact<std::vector<std::string>>::Known({}) : text.groups;
    approval.approver.hardware = text.hardware;
    if (text.ago < absl::ZeroDuration()) {
      Wrong(field + ".ago", "an approval is never in the future");
    }
    approval.at = now - text.ago;
    approval.approver.authenticated_at = approval.at;
    approval.peer = PeerOf(text, field + ".from");
    return approval;
  }

  bool for_user() const { return !text_.user.empty(); }

  model::Identity Identity() {
    model::Identity identity;
    const std::string realm =
        !text_.realm.empty() ? text_.realm : std::string(for_user() ? "people" : "hosts");
    const auto kind = for_user() ? model::SubjectKind::kUser : model::SubjectKind::kHost;
    auto subject = model::Subject::Create(kind, for_user() ? text_.user : text_.host, realm);
    if (subject.ok()) {
      identity.subject = *std::move(subject);
    } else {
      Wrong(for_user() ? "as.user" : "as.host", Message(subject.status()));
    }
    identity.authenticator = !text_.authenticator.empty() ? text_.authenticator
                             : for_user()                 ? "ssh-key"
                                                          : "join";
    identity.proof = for_user() ? model::Proof::kSshKey : model::Proof::kJoinToken;
    for (const auto& [name, value] : text_.claims) {
      identity.claims[name] = model::Fact<std::string>::Known(value);
    }
    identity.hardware = text_.hardware;
    ReadGroups(&identity);
    ReadLabels(&identity);
    return identity;
  }

  void ReadGroups(model::Identity* identity) {
    if (!for_user()) {
      if (!text_.groups.absent()) Wrong("as.groups", "only users have groups; hosts have labels");
      return;
    }
    // A user of whom nothing is said is known to be in no group.
    identity->groups =
        text_.groups.absent() ? model::Fact<std::vector<std::string>>::Known({}) : text_.groups;
  }

  void ReadLabels(model::Identity* identity) {
    if (for_user()) {
      if (!text_.labels.absent()) Wrong("as.labels", "only hosts have labels; users have groups");
      return;
    }
    identity->labels = text_.labels.absent() ? model::Fact<model::Labels>::Known({}) : text_.labels;
    CheckLabels("as.labels", identity->labels);
  }

  model::Request Request() {
    model::Request request{
        .kind = for_user() ? ssh::CertificateKind::kUser : ssh::CertificateKind::kHost,
        .key = SampleKey(text_.key_type, text_.rsa_bits),
        .ask = Ask(),
        .peer = PeerOf(text_, "from"),
        .hostname = text_.host};
    return request;
  }

  model::Ask Ask() {
    model::Ask ask;
    if (!text_.grant.empty()) ask.grant = text_.grant;
    if (!text_.target.empty()) ask.target_host = text_.target;
    ask.logins = text_.logins;
    ask.principals = text_.principals;
    ask.lifetime = text_.lifetime;
    ask.extensions = text_.extensions;
    if (!text_.force_command.empty()) ask.force_command = text_.force_command;
    for (const std::string& text : text_.source_addresses) {
      const absl::StatusOr<IpNetwork> network = IpNetwork::Parse(text);
      if (network.ok()) ask.source_addresses.push_back(*network);
      if (!network.ok()) Wrong("ask.source_address", Message(network.status()));
    }
    ask.reason = text_.reason;
    return ask;
  }

  // Of a situation or of one of its approvals.
  template <typename Text>
  model::Fact<IpAddress> PeerOf(const Text& text, std::string_view field) {
    if (text.from_local) return model::Fact<IpAddress>::Absent();
    if (text.from_unknown) return model::Fact<IpAddress>::Unknown();
    const absl::StatusOr<IpAddress> address =
        IpAddress::Parse(text.from.empty() ? kSituationPeer : std::string_view(text.from));
    if (address.ok()) return model::Fact<IpAddress>::Known(*address);
    Wrong(field, Message(address.status()));
    return model::Fact<IpAddress>::Unknown();
  }

  model::Facts Facts() {
    model::Facts facts;
    facts.subject_banned = text_.banned;
    facts.key_revoked = text_.key_revoked;
    if (!text_.key_owner.empty()) {
      const auto owner = model::Subject::Parse(text_.key_owner);
      if (!owner.ok()) Wrong("state.key_owner", Message(owner.status()));
      facts.key_owner = text_.key_owner;
    }
    // As the ledger answers: a host that is not enrolled has unknown labels.
    if (!text_.target.empty()) {
      facts.target_labels = text_.target_labels.absent() ? model::Fact<model::Labels>::Unknown()
                                                         : text_.target_labels;
      CheckLabels("ask.host.labels", facts.target_labels);
    } else if (!text_.target_labels.absent()) {
      Wrong("ask.host", "labels are of a host; name it");
    }
    return facts;
  }

  absl::Time Now() const {
    return text_.at ? *text_.at : absl::FromUnixSeconds(kSituationUnixSeconds);
  }

  void CheckLabels(std::string_view field, const model::Fact<model::Labels>& labels) {
    if (!labels.known()) return;
    const absl::Status status = model::CheckLabels(labels.value());
    if (!status.ok()) Wrong(field, Message(status));
  }

  void Wrong(std::string_view field, std::string_view message) {
    failed_ = true;
    error_(field, message);
  }

  const SituationText& text_;
  const SituationError& error_;
  bool failed_ = false;
};

}  // namespace

model::Decision Decide(const PolicySet& policy, const Situation& situation) {
  return Decide(policy, situation.identity, situation.request, situation.facts, situation.now);
}

std::optional<Situation> MakeSituation(const SituationText& text, const SituationError& error) {
  return Maker(text, error).Make();
}

}  // namespace mayfly::policy
