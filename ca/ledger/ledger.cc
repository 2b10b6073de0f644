#include "ca/ledger/ledger.h"

#include <utility>

#include "base/status.h"
#include "ca/ledger/certificates.h"
#include "ca/ledger/claims.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/event_log.h"
#include "ca/ledger/facts_reader.h"
#include "ca/ledger/filed_requests.h"
#include "ca/ledger/generation_watch.h"
#include "ca/ledger/hosts.h"
#include "ca/ledger/issuance_recorder.h"
#include "ca/ledger/join_tokens.h"
#include "ca/ledger/names.h"
#include "ca/ledger/reviews.h"
#include "ca/ledger/schema.h"
#include "ca/ledger/serial_allocator.h"
#include "ca/ledger/sessions.h"
#include "ca/ledger/statements.h"
#include "ca/ledger/strangers.h"
#include "ca/ledger/users.h"

namespace mayfly::ledger {

class Ledger::Impl {
 public:
  Impl(std::unique_ptr<store::Store> s, const Clock& c, Random& random)
      : clock(c),
        store(std::make_unique<GenerationWatch>(std::move(s))),
        log(*store, random),
        serials(*store),
        tokens(*store, log),
        hosts(*store, log, tokens),
        requests(*store, log),
        reviews(*store, log),
        issuances(*store, log, hosts, reviews),
        sessions(*store, log),
        users(*store, log) {}

  const Clock& clock;
  const std::unique_ptr<GenerationWatch> store;
  EventLog log;
  SerialAllocator serials;
  JoinTokens tokens;
  Hosts hosts;
  FiledRequests requests;
  Reviews reviews;
  IssuanceRecorder issuances;
  Sessions sessions;
  Users users;
  Strangers strangers;
};

std::string_view NoticeKindName(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kInitialized:
      return "initialized";
    case NoticeKind::kDaemonStarted:
      return "daemon_started";
    case NoticeKind::kDaemonStopped:
      return "daemon_stopped";
    case NoticeKind::kPolicyApplied:
      return "policy_applied";
    case NoticeKind::kPolicyRefused:
      return "policy_refused";
    case NoticeKind::kCaKeyActivated:
      return "ca_key_activated";
    case NoticeKind::kStrangersRefused:
      return "strangers_refused";
    case NoticeKind::kClockAccepted:
      return "clock_accepted";
  }
  MAYFLY_CHECK(false);
}

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ledger::~Ledger() = default;

absl::StatusOr<std::unique_ptr<Ledger>> Ledger::Open(std::unique_ptr<store::Store> store,
                                                     const Clock& clock, Random& random) {
  MAYFLY_RETURN_IF_ERROR(store->Migrate(Migrations()));
  return std::unique_ptr<Ledger>(
      new Ledger(std::make_unique<Impl>(std::move(store), clock, random)));
}

absl::StatusOr<ssh::Serial> Ledger::NextSerial() { return impl_->serials.Next(); }

std::vector<IssuanceTicket> Ledger::MakeTickets(const IssuanceBatch& batch) {
  std::vector<IssuanceTicket> tickets;
  for (const IssuanceRecord& issuance : batch.issuances) {
    tickets.push_back(IssuanceTicket(issuance.body));
  }
  return tickets;
}

void Ledger::RecordIssuances(const IssuanceBatch& batch, Resume resume, Recorded recorded) {
  auto go_on = [&batch, resume = std::move(resume),
                recorded = std::move(recorded)](const absl::Status& status) mutable {
    resume([&batch, recorded = std::move(recorded), status] {
      if (!status.ok()) return recorded(status);
      recorded(MakeTickets(batch));
    });
  };
  impl_->issuances.Record(batch, impl_->clock.Now(), std::move(go_on));
}

void Ledger::RecordSignedLater(const model::Call& call, const model::Subject& subject,
                               const std::vector<ssh::Certificate>& certificates) {
  impl_->issuances.RecordSignedLater(call.request_id, subject, certificates, impl_->clock.Now());
}

absl::Status Ledger::RecordDenial(const DenialRecord& record) {
  return impl_->issuances.RecordDenial(record, impl_->clock.Now());
}

std::string_view ClosingName(Closing how) {
  return how == Closing::kDenied ? "denied" : "cancelled";
}

model::FiledRequest FiledState::ToFact() const {
  model::FiledRequest fact;
  fact.number = number;
  fact.digest = digest;
  fact.filed_at = filed_at;
  fact.open = !closed_at.has_value();
  fact.uses = uses;
  fact.approvals = approvals;
  return fact;
}

