// Events as bytes, and bytes as events: the only part of the ledger that knows their protobuf
// schema, proto/mayfly/v1/ledger.proto.
#ifndef MAYFLY_CA_LEDGER_EVENT_CODEC_H_
#define MAYFLY_CA_LEDGER_EVENT_CODEC_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "ca/ledger/records.h"

namespace mayfly::ledger {

// Part of what is committed to, so that a commitment alone tells what kind of thing happened. Never
// renumbered.
enum class TypeClass : uint8_t {
  kIssuance = 1,  // Decided to be signed, and signed.
  kDenial = 2,
  kStanding = 3,  // Who may speak: sessions, join tokens, hosts, users, names.
  kNotice = 4,
};

// An event that is ready to be appended.
struct EncodedEvent {
  TypeClass type_class;
  std::string type;  // A word of docs/formats/ledger.md.
  absl::Time time;
  std::string request_id;
  std::string subject;
  Bytes bytes;
};

EncodedEvent EncodeIssuances(const IssuanceBatch& batch, absl::Time now);
// `request_id`: of the call that recorded them.
EncodedEvent EncodeSigning(const std::vector<ssh::Certificate>& certificates,
                           const std::string& subject, const std::string& request_id,
                           absl::Time now);
EncodedEvent EncodeDenial(const DenialRecord& denial, absl::Time now);
EncodedEvent EncodeSessionStarted(const model::Call& call, const SessionRecord& session,
                                  absl::Time now);
EncodedEvent EncodeSessionEnded(const model::Call& call, const model::Identity& by,
                                const std::string& subject, const ssh::Fingerprint& session_key,
                                absl::Time now);
EncodedEvent EncodeJoinTokenCreated(const model::Call& call, const model::Identity& by,
                                    const JoinTokenRecord& token, absl::Time now);
EncodedEvent EncodeHostRetired(const model::Call& call, const model::Identity& by,
                               const HostState& host, absl::Time now);
EncodedEvent EncodeRequestFiled(const FilingRecord& filing, const FiledState& state,
                                absl::Time now);
EncodedEvent EncodeRequestApproved(const model::Call& call, const model::Identity& by,
                                   uint64_t number, const std::string& digest, absl::Time now);
EncodedEvent EncodeRequestClosed(const model::Call& call, const model::Identity& by,
                                 uint64_t number, Closing how, const std::string& word,
                                 absl::Time now);
EncodedEvent EncodeBreakGlass(const IssuanceBatch& batch, const IssuanceRecord& issuance,
                              absl::Time now);
EncodedEvent EncodeReviewClosed(const model::Call& call, const model::Identity& by,
                                ssh::Serial serial, const std::string& word, absl::Time now);
EncodedEvent EncodeUsersAdded(const model::Call& call, const model::Identity& by,
                              const std::vector<UserRecord>& users, absl::Time now);
EncodedEvent EncodeUserRemoved(const model::Call& call, const model::Identity& by,
                               const std::string& subject, const UserRecord& user, absl::Time now);
EncodedEvent EncodeNameReleased(const model::Call& call, const model::Identity& by,
                                const std::string& subject, const NameBinding& binding,
                                absl::Time now);
EncodedEvent EncodeNotice(const Notice& notice, absl::Time now);

// The records of sessions, tokens and hosts, as their tables keep them. Decoders answer kDataLoss.
Bytes EncodeIdentity(const model::Identity& identity);
absl::StatusOr<model::Identity> DecodeIdentity(BytesView bytes);
Bytes EncodeJoinToken(const JoinTokenRecord& token);
absl::StatusOr<JoinTokenRecord> DecodeJoinToken(BytesView bytes);
Bytes EncodeFiled(const FiledState& state);  // What does not change.
absl::StatusOr<FiledState> DecodeFiled(BytesView bytes);
Bytes EncodeApproval(const model::Approval& approval);
absl::StatusOr<model::Approval> DecodeApproval(BytesView bytes);
Bytes EncodeUser(const UserRecord& user);
absl::StatusOr<UserRecord> DecodeUser(BytesView bytes);
Bytes EncodeHost(const HostState& host);
absl::StatusOr<HostState> DecodeHost(BytesView bytes);

// Subject, serial and decision of an issuance or denial; kInvalidArgument for another event.
// `sequence` and `time` are the caller's to set.
absl::StatusOr<DecisionState> DecodeDecision(BytesView event);
// The event for people: bytes as base64, keys as fingerprints.
absl::StatusOr<std::string> EventJson(BytesView event);

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_EVENT_CODEC_H_
