// The ledger: the append-only record of what the CA decided and did, and the state that follows
// from it.
//
// Nothing is signed that was not first recorded here: RecordIssuances is the only maker of tickets,
// and a ticket the only thing that a signature can be made from.
#ifndef MAYFLY_CA_LEDGER_LEDGER_H_
#define MAYFLY_CA_LEDGER_LEDGER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "ca/ledger/happenings.h"
#include "ca/ledger/issuance_ticket.h"
#include "ca/ledger/records.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

// Thread-safe. Writes block until they are durable (0.2 to 10 ms); reads do not wait for writers.
// Where no other code is named, an error is the store's (see Store::Write), and nothing was
// recorded.
class Ledger {
 public:
  // Migrates the store. `clock`, `random` outlive the ledger.
  static absl::StatusOr<std::unique_ptr<Ledger>> Open(std::unique_ptr<store::Store> store,
                                                      const Clock& clock, Random& random);
  ~Ledger();

  // --- Issuance ---------------------------------------------------------------------------------

  // A serial that was never given out and never will be again: era << 40 | counter, from 1. Taken
  // from a block reserved durably, so most calls do not touch the disk; gaps after a restart are
  // normal.
  absl::StatusOr<ssh::Serial> NextSerial();

  // Records the whole batch in one durable transaction that also re-checks the generation, claims
  // every key for its subject and the user's name for its provider, spends the join token, uses the
  // approval, opens the review of a break-glass certificate, writes the enrolment, and refuses a
  // document that was recorded before. One ticket per issuance, in order.
  //   kAborted             the generation moved, or an approval was used up: gather facts and
  //                        decide again
  //   kAlreadyExists       the same call was recorded before (a replay)
  //   kPermissionDenied    a key or the user's name belongs to another owner; the token is spent,
  //                        expired or for another name; the host's name is taken: a sentence fit
  //                        for the caller
  // No thread waits for the disk: `recorded` is called once, by what `resume` is given to run, and
  // `batch` must live until then.
  using Resume = std::function<void(std::function<void()>)>;
  using Recorded = std::function<void(absl::StatusOr<std::vector<IssuanceTicket>>)>;
  void RecordIssuances(const IssuanceBatch& batch, Resume resume, Recorded recorded);
  // A later event of its own: the bodies that `call` recorded were signed. Returns at once: it is
  // durable with the next record or a tenth of a second later. A process that ends in between
  // leaves "recorded, never signed" about certificates that their holders may have. What was not
  // recorded like this is left out, with the whole event.
  void RecordSignedLater(const model::Call& call, const model::Subject& subject,
                         const std::vector<ssh::Certificate>& certificates);
  absl::Status RecordDenial(const DenialRecord& record);

  // --- Approvals and reviews
  // ----------------------------------------------------------------------

  // Files a request that waits for approval, or answers with the one that waits for the same.
  //   kFailedPrecondition  too many of the subject's requests wait
  absl::StatusOr<FiledState> FileRequest(const FilingRecord& filing);
  // kFailedPrecondition when it no longer waits, asks for another digest, or `by` approved before:
  // sentences fit for the caller. Whether `by` may approve is the caller's to say.
  absl::Status ApproveRequest(const model::Call& call, const model::Identity& by, uint64_t number,
                              const std::string& digest);
  absl::Status CloseRequest(const model::Call& call, const model::Identity& by, uint64_t number,
                            Closing how, const std::string& word);
  absl::StatusOr<FiledState> FindRequest(uint64_t number);  // kNotFound
  // Not closed, newest first, at most five; also those that are used or expired: for some, policy
  // lets an approval be used again.
  absl::StatusOr<std::vector<FiledState>> OpenRequestsOf(const std::string& digest);
  absl::StatusOr<std::vector<FiledState>> ListRequests(const FiledQuery& query);
  absl::Status CloseReview(const model::Call& call, const model::Identity& by, ssh::Serial serial,
                           const std::string& word);  // kFailedPrecondition when it is closed
  absl::StatusOr<ReviewState> FindReview(ssh::Serial serial);  // kNotFound
  absl::StatusOr<std::vector<ReviewState>> ListReviews(bool only_open, int limit);

  // --- Telling others
  // ------------------------------------------------------------------------------

  // See happenings.h.
  absl::StatusOr<Happenings> ReadHappenings(int64_t after, int limit);
  // How far a reader of happenings has come; one that is new begins at the newest event.
  absl::StatusOr<int64_t> ReaderPosition(const std::string& reader);
  absl::Status AdvanceReader(const std::string& reader, int64_t position);

  // --- Sessions, tokens, other events ------------------------------------------------------------