absl::StatusOr<FiledState> Ledger::FileRequest(const FilingRecord& filing) {
  return impl_->requests.File(filing, impl_->clock.Now());
}

absl::Status Ledger::ApproveRequest(const model::Call& call, const model::Identity& by,
                                    uint64_t number, const std::string& digest) {
  return impl_->requests.Approve(call, by, number, digest, impl_->clock.Now());
}

absl::Status Ledger::CloseRequest(const model::Call& call, const model::Identity& by,
                                  uint64_t number, Closing how, const std::string& word) {
  return impl_->requests.Close(call, by, number, how, word, impl_->clock.Now());
}

absl::StatusOr<FiledState> Ledger::FindRequest(uint64_t number) {
  return impl_->requests.Find(number);
}

absl::StatusOr<std::vector<FiledState>> Ledger::OpenRequestsOf(const std::string& digest) {
  return impl_->requests.OpenOf(digest);
}

absl::StatusOr<std::vector<FiledState>> Ledger::ListRequests(const FiledQuery& query) {
  return impl_->requests.List(query);
}

absl::Status Ledger::CloseReview(const model::Call& call, const model::Identity& by,
                                 ssh::Serial serial, const std::string& word) {
  return impl_->reviews.Close(call, by, serial, word, impl_->clock.Now());
}

absl::StatusOr<ReviewState> Ledger::FindReview(ssh::Serial serial) {
  return impl_->reviews.Find(serial);
}

absl::StatusOr<std::vector<ReviewState>> Ledger::ListReviews(bool only_open, int limit) {
  return impl_->reviews.List(only_open, limit);
}

absl::StatusOr<Happenings> Ledger::ReadHappenings(int64_t after, int limit) {
  return ledger::ReadHappenings(*impl_->store, after, limit);
}

absl::StatusOr<int64_t> Ledger::ReaderPosition(const std::string& reader) {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows known,
                          impl_->store->Read(Run(kReaderPosition, {reader})));
  if (!known.empty()) return IntegerAt(known.front(), 0);
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows newest, impl_->store->Read(Run(kNewestEvent, {})));
  const int64_t position = IntegerAt(newest.at(0), 0);
  MAYFLY_RETURN_IF_ERROR(AdvanceReader(reader, position));
  return position;
}

absl::Status Ledger::AdvanceReader(const std::string& reader, int64_t position) {
  return impl_->store->Write({Run(kPutReaderPosition, {reader, position})}).status();
}

absl::Status Ledger::RecordSession(const model::Call& call, const SessionRecord& session) {
  return impl_->sessions.Record(call, session, impl_->clock.Now());
}

absl::Status Ledger::EndSession(const model::Call& call, const model::Identity& by,
                                const ssh::Fingerprint& session_key) {
  return impl_->sessions.End(call, by, session_key, impl_->clock.Now());
}

absl::Status Ledger::RecordJoinToken(const model::Call& call, const model::Identity& by,
                                     const JoinTokenRecord& token) {
  return impl_->tokens.Record(call, by, token, impl_->clock.Now());
}

absl::Status Ledger::RecordUsers(const model::Call& call, const model::Identity& by,
                                 const std::vector<UserRecord>& users) {
  return impl_->users.Record(call, by, users, impl_->clock.Now());
}

absl::Status Ledger::RemoveUser(const model::Call& call, const model::Identity& by,
                                const std::string& authenticator, const model::Subject& user) {
  return impl_->users.Remove(call, by, authenticator, user, impl_->clock.Now());
}

absl::StatusOr<NameBinding> Ledger::ReleaseName(const model::Call& call, const model::Identity& by,
                                                const model::Subject& subject) {
  return ledger::ReleaseName(*impl_->store, impl_->log, call, by, subject, impl_->clock.Now());
}

absl::Status Ledger::TakeDocuments(const model::Call& call) {
  std::vector<store::Operation> operations;
  RefuseReplay(call, impl_->clock.Now(), operations);
  return impl_->store->Write(std::move(operations)).status();
}

absl::Status Ledger::RecordNotice(const Notice& notice) {
  std::vector<store::Operation> operations;
  impl_->log.Append(EncodeNotice(notice, impl_->clock.Now()), operations);
  return impl_->store->Write(std::move(operations)).status();
}

void Ledger::CountStranger(const std::string& cause) { impl_->strangers.Add(cause); }

absl::Status Ledger::StoreCondition() const { return impl_->store->Condition(); }

