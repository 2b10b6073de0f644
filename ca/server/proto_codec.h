// Domain values to messages, and the parameters of calls back to domain values.
#ifndef MAYFLY_CA_SERVER_PROTO_CODEC_H_
#define MAYFLY_CA_SERVER_PROTO_CODEC_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/ledger/records.h"
#include "ca/model/decision.h"
#include "ca/model/request.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "mayfly/v1/call.pb.h"
#include "mayfly/v1/decision.pb.h"
#include "mayfly/v1/services.pb.h"

namespace mayfly::server {

google::protobuf::Timestamp ToProto(absl::Time time);
absl::Time FromProto(const google::protobuf::Timestamp& time);
// kInvalidArgument for a duration that is not positive and whole, or beyond 100 years.
absl::StatusOr<absl::Duration> LifetimeFromProto(const google::protobuf::Duration& duration);

v1::Decision ToProto(const model::Decision& decision);
v1::Decision ToProto(const model::Pending& pending);
v1::ApprovalNeed ToProto(const model::ApprovalNeed& need);
v1::UserAsk ToProto(const model::Ask& ask);
// All but what only a decision knows: principals, needs, state of a request that waits.
v1::FiledRequest ToProto(const ledger::FiledState& state);
v1::Review ToProto(const ledger::ReviewState& state);
v1::CertificateRecord ToProto(const ledger::CertificateState& state);
v1::LedgerRecord ToProto(const ledger::StoredEvent& event);

// kInvalidArgument names the field.
absl::StatusOr<model::Ask> AskFromProto(const v1::UserAsk& ask);

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_PROTO_CODEC_H_