  // Claims the session key ("session of SUBJECT"), the token, and the name for its provider.
  // kPermissionDenied when one belongs to somebody else; kAlreadyExists for a replay.
  absl::Status RecordSession(const model::Call& call, const SessionRecord& session);
  // Ends one session and moves the generation. Ending an ended one is fine. kNotFound,
  // kAlreadyExists.
  absl::Status EndSession(const model::Call& call, const model::Identity& by,
                          const ssh::Fingerprint& session_key);
  absl::Status RecordJoinToken(const model::Call& call, const model::Identity& by,
                               const JoinTokenRecord& token);
  // Enrols all of `users` or none.
  //   kPermissionDenied  a name or key is enrolled already, or a key was certified or is a
  //   session's:
  //                      a sentence fit for the operator
  //   kAlreadyExists     the same call was recorded before (a replay)
  absl::Status RecordUsers(const model::Call& call, const model::Identity& by,
                           const std::vector<UserRecord>& users);
  // Ends a user's enrolment and sessions and moves the generation. kNotFound, kAlreadyExists.
  absl::Status RemoveUser(const model::Call& call, const model::Identity& by,
                          const std::string& authenticator, const model::Subject& user);
  // Unbinds a name, ends the sessions of the subject and moves the generation. Returns to whom it
  // was bound. kNotFound, kAlreadyExists.
  absl::StatusOr<NameBinding> ReleaseName(const model::Call& call, const model::Identity& by,
                                          const model::Subject& subject);
  // Takes the documents of a call whose effect somebody else records. kAlreadyExists for a replay.
  absl::Status TakeDocuments(const model::Call& call);
  absl::Status RecordNotice(const Notice& notice);
  // Counts what an unauthenticated peer did. Never writes at once: FlushStrangers does, at most one
  // event a minute and cause and 1,000 a day, so no stranger can fill disk or queue.
  void CountStranger(const std::string& cause);
  absl::Status FlushStrangers();
  // What is wrong with the store although it reads and writes, for health.
  absl::Status StoreCondition() const;

  // --- State ------------------------------------------------------------------------------------

  absl::StatusOr<uint64_t> Generation();
  // Facts about subject and key of one moment, with the generation they were read at. Fills
  // generation, epoch, key_owner, subject_banned, key_revoked and, when `target_host` is given,
  // target_labels.
  absl::StatusOr<model::Facts> ReadFacts(const model::Subject& subject, const ssh::Fingerprint& key,
                                         const std::optional<std::string>& target_host);
  absl::StatusOr<SessionState> FindSession(const ssh::Fingerprint& key);      // kNotFound
  absl::StatusOr<JoinTokenState> FindJoinToken(const ssh::Fingerprint& key);  // kNotFound
  absl::StatusOr<std::vector<UserState>> ListUsers();  // By authenticator and name.
  // Whom a user's name is bound to; kNotFound while it is free.
  absl::StatusOr<NameBinding> FindName(const model::Subject& subject);
  absl::StatusOr<HostState> FindHostByKey(const ssh::Fingerprint& key);  // kNotFound
  // By name, in any realm; kNotFound.
  absl::StatusOr<HostState> FindHost(const std::string& name);
  // Who owns a key: empty when nobody does.
  absl::StatusOr<std::string> KeyOwner(const ssh::Fingerprint& key);
  absl::StatusOr<CertificateState> FindCertificate(ssh::Serial serial);  // kNotFound
  absl::StatusOr<std::vector<CertificateState>> ListCertificates(const CertificateQuery& query);
  absl::StatusOr<DecisionState> FindDecision(const std::string& request_id);  // kNotFound
  absl::StatusOr<std::vector<StoredEvent>> EventsOfRequest(const std::string& request_id);
  absl::StatusOr<std::vector<StoredEvent>> RecentEvents(int limit);  // Newest first.
  // Issuances, denials and starts of sessions after `sequence`, not before `since`; oldest first.
  absl::StatusOr<std::vector<StoredEvent>> RecordedAfter(int64_t sequence, absl::Time since,
                                                         int limit);
  // The events by which CA keys became active, newest first.
  absl::StatusOr<std::vector<StoredEvent>> ActivatedCaKeys();
  // The host records that are in force; for principals maps.
  absl::StatusOr<std::vector<HostState>> ListHosts();

  // The newest time that anything here claims: of the last records, or kept by KeepNewestTime.
  // InfinitePast in an empty ledger.
  absl::StatusOr<absl::Time> NewestTime();
  absl::Status KeepNewestTime(absl::Time time);

  // A durable version number that only grows; for bundles.
  absl::StatusOr<uint64_t> NextBundleVersion();

 private:
  class Impl;
  explicit Ledger(std::unique_ptr<Impl> impl);
  static std::vector<IssuanceTicket> MakeTickets(const IssuanceBatch& batch);
  std::unique_ptr<Impl> impl_;
};

// One event's commitment: HMAC-SHA-256(opening, version || type class || event). Exposed for audits
// and tests; the format is docs/formats/ledger.md.
Bytes CommitmentOf(BytesView opening, uint8_t type_class, BytesView event);

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_LEDGER_H_
