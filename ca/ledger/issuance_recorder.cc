#include "ca/ledger/issuance_recorder.h"

#include <utility>

#include "base/status.h"
#include "ca/ledger/certificates.h"
#include "ca/ledger/claims.h"
#include "ca/ledger/filed_requests.h"
#include "ca/ledger/names.h"
#include "ca/ledger/statements.h"

namespace mayfly::ledger {
namespace {

store::Operation CheckGeneration(uint64_t generation) {
  return Require(kCheckCounter, {std::string("generation"), static_cast<int64_t>(generation)},
                 Aborted("what the decision rests on has changed meanwhile"));
}

absl::Status OwnedByAnother() {
  return PermissionDenied(
      "the key belongs to another owner: a key is never shared, make a new one");
}

}  // namespace

void IssuanceRecorder::Record(const IssuanceBatch& batch, absl::Time now,
                              std::function<void(absl::Status)> recorded) {
  absl::StatusOr<std::vector<store::Operation>> operations = Operations(batch, now);
  if (!operations.ok()) return recorded(operations.status());
  store_.WriteThen(*std::move(operations), [recorded = std::move(recorded)](const auto& result) {
    recorded(result.status());
  });
}

absl::StatusOr<std::vector<store::Operation>> IssuanceRecorder::Operations(
    const IssuanceBatch& batch, absl::Time now) {
  const model::Subject& subject = batch.identity.subject;
  std::vector<store::Operation> operations;
  log_.Append(EncodeIssuances(batch, now), operations);
  operations.push_back(CheckGeneration(batch.generation));
  RefuseReplay(batch.call, now, operations);
  BindName(batch.identity, now, operations);
  if (batch.enrolment) MAYFLY_RETURN_IF_ERROR(hosts_.Enrol(batch, now, operations));
  for (const IssuanceRecord& issuance : batch.issuances) {
    operations.push_back(ClaimKey(issuance.body.key, subject.ToString(), now, OwnedByAnother()));
    operations.push_back(InsertCertificate(issuance, subject, batch.call.request_id, now));
    if (issuance.granted.approval) {
      FiledRequests::Use(*issuance.granted.approval, issuance.facts.filed->digest, operations);
    }
    if (issuance.granted.break_glass) reviews_.Open(batch, issuance, now, operations);
  }
  return operations;
}

void IssuanceRecorder::RecordSignedLater(const std::string& request_id,
                                         const model::Subject& subject,
                                         const std::vector<ssh::Certificate>& certificates,
                                         absl::Time now) {
  MAYFLY_CHECK(!certificates.empty());
  std::vector<store::Operation> operations;
  log_.Append(EncodeSigning(certificates, subject.ToString(), request_id, now), operations);
  for (const ssh::Certificate& certificate : certificates) {
    operations.push_back(SetCertificate(certificate));
  }
  store_.WriteLater(std::move(operations));
}

absl::Status IssuanceRecorder::RecordDenial(const DenialRecord& denial, absl::Time now) {
  std::vector<store::Operation> operations;
  log_.Append(EncodeDenial(denial, now), operations);
  RememberDocuments(denial.call, now, operations);
  return store_.Write(std::move(operations)).status();
}

}  // namespace mayfly::ledger