absl::Status Ledger::FlushStrangers() {
  const absl::Time now = impl_->clock.Now();
  const std::vector<Strangers::Count> due = impl_->strangers.TakeDue(now);
  if (due.empty()) return absl::OkStatus();
  std::vector<store::Operation> operations;
  for (const Strangers::Count& one : due) {
    const Notice notice{NoticeKind::kStrangersRefused,
                        {{"cause", one.cause}, {"count", std::to_string(one.count)}}};
    impl_->log.Append(EncodeNotice(notice, now), operations);
  }
  absl::Status status = impl_->store->Write(std::move(operations)).status();
  if (!status.ok()) impl_->strangers.PutBack(due);
  return status;
}

absl::StatusOr<uint64_t> Ledger::Generation() {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows,
                          impl_->store->Read(Run(kReadCounter, {std::string("generation")})));
  return static_cast<uint64_t>(IntegerAt(rows.at(0), 0));
}

absl::StatusOr<model::Facts> Ledger::ReadFacts(const model::Subject& subject,
                                               const ssh::Fingerprint& key,
                                               const std::optional<std::string>& target_host) {
  return ledger::ReadFacts(*impl_->store, subject, key, target_host);
}

absl::StatusOr<SessionState> Ledger::FindSession(const ssh::Fingerprint& key) {
  return impl_->sessions.Find(key);
}

absl::StatusOr<JoinTokenState> Ledger::FindJoinToken(const ssh::Fingerprint& key) {
  return impl_->tokens.Find(key);
}

absl::StatusOr<std::vector<UserState>> Ledger::ListUsers() { return impl_->users.List(); }

absl::StatusOr<NameBinding> Ledger::FindName(const model::Subject& subject) {
  return ledger::FindName(*impl_->store, subject);
}

absl::StatusOr<HostState> Ledger::FindHostByKey(const ssh::Fingerprint& key) {
  return impl_->hosts.FindByKey(key);
}

absl::StatusOr<HostState> Ledger::FindHost(const std::string& name) {
  return impl_->hosts.Find(name);
}

absl::StatusOr<std::string> Ledger::KeyOwner(const ssh::Fingerprint& key) {
  return ReadKeyOwner(*impl_->store, key);
}

absl::StatusOr<CertificateState> Ledger::FindCertificate(ssh::Serial serial) {
  return ledger::FindCertificate(*impl_->store, serial);
}

absl::StatusOr<std::vector<CertificateState>> Ledger::ListCertificates(
    const CertificateQuery& query) {
  return ledger::ListCertificates(*impl_->store, query);
}

absl::StatusOr<DecisionState> Ledger::FindDecision(const std::string& request_id) {
  return impl_->log.DecisionOf(request_id);
}

absl::StatusOr<std::vector<StoredEvent>> Ledger::EventsOfRequest(const std::string& request_id) {
  return impl_->log.OfRequest(request_id);
}

absl::StatusOr<std::vector<StoredEvent>> Ledger::RecentEvents(int limit) {
  return impl_->log.Recent(limit);
}
absl::StatusOr<std::vector<StoredEvent>> Ledger::RecordedAfter(int64_t sequence, absl::Time since,
                                                               int limit) {
  return impl_->log.RecordedAfter(sequence, since, limit);
}

absl::StatusOr<std::vector<StoredEvent>> Ledger::ActivatedCaKeys() {
  return impl_->log.ActivatedCaKeys();
}

absl::StatusOr<std::vector<HostState>> Ledger::ListHosts() { return impl_->hosts.List(); }

absl::StatusOr<absl::Time> Ledger::NewestTime() {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows,
                          impl_->store->Read(Run(kNewestTime, {std::string("clock")})));
  const int64_t newest_us = IntegerAt(rows.at(0), 0);
  return newest_us == 0 ? absl::InfinitePast() : absl::FromUnixMicros(newest_us);
}

absl::Status Ledger::KeepNewestTime(absl::Time time) {
  return impl_->store->Write({Run(kSetCounter, {std::string("clock"), Microseconds(time)})})
      .status();
}

absl::StatusOr<uint64_t> Ledger::NextBundleVersion() {
  MAYFLY_ASSIGN_OR_RETURN(
      const std::vector<store::Rows> results,
      impl_->store->Write({Run(kAdvanceCounter, {int64_t{1}, std::string("bundle")})}));
  return static_cast<uint64_t>(IntegerAt(results.at(0).at(0), 0));
}

}  // namespace mayfly::ledger
