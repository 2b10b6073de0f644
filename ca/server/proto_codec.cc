#include "ca/server/proto_codec.h"

#include "base/network.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/recorded/parts_codec.h"
#include "fmt/format.h"

namespace mayfly::server {
namespace {

constexpr size_t kMaxReason = 500;
constexpr size_t kMaxForceCommand = 4096;
constexpr int kMaxListed = 256;  // Of logins, extensions and networks: more than any grant gives.
constexpr int64_t kMaxLifetimeSeconds = int64_t{100} * 366 * 86400;

// As the ledger has it.
template <typename Message, typename Value>
Message Encoded(const Value& value) {
  Message message;
  recorded::Put(value, message);
  return message;
}

absl::Status CheckText(std::string_view field, std::string_view text, size_t max_size) {
  if (text.size() > max_size) {
    return InvalidArgument(
        fmt::format("{}: {} bytes; at most {} are allowed", field, text.size(), max_size));
  }
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return InvalidArgument(fmt::format("{}: control characters are not allowed", field));
    }
  }
  if (!IsValidUtf8(text)) return InvalidArgument(fmt::format("{}: not valid UTF-8", field));
  return absl::OkStatus();
}

absl::Status CheckCount(std::string_view field, int count) {
  if (count <= kMaxListed) return absl::OkStatus();
  return InvalidArgument(
      fmt::format("{}: {} given; at most {} are allowed", field, count, kMaxListed));
}

}  // namespace

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp message;
  message.set_seconds(absl::ToUnixSeconds(time));
  message.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(message.seconds()))));
  return message;
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

absl::StatusOr<absl::Duration> LifetimeFromProto(const google::protobuf::Duration& duration) {
  if (duration.seconds() <= 0 || duration.seconds() > kMaxLifetimeSeconds ||
      duration.nanos() != 0) {
    return InvalidArgument("lifetime: expected a positive number of whole seconds");
  }
  return absl::Seconds(duration.seconds());
}

v1::UserAsk ToProto(const model::Ask& ask) {
  v1::UserAsk message;
  message.set_grant(ask.grant.value_or(""));
  message.set_target_host(ask.target_host.value_or(""));
  for (const std::string& login : ask.logins) message.add_logins(login);
  if (ask.lifetime) {
    message.mutable_lifetime()->set_seconds(absl::ToInt64Seconds(*ask.lifetime));
  }
  message.set_choose_extensions(ask.extensions.has_value());
  for (const std::string& one : ask.extensions.value_or(std::vector<std::string>())) {
    message.add_extensions(one);
  }
  message.set_force_command(ask.force_command.value_or(""));
  for (const IpNetwork& network : ask.source_addresses) {
    message.add_source_addresses(network.ToString());
  }
  message.set_reason(ask.reason);
  return message;
}

v1::Decision ToProto(const model::Decision& decision) { return Encoded<v1::Decision>(decision); }
v1::Decision ToProto(const model::Pending& pending) { return Encoded<v1::Decision>(pending); }
v1::ApprovalNeed ToProto(const model::ApprovalNeed& need) {
  return Encoded<v1::ApprovalNeed>(need);
}

v1::FiledRequest ToProto(const ledger::FiledState& state) {
  v1::FiledRequest message;
  message.set_number(state.number);
  message.set_digest(state.digest);
  message.set_subject(state.subject.ToString());
  *message.mutable_ask() = ToProto(state.ask);
  message.set_grant(state.grant);
  *message.mutable_filed_at() = ToProto(state.filed_at);
  *message.mutable_expires_at() = ToProto(state.expires_at);
  message.set_request_id(state.request_id);
  if (state.closed_at) {
    message.set_state(std::string(ledger::ClosingName(state.closed_how)));
    message.set_closed_by(state.closed_by);
    message.set_word(state.word);
  } else if (state.uses > 0) {
    message.set_state("used");
  }
  return message;
}

