#include "ca/ledger/schema.h"

namespace mayfly::ledger {
namespace {

// Times are microseconds since 1970 (_us), but for those that a certificate holds (_s). Tables that
// grow with every certificate have no index that they can do without: one on random values triples
// the cost of a row.
constexpr const char* kFirstSchema = R"sql(
CREATE TABLE counters(
  name TEXT PRIMARY KEY,
  value {I64} NOT NULL CHECK (value >= 0)
) {STRICT};
INSERT INTO counters(name, value) VALUES
  ('events', 0), ('generation', 1), ('serial', 0), ('era', 0), ('bundle', 0);

CREATE TABLE events(
  seq {I64} PRIMARY KEY,
  time_us {I64} NOT NULL,
  type TEXT NOT NULL,
  request_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  commitment {BLOB} NOT NULL,
  opening {BLOB} NOT NULL,
  event {BLOB} NOT NULL
) {STRICT};
CREATE INDEX events_request ON events(request_id);

CREATE TABLE documents(
  digest {BLOB} PRIMARY KEY,
  recorded_us {I64} NOT NULL,
  request_id TEXT NOT NULL
) {STRICT};
CREATE INDEX documents_recorded ON documents(recorded_us);

CREATE TABLE claims(
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  owner TEXT NOT NULL,
  claimed_us {I64} NOT NULL,
  PRIMARY KEY (kind, value)
) {STRICT};

CREATE TABLE subjects(
  subject TEXT PRIMARY KEY,
  epoch {I64} NOT NULL CHECK (epoch >= 1),
  banned {I64} NOT NULL CHECK (banned IN (0, 1))
) {STRICT};

CREATE TABLE revoked_keys(
  fingerprint TEXT PRIMARY KEY,
  revoked_us {I64} NOT NULL
) {STRICT};

CREATE TABLE certificates(
  serial {I64} PRIMARY KEY CHECK (serial > 0),
  kind {I64} NOT NULL CHECK (kind IN (1, 2)),
  subject TEXT NOT NULL,
  key_id TEXT NOT NULL,
  grant_name TEXT NOT NULL,
  key_fingerprint TEXT NOT NULL,
  ca_fingerprint TEXT NOT NULL,
  principals TEXT NOT NULL,
  valid_after_s {I64} NOT NULL,
  valid_before_s {I64} NOT NULL,
  recorded_us {I64} NOT NULL,
  request_id TEXT NOT NULL,
  body_digest {BLOB} NOT NULL,
  certificate {BLOB}
) {STRICT};
CREATE INDEX certificates_subject ON certificates(subject, serial);

CREATE TABLE sessions(
  fingerprint TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  key {BLOB} NOT NULL,
  identity {BLOB} NOT NULL,
  started_us {I64} NOT NULL,
  ends_us {I64} NOT NULL,
  ended_us {I64}
) {STRICT};

CREATE TABLE join_tokens(
  fingerprint TEXT PRIMARY KEY,
  uses {I64} NOT NULL CHECK (uses BETWEEN 1 AND 100000),
  used {I64} NOT NULL CHECK (used BETWEEN 0 AND uses),
  expires_us {I64} NOT NULL,
  created_us {I64} NOT NULL,
  created_by TEXT NOT NULL,
  token {BLOB} NOT NULL
) {STRICT};

CREATE TABLE join_token_uses(
  token TEXT NOT NULL,
  key_set {BLOB} NOT NULL,
  counted {I64} NOT NULL CHECK (counted IN (0, 1)),
  spent_us {I64} NOT NULL,
  PRIMARY KEY (token, key_set)
) {STRICT};

CREATE TABLE hosts(
  name TEXT PRIMARY KEY,
  key_set {BLOB} NOT NULL,
  enrolled_us {I64} NOT NULL,
  host {BLOB} NOT NULL
) {STRICT};

CREATE TABLE host_keys(
  fingerprint TEXT PRIMARY KEY,
  name TEXT NOT NULL
) {STRICT};
CREATE INDEX host_keys_name ON host_keys(name);
)sql";

// Requests that wait for approval, reviews of break-glass certificates, and how far those have come
// who are told what happens.
constexpr const char* kApprovals = R"sql(
INSERT INTO counters(name, value) VALUES ('requests', 0);

CREATE TABLE filed_requests(
  number {I64} PRIMARY KEY CHECK (number > 0),
  digest TEXT NOT NULL,
  subject TEXT NOT NULL,
  grant_name TEXT NOT NULL,
  filed_us {I64} NOT NULL,
  expires_us {I64} NOT NULL,
  uses {I64} NOT NULL CHECK (uses >= 0),
  closed_us {I64},
  closed_by TEXT,
  closed_how TEXT CHECK (closed_how IN ('denied', 'cancelled')),
  word TEXT,
  request {BLOB} NOT NULL
) {STRICT};
CREATE INDEX filed_requests_digest ON filed_requests(digest);
CREATE INDEX filed_requests_subject ON filed_requests(subject);

CREATE TABLE approvals(
  number {I64} NOT NULL,
  approver TEXT NOT NULL,
  approved_us {I64} NOT NULL,
  approval {BLOB} NOT NULL,
  PRIMARY KEY (number, approver)
) {STRICT};

CREATE TABLE reviews(
  serial {I64} PRIMARY KEY,
  subject TEXT NOT NULL,
  grant_name TEXT NOT NULL,
  reason TEXT NOT NULL,
  request_id TEXT NOT NULL,
  opened_us {I64} NOT NULL,
  closed_us {I64},
  closed_by TEXT,
  word TEXT
) {STRICT};

CREATE TABLE readers(
  reader TEXT PRIMARY KEY,
  position {I64} NOT NULL CHECK (position >= 0)
) {STRICT};
)sql";

