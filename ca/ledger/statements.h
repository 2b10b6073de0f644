// Every statement of the ledger. Only SQL that SQLite and PostgreSQL read alike; tests hold them to
// it.
//
// An event's number is one more than the newest has, for a store has one writer and no event ever
// goes: so numbers have no gaps, and what a transaction reads is what every earlier one left. On an
// engine with several writers two appends would take one number, and one of them fail.
#ifndef MAYFLY_CA_LEDGER_STATEMENTS_H_
#define MAYFLY_CA_LEDGER_STATEMENTS_H_

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

// Counters: generation, serial, era, bundle, requests.
extern const store::Statement kReadCounter;     // name -> value
extern const store::Statement kAdvanceCounter;  // by, name -> value
extern const store::Statement kCheckCounter;    // name, value -> 1
extern const store::Statement kSetCounter;      // name, value
extern const store::Statement kNewestTime;      // name of the kept one -> time_us, 0 = none

// Events.
extern const store::Statement
    kInsertEvent;  // time_us, type, request_id, subject, commitment, opening, event
extern const store::Statement kNewestEvent;        // -> seq, 0 = none
extern const store::Statement kEventsOfRequest;    // request_id -> event columns
extern const store::Statement kRecentEvents;       // limit -> event columns
extern const store::Statement kRecordedAfter;      // seq, time_us, limit -> event columns
extern const store::Statement kDecisionOfRequest;  // request_id -> event columns
extern const store::Statement kActivatedCaKeys;    // limit -> event columns
extern const store::Statement
    kInsertDocument;  // issued_us, digest, recorded_us; a constraint refuses
extern const store::Statement kKeepDocument;  // the same; keeps what is there

// Claims and facts.
extern const store::Statement kClaim;        // kind, value, owner, claimed_us; no row of another's
extern const store::Statement kTakeClaim;    // kind, value, owner, claimed_us; always a row
extern const store::Statement kClaimOwner;   // kind, value -> owner
extern const store::Statement kReadSubject;  // subject -> epoch, banned
extern const store::Statement kReadFacts;    // subject, subject, kind, value, fingerprint ->
                                             // generation, epoch, banned, owner, revoked
extern const store::Statement kCheckNotBanned;  // subject -> 1
extern const store::Statement kReadRevokedKey;  // fingerprint -> 1

// Certificates.
extern const store::Statement kInsertCertificate;  // all columns
extern const store::Statement kSetCertificate;     // certificate, serial, body_digest
extern const store::Statement kFindCertificate;    // serial -> certificate columns
extern const store::Statement
    kListCertificates;  // before_serial, kind or 0, valid_before_s above, limit
extern const store::Statement kListCertificatesOf;  // subject, then the same

// Sessions.
extern const store::Statement
    kInsertSession;  // fingerprint, subject, key, identity, started_us, ends_us
extern const store::Statement kRestartSession;  // the same -> fingerprint; a session of the subject
                                                // that has not ended goes on
extern const store::Statement kFindSession;     // fingerprint -> key, identity, ends_us, ended_us
extern const store::Statement kEndSession;      // ended_us, fingerprint -> fingerprint

extern const store::Statement kEndSessionsOf;  // ended_us, subject

// Users enrolled by calls, and the names of realms.
extern const store::Statement
    kInsertUser;  // authenticator, name, user, added_us, added_by; a constraint refuses
extern const store::Statement kInsertUserKey;   // fingerprint, authenticator, name; likewise
extern const store::Statement kListUsers;       // -> user, added_us, added_by
extern const store::Statement kFindUser;        // authenticator, name -> user
extern const store::Statement kDropUser;        // authenticator, name -> name
extern const store::Statement kDropUserKeys;    // authenticator, name
extern const store::Statement kCheckUnclaimed;  // kind, value -> 1
extern const store::Statement kDropClaim;       // kind, value, owner -> value

// Join tokens.
extern const store::Statement
    kInsertJoinToken;  // fingerprint, uses, expires_us, created_us, created_by, token
extern const store::Statement kFindJoinToken;  // fingerprint -> token, used, created_us, created_by
extern const store::Statement kAddTokenUse;    // token, key_set, spent_us
extern const store::Statement kSpendToken;     // token, key_set, fingerprint, now_us -> used
extern const store::Statement kCountTokenUse;  // token, key_set

// Hosts.
extern const store::Statement
    kPutHost;  // name, key_set, enrolled_us, host, replaced key_set -> name
extern const store::Statement kFindHost;       // name -> host, key_set
extern const store::Statement kFindHostByKey;  // fingerprint -> host, key_set
extern const store::Statement kListHosts;      // -> host, key_set
extern const store::Statement kDropHostKeys;   // name
extern const store::Statement kInsertHostKey;  // fingerprint, name

// Requests that wait for approval. Columns: number, request, uses, closed_us, closed_by,
// closed_how, word.
extern const store::Statement
    kInsertFiledRequest;  // number, digest, subject, grant, filed_us, expires_us, request
extern const store::Statement kOpenRequestsOf;        // digest -> columns, newest first
extern const store::Statement kCountWaitingRequests;  // subject, now_us -> count
extern const store::Statement kFindFiledRequest;      // number -> columns
extern const store::Statement kListWaitingRequests;   // now_us, limit -> columns
extern const store::Statement kListFiledRequests;     // after_us, limit -> columns
extern const store::Statement kCheckRequestWaits;     // number, digest, now_us -> 1
extern const store::Statement kInsertApproval;        // number, approver, approved_us, approval
extern const store::Statement kApprovalsOf;           // number -> approval
extern const store::Statement
    kCloseFiledRequest;  // closed_us, closed_by, closed_how, word, number -> number
extern const store::Statement kUseFiledRequest;  // number, digest, once -> number

// Reviews. Columns: serial, subject, grant, reason, request_id, opened_us, closed_us, closed_by,
// word.
extern const store::Statement
    kInsertReview;                          // serial, subject, grant, reason, request_id, opened_us
extern const store::Statement kFindReview;  // serial -> columns
extern const store::Statement kListOpenReviews;  // limit -> columns
extern const store::Statement kListReviews;      // limit -> columns
extern const store::Statement kCloseReview;      // closed_us, closed_by, word, serial -> serial

// Readers of what happened.
extern const store::Statement kHappenings;  // after, to, limit -> seq, time_us, request_id, event
extern const store::Statement kReaderPosition;     // reader -> position
extern const store::Statement kPutReaderPosition;  // reader, position

const std::vector<const store::Statement*>& AllStatements();  // For tests.

// Arguments that are moved where they go: a list in braces copies them, which counts for an event
// or a certificate.
template <typename... Values>
std::vector<store::Value> Arguments(Values&&... values) {
  std::vector<store::Value> arguments;
  arguments.reserve(sizeof...(values));
  (arguments.emplace_back(std::forward<Values>(values)), ...);
  return arguments;
}

store::Operation Run(const store::Statement& statement, std::vector<store::Value> arguments);
// The statement must return or change a row; otherwise `failure` is the answer.
store::Operation Require(const store::Statement& statement, std::vector<store::Value> arguments,
                         absl::Status failure);

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_STATEMENTS_H_
