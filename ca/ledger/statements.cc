#include "ca/ledger/statements.h"

#include <utility>

namespace mayfly::ledger {

using store::Statement;

#define EVENT_COLUMNS "seq, time_us, type, request_id, subject, commitment, opening, event"
#define CERTIFICATE_COLUMNS                                                        \
  "c.serial, kind, subject, key_id, grant_name, key_fingerprint, ca_fingerprint, " \
  "principals, valid_after_s, valid_before_s, recorded_us, request_id, s.certificate"
#define CERTIFICATES \
  " FROM certificates AS c LEFT JOIN signed_certificates AS s ON s.serial = c.serial "

const Statement kReadCounter{"read counter", "SELECT value FROM counters WHERE name = $1"};
const Statement kAdvanceCounter{
    "advance counter", "UPDATE counters SET value = value + $1 WHERE name = $2 RETURNING value"};
const Statement kCheckCounter{"check counter",
                              "SELECT 1 FROM counters WHERE name = $1 AND value = $2"};
const Statement kSetCounter{"set counter",
                            "INSERT INTO counters(name, value) VALUES ($1, $2) "
                            "ON CONFLICT (name) DO UPDATE SET value = excluded.value"};
// The newest by number, so that setting the clock back on purpose is not undone by older records:
// among them the one that says so.
const Statement kNewestTime{
    "newest time",
    "SELECT COALESCE(MAX(time_us), 0) FROM ("
    "SELECT time_us FROM (SELECT time_us FROM events ORDER BY seq DESC LIMIT 1) AS last "
    "UNION ALL SELECT value AS time_us FROM counters WHERE name = $1) AS times"};

// One writer, and no event ever goes: so their numbers are 1, 2, 3 … without a counter.
const Statement kInsertEvent{"insert event", "INSERT INTO events(" EVENT_COLUMNS
                                             ") VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM "
                                             "events), $1, $2, $3, $4, $5, $6, $7)"};
const Statement kNewestEvent{"newest event", "SELECT COALESCE(MAX(seq), 0) FROM events"};
const Statement kEventsOfRequest{"events of request", "SELECT " EVENT_COLUMNS
                                                      " FROM events WHERE request_id = $1 "
                                                      "ORDER BY seq"};
const Statement kRecentEvents{"recent events",
                              "SELECT " EVENT_COLUMNS " FROM events ORDER BY seq DESC LIMIT $1"};
const Statement kRecordedAfter{
    "recorded after", "SELECT " EVENT_COLUMNS
                      " FROM events WHERE seq > $1 AND time_us >= $2 AND type IN ('issuance', "
                      "'denial', 'request_filed', 'session_started') ORDER BY seq LIMIT $3"};
const Statement kDecisionOfRequest{
    "decision of request", "SELECT " EVENT_COLUMNS
                           " FROM events WHERE request_id = $1 AND type IN ('issuance', 'denial') "
                           "ORDER BY seq DESC LIMIT 1"};
const Statement kActivatedCaKeys{"activated CA keys", "SELECT " EVENT_COLUMNS
                                                      " FROM events "
                                                      "WHERE type = 'ca_key_activated' "
                                                      "ORDER BY seq DESC LIMIT $1"};
const Statement kInsertDocument{
    "insert document", "INSERT INTO documents(issued_us, digest, recorded_us) VALUES ($1, $2, $3)"};
const Statement kKeepDocument{
    "keep document",
    "INSERT INTO documents(issued_us, digest, recorded_us) VALUES ($1, $2, $3) "
    "ON CONFLICT (issued_us, digest) DO NOTHING"};

// A claim that its owner makes again is answered as it was the first time. Without RETURNING, for
// which SQLite makes a table of its own with every execution.
const Statement kClaim{"claim",
                       "INSERT INTO claims(kind, value, owner, claimed_us) VALUES ($1, $2, $3, $4) "
                       "ON CONFLICT (kind, value) DO UPDATE SET owner = excluded.owner "
                       "WHERE claims.owner = excluded.owner"};
const Statement kTakeClaim{
    "take claim",
    "INSERT INTO claims(kind, value, owner, claimed_us) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (kind, value) DO UPDATE SET owner = excluded.owner, "
    "claimed_us = excluded.claimed_us"};
const Statement kClaimOwner{"claim owner",
                            "SELECT owner FROM claims WHERE kind = $1 AND value = $2"};
const Statement kReadSubject{"read subject",
                             "SELECT epoch, banned FROM subjects WHERE subject = $1"};
// All at once, for this is asked with every request: one statement is one moment.
const Statement kReadFacts{"read facts",
                           "SELECT value, (SELECT epoch FROM subjects WHERE subject = $1), "
                           "(SELECT banned FROM subjects WHERE subject = $2), "
                           "(SELECT owner FROM claims WHERE kind = $3 AND value = $4), "
                           "(SELECT 1 FROM revoked_keys WHERE fingerprint = $5) "
                           "FROM counters WHERE name = 'generation'"};
const Statement kCheckNotBanned{"check not banned",
                                "SELECT 1 FROM counters WHERE name = 'generation' AND NOT EXISTS "
                                "(SELECT 1 FROM subjects WHERE subject = $1 AND banned = 1)"};
const Statement kReadRevokedKey{"read revoked key",
                                "SELECT 1 FROM revoked_keys WHERE fingerprint = $1"};

const Statement kInsertCertificate{
    "insert certificate",
    "INSERT INTO certificates(serial, kind, subject, key_id, grant_name, key_fingerprint, "
    "ca_fingerprint, principals, valid_after_s, valid_before_s, recorded_us, request_id, "
    "body_digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"};
const Statement kSetCertificate{
    "set certificate",
    "INSERT INTO signed_certificates(serial, certificate) "
    "SELECT serial, $1 FROM certificates WHERE serial = $2 AND body_digest = $3 "
    "ON CONFLICT (serial) DO UPDATE SET certificate = excluded.certificate"};
const Statement kFindCertificate{"find certificate",
                                 "SELECT " CERTIFICATE_COLUMNS CERTIFICATES "WHERE c.serial = $1"};
const Statement kListCertificates{
    "list certificates", "SELECT " CERTIFICATE_COLUMNS CERTIFICATES
                         "WHERE c.serial < $1 AND ($2 = 0 OR kind = $2) AND valid_before_s > $3 "
                         "ORDER BY c.serial DESC LIMIT $4"};
const Statement kListCertificatesOf{
    "list certificates of", "SELECT " CERTIFICATE_COLUMNS CERTIFICATES
                            "WHERE subject = $1 AND c.serial < $2 AND ($3 = 0 OR kind = $3) "
                            "AND valid_before_s > $4 ORDER BY c.serial DESC LIMIT $5"};

const Statement kInsertSession{
    "insert session",
    "INSERT INTO sessions(fingerprint, subject, key, identity, started_us, ends_us) "
    "VALUES ($1, $2, $3, $4, $5, $6)"};
const Statement kRestartSession{
    "restart session",
    "INSERT INTO sessions(fingerprint, subject, key, identity, started_us, ends_us) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (fingerprint) DO UPDATE SET "
    "identity = excluded.identity, ends_us = excluded.ends_us "
    "WHERE sessions.subject = excluded.subject AND sessions.ended_us IS NULL "
    "RETURNING fingerprint"};
const Statement kFindSession{
    "find session", "SELECT key, identity, ends_us, ended_us FROM sessions WHERE fingerprint = $1"};
const Statement kEndSession{"end session",
                            "UPDATE sessions SET ended_us = $1 WHERE fingerprint = $2 "
                            "AND ended_us IS NULL RETURNING fingerprint"};

const Statement kEndSessionsOf{
    "end sessions of", "UPDATE sessions SET ended_us = $1 WHERE subject = $2 AND ended_us IS NULL"};

const Statement kInsertUser{
    "insert user",
    "INSERT INTO users(authenticator, name, user_record, added_us, added_by) "
    "VALUES ($1, $2, $3, $4, $5)"};
const Statement kInsertUserKey{
    "insert user key",
    "INSERT INTO user_keys(fingerprint, authenticator, name) VALUES ($1, $2, $3)"};
const Statement kListUsers{
    "list users", "SELECT user_record, added_us, added_by FROM users ORDER BY authenticator, name"};
const Statement kFindUser{"find user",
                          "SELECT user_record FROM users WHERE authenticator = $1 AND name = $2"};
const Statement kDropUser{
    "drop user", "DELETE FROM users WHERE authenticator = $1 AND name = $2 RETURNING name"};
const Statement kDropUserKeys{"drop user keys",
                              "DELETE FROM user_keys WHERE authenticator = $1 AND name = $2"};
const Statement kCheckUnclaimed{"check unclaimed",
                                "SELECT 1 FROM counters WHERE name = 'generation' AND NOT EXISTS "
                                "(SELECT 1 FROM claims WHERE kind = $1 AND value = $2)"};
const Statement kDropClaim{
    "drop claim",
    "DELETE FROM claims WHERE kind = $1 AND value = $2 AND owner = $3 RETURNING value"};

const Statement kInsertJoinToken{
    "insert join token",
    "INSERT INTO join_tokens(fingerprint, uses, used, expires_us, created_us, created_by, token) "
    "VALUES ($1, $2, 0, $3, $4, $5, $6)"};
const Statement kFindJoinToken{
    "find join token",
    "SELECT token, used, created_us, created_by FROM join_tokens WHERE fingerprint = $1"};
// One use is owned by a set of host keys. It is added uncounted, counted if the token still has one
// to give, and marked; the same set comes back to a use that is counted already and spends nothing.
const Statement kAddTokenUse{
    "add token use",
    "INSERT INTO join_token_uses(token, key_set, counted, spent_us) VALUES ($1, $2, 0, $3) "
    "ON CONFLICT (token, key_set) DO NOTHING"};
const Statement kSpendToken{
    "spend token",
    "WITH fresh AS (SELECT COUNT(*) AS count FROM join_token_uses "
    "WHERE token = $1 AND key_set = $2 AND counted = 0) "
    "UPDATE join_tokens SET used = used + (SELECT count FROM fresh) "
    "WHERE fingerprint = $3 AND expires_us > $4 AND used + (SELECT count FROM fresh) <= uses "
    "RETURNING used"};
const Statement kCountTokenUse{
    "count token use", "UPDATE join_token_uses SET counted = 1 WHERE token = $1 AND key_set = $2"};

const Statement kPutHost{
    "put host",
    "INSERT INTO hosts(name, key_set, enrolled_us, host) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (name) DO UPDATE SET key_set = excluded.key_set, "
    "enrolled_us = excluded.enrolled_us, host = excluded.host "
    "WHERE hosts.key_set = $5 RETURNING name"};
const Statement kFindHost{"find host", "SELECT host, key_set FROM hosts WHERE name = $1"};
const Statement kFindHostByKey{"find host by key",
                               "SELECT host, key_set FROM hosts WHERE name = "
                               "(SELECT name FROM host_keys WHERE fingerprint = $1)"};
const Statement kListHosts{"list hosts", "SELECT host, key_set FROM hosts ORDER BY name"};
const Statement kDropHostKeys{"drop host keys", "DELETE FROM host_keys WHERE name = $1"};
const Statement kInsertHostKey{"insert host key",
                               "INSERT INTO host_keys(fingerprint, name) VALUES ($1, $2)"};

#define FILED_COLUMNS "number, request, uses, closed_us, closed_by, closed_how, word"
#define REVIEW_COLUMNS \
  "serial, subject, grant_name, reason, request_id, opened_us, closed_us, closed_by, word"

const Statement kInsertFiledRequest{
    "insert filed request",
    "INSERT INTO filed_requests(number, digest, subject, grant_name, filed_us, expires_us, uses, "
    "request) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)"};
const Statement kOpenRequestsOf{
    "open requests of",
    "SELECT " FILED_COLUMNS
    " FROM filed_requests WHERE digest = $1 AND closed_us IS NULL ORDER BY number DESC LIMIT 5"};
const Statement kCountWaitingRequests{
    "count waiting requests",
    "SELECT COUNT(*) FROM filed_requests WHERE subject = $1 AND closed_us IS NULL AND uses = 0 "
    "AND expires_us > $2"};
const Statement kFindFiledRequest{"find filed request",
                                  "SELECT " FILED_COLUMNS " FROM filed_requests WHERE number = $1"};
const Statement kListWaitingRequests{
    "list waiting requests",
    "SELECT " FILED_COLUMNS
    " FROM filed_requests WHERE closed_us IS NULL AND uses = 0 AND expires_us > $1 "
    "ORDER BY number DESC LIMIT $2"};
const Statement kListFiledRequests{
    "list filed requests",
    "SELECT " FILED_COLUMNS
    " FROM filed_requests WHERE filed_us >= $1 ORDER BY number DESC LIMIT $2"};
const Statement kCheckRequestWaits{
    "check request waits",
    "SELECT 1 FROM filed_requests WHERE number = $1 AND digest = $2 AND closed_us IS NULL "
    "AND expires_us > $3"};
const Statement kInsertApproval{
    "insert approval",
    "INSERT INTO approvals(number, approver, approved_us, approval) VALUES ($1, $2, $3, $4)"};
const Statement kApprovalsOf{
    "approvals of",
    "SELECT approval FROM approvals WHERE number = $1 ORDER BY approved_us, approver"};
const Statement kCloseFiledRequest{
    "close filed request",
    "UPDATE filed_requests SET closed_us = $1, closed_by = $2, closed_how = $3, word = $4 "
    "WHERE number = $5 AND closed_us IS NULL RETURNING number"};
const Statement kUseFiledRequest{
    "use filed request",
    "UPDATE filed_requests SET uses = uses + 1 WHERE number = $1 AND digest = $2 "
    "AND closed_us IS NULL AND ($3 = 0 OR uses = 0) RETURNING number"};

const Statement kInsertReview{
    "insert review",
    "INSERT INTO reviews(serial, subject, grant_name, reason, request_id, opened_us) "
    "VALUES ($1, $2, $3, $4, $5, $6)"};
const Statement kFindReview{"find review",
                            "SELECT " REVIEW_COLUMNS " FROM reviews WHERE serial = $1"};
const Statement kListOpenReviews{"list open reviews",
                                 "SELECT " REVIEW_COLUMNS
                                 " FROM reviews WHERE closed_us IS NULL ORDER BY serial DESC "
                                 "LIMIT $1"};
const Statement kListReviews{
    "list reviews", "SELECT " REVIEW_COLUMNS " FROM reviews ORDER BY serial DESC LIMIT $1"};
const Statement kCloseReview{
    "close review",
    "UPDATE reviews SET closed_us = $1, closed_by = $2, word = $3 WHERE serial = $4 "
    "AND closed_us IS NULL RETURNING serial"};

const Statement kHappenings{
    "happenings",
    "SELECT seq, time_us, request_id, event FROM events WHERE seq > $1 AND seq <= $2 AND type IN "
    "('request_filed', 'request_approved', 'request_closed', 'break_glass', 'review_closed', "
    "'policy_applied', 'policy_refused', 'denial', 'strangers_refused', 'user_removed', "
    "'name_released', 'host_retired') ORDER BY seq LIMIT $3"};
const Statement kReaderPosition{"reader position",
                                "SELECT position FROM readers WHERE reader = $1"};
const Statement kPutReaderPosition{
    "put reader position",
    "INSERT INTO readers(reader, position) VALUES ($1, $2) "
    "ON CONFLICT (reader) DO UPDATE SET position = excluded.position"};

#undef FILED_COLUMNS
#undef REVIEW_COLUMNS
#undef CERTIFICATES
#undef EVENT_COLUMNS
#undef CERTIFICATE_COLUMNS

const std::vector<const Statement*>& AllStatements() {
  static const auto* const all = new std::vector<const Statement*>{&kReadCounter,
                                                                   &kAdvanceCounter,
                                                                   &kCheckCounter,
                                                                   &kSetCounter,
                                                                   &kNewestTime,
                                                                   &kInsertEvent,
                                                                   &kNewestEvent,
                                                                   &kEventsOfRequest,
                                                                   &kRecentEvents,
                                                                   &kRecordedAfter,
                                                                   &kDecisionOfRequest,
                                                                   &kActivatedCaKeys,
                                                                   &kReadFacts,
                                                                   &kInsertDocument,
                                                                   &kKeepDocument,
                                                                   &kClaim,
                                                                   &kTakeClaim,
                                                                   &kClaimOwner,
                                                                   &kReadSubject,
                                                                   &kCheckNotBanned,
                                                                   &kReadRevokedKey,
                                                                   &kInsertCertificate,
                                                                   &kSetCertificate,
                                                                   &kFindCertificate,
                                                                   &kListCertificates,
                                                                   &kListCertificatesOf,
                                                                   &kInsertSession,
                                                                   &kRestartSession,
                                                                   &kFindSession,
                                                                   &kEndSession,
                                                                   &kEndSessionsOf,
                                                                   &kInsertUser,
                                                                   &kInsertUserKey,
                                                                   &kListUsers,
                                                                   &kFindUser,
                                                                   &kDropUser,
                                                                   &kDropUserKeys,
                                                                   &kCheckUnclaimed,
                                                                   &kDropClaim,
                                                                   &kInsertJoinToken,
                                                                   &kFindJoinToken,
                                                                   &kAddTokenUse,
                                                                   &kSpendToken,
                                                                   &kCountTokenUse,
                                                                   &kPutHost,
                                                                   &kFindHost,
                                                                   &kFindHostByKey,
                                                                   &kListHosts,
                                                                   &kDropHostKeys,
                                                                   &kInsertHostKey,
                                                                   &kInsertFiledRequest,
                                                                   &kOpenRequestsOf,
                                                                   &kCountWaitingRequests,
                                                                   &kFindFiledRequest,
                                                                   &kListWaitingRequests,
                                                                   &kListFiledRequests,
                                                                   &kCheckRequestWaits,
                                                                   &kInsertApproval,
                                                                   &kApprovalsOf,
                                                                   &kCloseFiledRequest,
                                                                   &kUseFiledRequest,
                                                                   &kInsertReview,
                                                                   &kFindReview,
                                                                   &kListOpenReviews,
                                                                   &kListReviews,
                                                                   &kCloseReview,
                                                                   &kHappenings,
                                                                   &kReaderPosition,
                                                                   &kPutReaderPosition};
  return *all;
}

store::Operation Run(const Statement& statement, std::vector<store::Value> arguments) {
  store::Operation operation;
  operation.statement = &statement;
  operation.arguments = std::move(arguments);
  return operation;
}

store::Operation Require(const Statement& statement, std::vector<store::Value> arguments,
                         absl::Status failure) {
  store::Operation operation = Run(statement, std::move(arguments));
  operation.expect = store::Operation::Expect::kRows;
  operation.failure = std::move(failure);
  return operation;
}

}  // namespace mayfly::ledger
