// What the ledger is told and what it answers: plain values.
#ifndef MAYFLY_CA_LEDGER_RECORDS_H_
#define MAYFLY_CA_LEDGER_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/bytes.h"
#include "ca/model/decision.h"
#include "ca/model/facts.h"
#include "ca/model/identity.h"
#include "ca/model/request.h"
#include "ca/model/subject.h"
#include "ssh/certificate.h"
#include "ssh/public_key.h"

namespace mayfly::ledger {

// --- What is recorded
// -------------------------------------------------------------------------------

// One certificate to be signed. The ledger claims body.key for `identity.subject`: a key belongs to
// one owner for ever ("user:alice@people", "host:web1@hosts", "session of user:alice@people").
struct IssuanceRecord {
  model::Request request;
  model::Facts facts;
  model::Granted granted;
  ssh::CertificateBody body;
};

// A host's standing: who it is, by which keys, how attested. Written with its first certificates.
struct HostEnrolment {
  model::Subject host;  // host:NAME@REALM
  model::Labels labels;
  std::vector<ssh::PublicKey> keys;  // All of its host keys, sorted by blob.
  std::string token_key;  // Fingerprint of the join token that is spent; empty when none is.
  bool replaces = false;  // The token allows an existing record to be replaced.
  // What a cloud or a client certificate attested, by one spelling: "aws/…/i-0abc". It has one set
  // of host keys, unless `may_return`: then it comes again with others, and replaces its own
  // record. Empty for a join token.
  std::string attested;
  bool may_return = false;
};

// All issuances of one call: one for a user, one per host key for an enrolment. All or none.
struct IssuanceBatch {
  model::Call call;
  model::Identity identity;
  uint64_t generation = 0;  // Facts were read at it; when it has moved the answer is kAborted.
  std::vector<IssuanceRecord> issuances;
  std::optional<HostEnrolment> enrolment;
  std::optional<absl::Time> decided_at;
};

struct DenialRecord {
  model::Call call;
  model::Identity identity;
  std::optional<model::Request> request;  // Absent when it was refused before it could be read.
  model::Denied denied;
  std::optional<model::Facts> facts;  // What it rested on; absent when they were not read.
  std::optional<absl::Time> decided_at;
};

// A request that waits for approval.
struct FilingRecord {
  model::Call call;
  model::Identity identity;
  model::Request request;
  model::Pending pending;
  std::string digest;  // model::AskedDigest of what was asked.
  model::Facts facts;  // What it rested on.
  std::optional<absl::Time> decided_at;
};
enum class Closing { kDenied, kCancelled };
std::string_view ClosingName(Closing how);  // "denied", "cancelled"

// A session key, made at login; it speaks for the identity as first proven until it ends.
struct SessionRecord {
  model::Identity identity;  // As proven by the primary authentication.
  ssh::PublicKey key;
  absl::Time ends_at;
};

// A join token is an ed25519 key; the ledger knows its public half only.
struct JoinTokenRecord {
  ssh::PublicKey key;
  std::string authenticator;  // The join_token authenticator that honours it.
  int64_t uses = 1;           // 1 to 100,000.
  absl::Time expires_at;
  std::string name_pattern;         // Exact host name or with one '*' standing for [a-z0-9-]+.
  model::Labels labels;             // Attested for hosts that join by it.
  std::vector<IpNetwork> networks;  // Empty = from anywhere.
  bool replaces = false;            // May take a name that is already enrolled.
  std::string description;
};

// Somebody whom an operator enrolled by a call, beside those of the users file.
struct UserRecord {
  std::string authenticator;  // The ssh_key authenticator that honours it.
  std::string name;
  std::vector<std::string> groups;
  std::vector<ssh::PublicKey> keys;  // Credentials, at least one.
  friend bool operator==(const UserRecord&, const UserRecord&) = default;
};

// What a realm's name is bound to since its first sight.
struct NameBinding {
  std::string issuer;          // The provider, or the platform of a workload.
  std::string issuer_subject;  // Empty for workloads.
  friend bool operator==(const NameBinding&, const NameBinding&) = default;
};
// Whether a provider vouches for a user's name. A session's was bound when it began.
bool BindsName(const model::Identity& identity);
// Whom it would be bound to, then.
NameBinding BindingOf(const model::Identity& identity);
// What somebody else of that name is told.
std::string BoundToAnother(const model::Subject& subject);

// Other things that happened. `kind` is a word of docs/formats/ledger.md; `details` are key and
// value.
enum class NoticeKind {
  kInitialized,  // details: ca_id
  kDaemonStarted,
  kDaemonStopped,
  kPolicyApplied,     // hash, previous, widening
  kPolicyRefused,     // error
  kCaKeyActivated,    // role, fingerprint, origin (made or adopted)
  kStrangersRefused,  // cause, count: what unauthenticated peers did in a minute
  kClockAccepted,     // The clock was set back, and an operator says that it is right now.
};
std::string_view NoticeKindName(NoticeKind kind);
struct Notice {
  NoticeKind kind;
  std::vector<std::pair<std::string, std::string>> details;
};

// --- What is answered
// -------------------------------------------------------------------------------

// A filed request as it stands.
struct FiledState {
  uint64_t number = 0;
  std::string digest;
  model::Subject subject;
  std::string grant;  // That it waits for; policy may choose another when it is carried out.
  ssh::CertificateKind kind = ssh::CertificateKind::kUser;
  model::Ask ask;
  absl::Time filed_at;
  absl::Time expires_at;  // Approvals after this do not count.
  std::string request_id;
  int64_t uses = 0;
  std::vector<model::Approval> approvals;  // Oldest first.
  std::optional<absl::Time> closed_at;
  Closing closed_how = Closing::kDenied;
  std::string closed_by;  // A subject.
  std::string word;       // Theirs.

