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

absl::Status IssuanceRecorder::Record(const IssuanceBatch& batch, absl::Time now) {
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
  return store_.Write(std::move(operations)).status();
}

absl::Status IssuanceRecorder::RecordSigned(const std::vector<ssh::Certificate>& certificates,
                                            absl::Time now) {
  if (certificates.empty()) return InvalidArgument("nothing was signed");
  MAYFLY_ASSIGN_OR_RETURN(const CertificateState recorded,
                          FindCertificate(store_, certificates.front().body.serial));
  return store_.Write(SigningOperations(recorded.request_id, recorded.subject, certificates, now))
      .status();
}

void IssuanceRecorder::RecordSignedLater(const std::string& request_id,
                                         const model::Subject& subject,
                                         const std::vector<ssh::Certificate>& certificates,
                                         absl::Time now) {
  MAYFLY_CHECK(!certificates.empty());
  store_.WriteLater(SigningOperations(request_id, subject, certificates, now));
}

std::vector<store::Operation> IssuanceRecorder::SigningOperations(
    const std::string& request_id, const model::Subject& subject,
    const std::vector<ssh::Certificate>& certificates, absl::Time now) {
  std::vector<store::Operation> operations;
  log_.Append(EncodeSigning(certificates, subject.ToString(), request_id, now), operations);
  for (const ssh::Certificate& certificate : certificates) {
    operations.push_back(SetCertificate(certificate));
  }
  return operations;
}

absl::Status IssuanceRecorder::RecordDenial(const DenialRecord& denial, absl::Time now) {
  std::vector<store::Operation> operations;
  log_.Append(EncodeDenial(denial, now), operations);
  RememberDocuments(denial.call, now, operations);
  return store_.Write(std::move(operations)).status();
}

}  // namespace mayfly::ledger