// One B-tree for what is asked for by its whole key: an index beside the table would be written,
// logged and moved into the database once more. Signed certificates apart: put into the row that
// was recorded, they would make it grow, and the page that it is on split.
constexpr const char* kOneTreeEach = R"sql(
CREATE TABLE claims_by_value(
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  owner TEXT NOT NULL,
  claimed_us {I64} NOT NULL,
  PRIMARY KEY (kind, value)
) {CLUSTERED};
INSERT INTO claims_by_value(kind, value, owner, claimed_us)
  SELECT kind, value, owner, claimed_us FROM claims ORDER BY kind, value;
DROP TABLE claims;
ALTER TABLE claims_by_value RENAME TO claims;

CREATE TABLE documents_by_time(
  issued_us {I64} NOT NULL,
  digest {BLOB} NOT NULL,
  recorded_us {I64} NOT NULL,
  PRIMARY KEY (issued_us, digest)
) {CLUSTERED};
INSERT INTO documents_by_time(issued_us, digest, recorded_us)
  SELECT recorded_us, digest, recorded_us FROM documents ORDER BY recorded_us, digest;
DROP TABLE documents;
ALTER TABLE documents_by_time RENAME TO documents;

CREATE TABLE signed_certificates(
  serial {I64} PRIMARY KEY,
  certificate {BLOB} NOT NULL
) {STRICT};
INSERT INTO signed_certificates(serial, certificate)
  SELECT serial, certificate FROM certificates WHERE certificate IS NOT NULL;
ALTER TABLE certificates DROP COLUMN certificate;

CREATE INDEX events_ca_key ON events(seq) WHERE type = 'ca_key_activated';
)sql";

// Users enrolled by calls. A key is one user's, whatever the authenticator.
constexpr const char* kUsers = R"sql(
CREATE TABLE users(
  authenticator TEXT NOT NULL,
  name TEXT NOT NULL,
  user_record {BLOB} NOT NULL,
  added_us {I64} NOT NULL,
  added_by TEXT NOT NULL,
  PRIMARY KEY (authenticator, name)
) {STRICT};
CREATE TABLE user_keys(
  fingerprint TEXT PRIMARY KEY,
  authenticator TEXT NOT NULL,
  name TEXT NOT NULL
) {STRICT};
CREATE INDEX user_keys_user ON user_keys(authenticator, name);
)sql";

// The number of an event follows from the events themselves.
constexpr const char* kNoEventCounter = "DELETE FROM counters WHERE name = 'events'";

}  // namespace

const std::vector<store::Migration>& Migrations() {
  static const auto* const migrations = new std::vector<store::Migration>{
      {1, kFirstSchema}, {2, kApprovals}, {3, kOneTreeEach}, {4, kUsers}, {5, kNoEventCounter}};
  return *migrations;
}

}  // namespace mayfly::ledger
