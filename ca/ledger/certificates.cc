#include "ca/ledger/certificates.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/statements.h"
#include "fmt/format.h"

namespace mayfly::ledger {
namespace {

constexpr int kMaxCertificates = 1000;

bool Storable(ssh::Serial serial) {
  return serial.value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
}

absl::StatusOr<CertificateState> CertificateOf(const store::Row& row) {
  CertificateState state;
  state.serial.value = static_cast<uint64_t>(IntegerAt(row, 0));
  state.kind = static_cast<ssh::CertificateKind>(IntegerAt(row, 1));  // 1 or 2, by the schema.
  MAYFLY_ASSIGN_OR_RETURN(state.subject, model::Subject::Parse(TextAt(row, 2)));
  state.key_id = TextAt(row, 3);
  state.grant = TextAt(row, 4);
  state.key_fingerprint = TextAt(row, 5);
  state.ca_fingerprint = TextAt(row, 6);
  state.principals = SplitLines(TextAt(row, 7));
  state.valid_after = SecondsAt(row, 8);
  state.valid_before = SecondsAt(row, 9);
  state.recorded_at = TimeAt(row, 10);
  state.request_id = TextAt(row, 11);
  state.is_signed = !IsNullAt(row, 12);
  if (state.is_signed) state.certificate = BytesAt(row, 12);
  return state;
}

store::Operation ListOperation(const CertificateQuery& query) {
  const uint64_t below =
      query.before_serial == 0 ? std::numeric_limits<uint64_t>::max() : query.before_serial;
  const int64_t kind = query.kind ? static_cast<int64_t>(*query.kind) : 0;
  const int64_t expiry = query.only_valid ? absl::ToUnixSeconds(query.now) : -1;
  const int64_t limit = std::clamp(query.limit, 1, kMaxCertificates);
  if (!query.subject) return Run(kListCertificates, {Seconds(below), kind, expiry, limit});
  return Run(kListCertificatesOf, {*query.subject, Seconds(below), kind, expiry, limit});
}

}  // namespace

store::Operation InsertCertificate(const IssuanceRecord& issuance, const model::Subject& subject,
                                   const std::string& request_id, absl::Time now) {
  const ssh::CertificateBody& body = issuance.body;
  return Require(kInsertCertificate,
                 Arguments(static_cast<int64_t>(body.serial.value), static_cast<int64_t>(body.kind),
                           subject.ToString(), body.key_id, issuance.granted.terms.grant,
                           body.key.Fingerprint().text, body.signature_key.Fingerprint().text,
                           absl::StrJoin(body.principals, "\n"), Seconds(body.valid_after_unix_s),
                           Seconds(body.valid_before_unix_s), Microseconds(now), request_id,
                           DigestOf(body.Encode())),
                 Internal(fmt::format("serial {} is 0 or was recorded before", body.serial.value)));
}

store::Operation SetCertificate(const ssh::Certificate& certificate) {
  return Require(
      kSetCertificate,
      Arguments(certificate.Encode(), static_cast<int64_t>(certificate.body.serial.value),
                DigestOf(certificate.body.Encode())),
      FailedPrecondition(fmt::format("what was signed as serial {} is not what was recorded",
                                     certificate.body.serial.value)));
}

absl::StatusOr<CertificateState> FindCertificate(store::Store& store, ssh::Serial serial) {
  store::Rows rows;
  if (Storable(serial)) {
    MAYFLY_ASSIGN_OR_RETURN(
        rows, store.Read(Run(kFindCertificate, {static_cast<int64_t>(serial.value)})));
  }
  if (rows.empty()) return NotFound(fmt::format("no certificate has serial {}", serial.value));
  return CertificateOf(rows.front());
}

absl::StatusOr<std::vector<CertificateState>> ListCertificates(store::Store& store,
                                                               const CertificateQuery& query) {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows, store.Read(ListOperation(query)));
  std::vector<CertificateState> certificates;
  for (const store::Row& row : rows) {
    MAYFLY_ASSIGN_OR_RETURN(CertificateState state, CertificateOf(row));
    certificates.push_back(std::move(state));
  }
  return certificates;
}

}  // namespace mayfly::ledger
