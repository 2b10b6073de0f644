// The parts of recorded events, between domain types and the messages of
// proto/mayfly/v1/ledger.proto: one copy for the ledger, which writes them, for the services, which
// answer with decisions, and for the command, which decides recorded requests again.
#ifndef MAYFLY_CA_RECORDED_PARTS_CODEC_H_
#define MAYFLY_CA_RECORDED_PARTS_CODEC_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/network.h"
#include "ca/model/decision.h"
#include "ca/model/facts.h"
#include "ca/model/identity.h"
#include "ca/model/request.h"
#include "mayfly/v1/ledger.pb.h"

namespace mayfly::recorded {

using Texts = google::protobuf::RepeatedPtrField<std::string>;
using Pairs = google::protobuf::RepeatedPtrField<v1::RecordedPair>;
using Steps = google::protobuf::RepeatedPtrField<v1::TraceStep>;

std::string Utf8(std::string_view text);  // Escaped when it is not UTF-8 already.
std::string Blob(BytesView bytes);        // As protobuf keeps bytes.

// Encoders fill an empty message.
void Put(absl::Time time, google::protobuf::Timestamp& out);
void Put(const model::Call& call, v1::RecordedCall& out);
void Put(const model::Identity& identity, v1::RecordedIdentity& out);
void Put(const model::Ask& ask, v1::RecordedAsk& out);
void Put(const model::Request& request, v1::RecordedRequest& out);
void Put(const model::Facts& facts, v1::RecordedFacts& out);
void Put(const model::Decision& decision, v1::Decision& out);
void Put(const model::Granted& granted, v1::Decision& out);
void PutVerdict(const model::Granted& granted, v1::Decision& out);  // All but the trace.
void Put(const model::Pending& pending, v1::Decision& out);
void Put(const model::ApprovalNeed& need, v1::ApprovalNeed& out);
void Put(const model::Approval& approval, v1::RecordedApproval& out);
void PutTexts(const std::vector<std::string>& texts, Texts& out);
void PutNetworks(const std::vector<IpNetwork>& networks, Texts& out);
void PutPairs(const model::Labels& labels, Pairs& out);
void PutTrace(const model::Trace& trace, Steps& out);

// Decoders answer kDataLoss: only a damaged record holds what they refuse.
absl::Status Damaged(std::string_view what, std::string_view found);
absl::Time TimeOf(const google::protobuf::Timestamp& in);
std::vector<std::string> TextsOf(const Texts& in);
model::Labels PairsOf(const Pairs& in);
ssh::CertificateKind KindOf(const v1::RecordedRequest& in);
absl::StatusOr<std::vector<IpNetwork>> NetworksOf(const Texts& in);
absl::StatusOr<model::Subject> SubjectOf(const std::string& text);
absl::StatusOr<model::Identity> IdentityOf(const v1::RecordedIdentity& in);
absl::StatusOr<model::Ask> AskOf(const v1::RecordedAsk& in);
// `call` says where it came from.
absl::StatusOr<model::Request> RequestOf(const v1::RecordedRequest& in,
                                         const v1::RecordedCall& call);
absl::StatusOr<model::Facts> FactsOf(const v1::RecordedFacts& in);
absl::StatusOr<model::Approval> ApprovalOf(const v1::RecordedApproval& in);
absl::StatusOr<model::Decision> DecisionOf(const v1::Decision& in, ssh::CertificateKind kind);

}  // namespace mayfly::recorded

#endif  // MAYFLY_CA_RECORDED_PARTS_CODEC_H_
