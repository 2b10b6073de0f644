// What the event codec is made of, beside the parts in ca/recorded. Private to it.
#ifndef MAYFLY_CA_LEDGER_EVENT_PARTS_H_
#define MAYFLY_CA_LEDGER_EVENT_PARTS_H_

#include <google/protobuf/arena.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/status.h"
#include "ca/ledger/event_codec.h"
#include "ca/ledger/records.h"
#include "ca/recorded/parts_codec.h"
#include "mayfly/v1/ledger.pb.h"

namespace mayfly::ledger {

using recorded::ApprovalOf;
using recorded::AskOf;
using recorded::Blob;
using recorded::Damaged;
using recorded::DecisionOf;
using recorded::IdentityOf;
using recorded::KindOf;
using recorded::NetworksOf;
using recorded::PairsOf;
using recorded::Put;
using recorded::PutNetworks;
using recorded::PutPairs;
using recorded::PutTexts;
using recorded::SubjectOf;
using recorded::TextsOf;
using recorded::TimeOf;
using recorded::Utf8;

// Where an event is put together: most fit into the first block, and their parts are dropped as
// one.
class EventArena {
 public:
  EventArena() : arena_(Options(first_block_)) {}
  EventArena(const EventArena&) = delete;
  EventArena& operator=(const EventArena&) = delete;

  // An empty one, which lives as long as the arena.
  v1::LedgerEvent& MakeEvent() {
    return *google::protobuf::Arena::CreateMessage<v1::LedgerEvent>(&arena_);
  }

 private:
  using Block = std::array<char, 4096>;
  static google::protobuf::ArenaOptions Options(Block& first_block) {
    google::protobuf::ArenaOptions options;
    options.initial_block = first_block.data();
    options.initial_block_size = first_block.size();
    return options;
  }

  alignas(std::max_align_t) Block first_block_;
  google::protobuf::Arena arena_;  // Last: it uses the block.
};

// An event as it begins, and as it is ready to be appended.
v1::LedgerEvent& Started(EventArena& arena, const std::string& request_id,
                         const std::string& subject, absl::Time now);
EncodedEvent Finished(const v1::LedgerEvent& event, TypeClass type_class, std::string_view type,
                      absl::Time now);
Bytes Serialized(const google::protobuf::MessageLite& message);
template <typename Message>
absl::StatusOr<Message> Parsed(BytesView bytes) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return DataLoss("a record of the ledger is damaged: it is not the message it should be");
  }
  return message;
}

// What a decision rested on, and when it was made.
void PutFacts(const model::Facts& facts, const std::optional<absl::Time>& decided_at,
              v1::RecordedFacts& out);

// Encoders fill an empty message; decoders answer kDataLoss.
void Put(const HostState& host, v1::RecordedHost& out);
void Put(const JoinTokenRecord& token, v1::RecordedJoinToken& out);
void Put(const UserRecord& user, v1::RecordedUser& out);
absl::StatusOr<HostState> HostOf(const v1::RecordedHost& in);
absl::StatusOr<JoinTokenRecord> JoinTokenOf(const v1::RecordedJoinToken& in);
absl::StatusOr<UserRecord> UserOf(const v1::RecordedUser& in);

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_EVENT_PARTS_H_