  model::FiledRequest ToFact() const;
};
struct FiledQuery {
  bool only_waiting = true;  // Not closed, used or expired at `now`.
  absl::Time now;
  int limit = 100;  // Newest first.
};

// A use of a break-glass grant.
struct ReviewState {
  ssh::Serial serial;
  std::string subject;
  std::string grant;
  std::string reason;
  std::string request_id;
  absl::Time opened_at;
  std::optional<absl::Time> closed_at;
  std::string closed_by;
  std::string word;  // What was found.
};

struct SessionState {
  SessionRecord record;
  std::optional<absl::Time> ended_at;
};

struct JoinTokenState {
  JoinTokenRecord record;
  int64_t used = 0;
  absl::Time created_at;
  std::string created_by;  // A subject.
};

struct UserState {
  UserRecord record;
  absl::Time added_at;
  std::string added_by;  // A subject.
};

struct HostState {
  model::Subject host;
  model::Labels labels;
  std::vector<std::string> key_fingerprints;
  std::string authenticator;  // That first proved it.
  absl::Time enrolled_at;     // The primary authentication.
  std::string attested;       // As in HostEnrolment.
};

// One issued (or only recorded) certificate.
struct CertificateState {
  ssh::Serial serial;
  ssh::CertificateKind kind;
  model::Subject subject;
  std::string key_id;
  std::string grant;
  std::string key_fingerprint;
  std::string ca_fingerprint;
  std::vector<std::string> principals;
  absl::Time valid_after, valid_before;
  absl::Time recorded_at;
  std::string request_id;
  bool is_signed = false;  // False: "recorded, never signed".
  Bytes certificate;       // The blob; empty until signed.
};

struct CertificateQuery {
  std::optional<std::string> subject;  // "user:alice@people"
  std::optional<ssh::CertificateKind> kind;
  bool only_valid = false;  // Not expired at `now`.
  absl::Time now;
  uint64_t before_serial = 0;  // Paging: serials below this; 0 = from the newest.
  int limit = 100;             // 1 to 1000. Newest first.
};

// An event as stored, for `show`, audits and demos.
struct StoredEvent {
  int64_t sequence = 0;  // From 1, without gaps.
  absl::Time time;
  std::string type;  // "issuance", "signed", "denial", "session_started" …
  std::string request_id;
  std::string subject;
  Bytes commitment;  // 32 bytes: HMAC-SHA-256(opening, version || type class || event)
  Bytes opening;     // 32 random bytes of its own.
  Bytes event;       // Protobuf mayfly.v1.LedgerEvent.
  std::string json;  // The event for people: bytes as base64, keys as fingerprints.
};

struct DecisionState {
  int64_t sequence = 0;
  absl::Time time;
  model::Subject subject;
  std::optional<ssh::Serial> serial;  // When granted.
  model::Decision decision = model::Denied();
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_RECORDS_H_