v1::Review ToProto(const ledger::ReviewState& state) {
  v1::Review message;
  message.set_serial(state.serial.value);
  message.set_subject(state.subject);
  message.set_grant(state.grant);
  message.set_reason(state.reason);
  message.set_request_id(state.request_id);
  *message.mutable_opened_at() = ToProto(state.opened_at);
  if (state.closed_at) {
    *message.mutable_closed_at() = ToProto(*state.closed_at);
    message.set_closed_by(state.closed_by);
    message.set_word(state.word);
  }
  return message;
}

v1::CertificateRecord ToProto(const ledger::CertificateState& state) {
  v1::CertificateRecord message;
  message.set_serial(state.serial.value);
  message.set_kind(std::string(ssh::CertificateKindName(state.kind)));
  message.set_subject(state.subject.ToString());
  message.set_key_id(state.key_id);
  message.set_grant(state.grant);
  message.set_key_fingerprint(state.key_fingerprint);
  message.set_ca_fingerprint(state.ca_fingerprint);
  for (const std::string& principal : state.principals) message.add_principals(principal);
  *message.mutable_valid_after() = ToProto(state.valid_after);
  *message.mutable_valid_before() = ToProto(state.valid_before);
  *message.mutable_recorded_at() = ToProto(state.recorded_at);
  message.set_request_id(state.request_id);
  message.set_is_signed(state.is_signed);
  return message;
}

v1::LedgerRecord ToProto(const ledger::StoredEvent& event) {
  v1::LedgerRecord message;
  message.set_sequence(event.sequence);
  *message.mutable_time() = ToProto(event.time);
  message.set_type(event.type);
  message.set_commitment(ToText(event.commitment));
  message.set_json(event.json);
  return message;
}

absl::StatusOr<model::Ask> AskFromProto(const v1::UserAsk& ask) {
  model::Ask result;
  MAYFLY_RETURN_IF_ERROR(CheckText("grant", ask.grant(), 128));
  MAYFLY_RETURN_IF_ERROR(CheckText("target_host", ask.target_host(), 253));
  MAYFLY_RETURN_IF_ERROR(CheckText("reason", ask.reason(), kMaxReason));
  MAYFLY_RETURN_IF_ERROR(CheckText("force_command", ask.force_command(), kMaxForceCommand));
  MAYFLY_RETURN_IF_ERROR(CheckCount("logins", ask.logins_size()));
  MAYFLY_RETURN_IF_ERROR(CheckCount("extensions", ask.extensions_size()));
  MAYFLY_RETURN_IF_ERROR(CheckCount("source_addresses", ask.source_addresses_size()));
  if (!ask.grant().empty()) result.grant = ask.grant();
  if (!ask.target_host().empty()) result.target_host = ask.target_host();
  result.logins.assign(ask.logins().begin(), ask.logins().end());
  for (const std::string& login : result.logins) {
    MAYFLY_RETURN_IF_ERROR(Annotate(CheckText("login", login, 64), "logins"));
  }
  if (ask.has_lifetime()) {
    MAYFLY_ASSIGN_OR_RETURN(result.lifetime, LifetimeFromProto(ask.lifetime()));
  }
  if (ask.choose_extensions()) {
    result.extensions.emplace(ask.extensions().begin(), ask.extensions().end());
  } else if (ask.extensions_size() != 0) {
    return InvalidArgument("extensions: given without choose_extensions");
  }
  if (!ask.force_command().empty()) result.force_command = ask.force_command();
  for (const std::string& text : ask.source_addresses()) {
    absl::StatusOr<IpNetwork> network = IpNetwork::Parse(text);
    if (!network.ok()) return Annotate(network.status(), "source_addresses");
    if (network->prefix() == 0) {
      return InvalidArgument("source_addresses: a network of prefix 0 restricts nothing");
    }
    result.source_addresses.push_back(*network);
  }
  result.reason = ask.reason();
  if (ask.approved() != 0) result.approved = ask.approved();
  return result;
}

}  // namespace mayfly::server
