#include "ssh/agent_constraints.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

constexpr uint8_t kLifetime = 1;
constexpr uint8_t kConfirm = 2;
constexpr uint8_t kExtension = 255;
constexpr std::string_view kRestrictDestination = "restrict-destination-v00@openssh.com";

uint32_t WholeSeconds(absl::Duration lifetime) {
  const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(lifetime, absl::Seconds(1)));
  return static_cast<uint32_t>(
      std::clamp<int64_t>(seconds, 1, std::numeric_limits<uint32_t>::max()));
}

bool HasNul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

absl::Status CheckHop(const AgentHop& hop, std::string_view which) {
  if (HasNul(hop.user) || HasNul(hop.host)) {
    return InvalidArgument(fmt::format("{}: a name holds a NUL byte", which));
  }
  if (hop.user.size() > kMaxAgentUserPattern) {
    return InvalidArgument(fmt::format("{}: the user has {} bytes; at most {}", which,
                                       hop.user.size(), kMaxAgentUserPattern));
  }
  const size_t keys = hop.host_keys.size() + hop.host_cas.size();
  if (keys > kMaxAgentHopKeys) {
    return InvalidArgument(
        fmt::format("{}: {} keys of one host; at most {}", which, keys, kMaxAgentHopKeys));
  }
  if (hop.host.empty() != (keys == 0)) {
    return InvalidArgument(fmt::format("{}: a host and its keys go together", which));
  }
  return absl::OkStatus();
}

Bytes EncodeHop(const AgentHop& hop) {
  Writer writer;
  writer.String(hop.user).String(hop.host).String("");
  for (const PublicKey& key : hop.host_keys) writer.String(key.blob()).Boolean(false);
  for (const PublicKey& key : hop.host_cas) writer.String(key.blob()).Boolean(true);
  return writer.Take();
}

absl::Status ExpectReserved(Reader& reader) {
  MAYFLY_ASSIGN_OR_RETURN(const BytesView reserved, Annotate(reader.ReadString(), "reserved"));
  if (reserved.empty()) return absl::OkStatus();
  return InvalidArgument("a reserved field is not empty");
}

absl::StatusOr<AgentHop> ParseHop(BytesView encoded) {
  Reader reader(encoded);
  AgentHop hop;
  MAYFLY_ASSIGN_OR_RETURN(hop.user, Annotate(reader.ReadText(), "user"));
  MAYFLY_ASSIGN_OR_RETURN(hop.host, Annotate(reader.ReadText(), "host"));
  MAYFLY_RETURN_IF_ERROR(ExpectReserved(reader));
  while (!reader.AtEnd()) {
    if (hop.host_keys.size() + hop.host_cas.size() == kMaxAgentHopKeys) {
      return InvalidArgument(fmt::format("a host has more than {} keys", kMaxAgentHopKeys));
    }
    MAYFLY_ASSIGN_OR_RETURN(const BytesView blob, Annotate(reader.ReadString(), "host key"));
    MAYFLY_ASSIGN_OR_RETURN(PublicKey key, Annotate(PublicKey::ParseBlob(blob), "host key"));
    MAYFLY_ASSIGN_OR_RETURN(const bool is_ca, Annotate(reader.ReadBoolean(), "is_ca"));
    if (!is_ca && !hop.host_cas.empty()) {
      return InvalidArgument("a host's own key stands behind a CA");
    }
    (is_ca ? hop.host_cas : hop.host_keys).push_back(std::move(key));
  }
  return hop;
}

absl::StatusOr<AgentDestination> ParseDestination(BytesView encoded) {
  Reader reader(encoded);
  MAYFLY_ASSIGN_OR_RETURN(const BytesView from, Annotate(reader.ReadString(), "from"));
  MAYFLY_ASSIGN_OR_RETURN(const BytesView to, Annotate(reader.ReadString(), "to"));
  MAYFLY_RETURN_IF_ERROR(ExpectReserved(reader));
  MAYFLY_RETURN_IF_ERROR(reader.ExpectEnd());
  AgentDestination destination;
  MAYFLY_ASSIGN_OR_RETURN(destination.from, Annotate(ParseHop(from), "from"));
  MAYFLY_ASSIGN_OR_RETURN(destination.to, Annotate(ParseHop(to), "to"));
  return destination;
}

absl::StatusOr<std::vector<AgentDestination>> ParseDestinations(Reader& reader) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string name, Annotate(reader.ReadText(), "extension"));
  if (name != kRestrictDestination) {
    return InvalidArgument(
        fmt::format("unknown extension \"{}\"", EscapeForTerminal(name.substr(0, 64))));
  }
  MAYFLY_ASSIGN_OR_RETURN(const BytesView list, Annotate(reader.ReadString(), "destinations"));
  std::vector<AgentDestination> destinations;
  Reader each(list);
  while (!each.AtEnd()) {
    if (destinations.size() == kMaxAgentDestinations) {
      return InvalidArgument(fmt::format("more than {} destinations", kMaxAgentDestinations));
    }
    MAYFLY_ASSIGN_OR_RETURN(const BytesView one, Annotate(each.ReadString(), "destination"));
    MAYFLY_ASSIGN_OR_RETURN(AgentDestination destination,
                            Annotate(ParseDestination(one), "destination"));
    destinations.push_back(std::move(destination));
  }
  if (destinations.empty()) return InvalidArgument("the list of destinations is empty");
  return destinations;
}

absl::StatusOr<AgentConstraints> ParseAll(BytesView encoded) {
  Reader reader(encoded);
  AgentConstraints constraints;
  while (!reader.AtEnd()) {
    MAYFLY_ASSIGN_OR_RETURN(const uint8_t type, reader.ReadByte());
    // Each once, in order: what comes later forbids what comes before it.
    const bool late = constraints.confirm || !constraints.destinations.empty();
    if (type == kLifetime && !constraints.lifetime.has_value() && !late) {
      MAYFLY_ASSIGN_OR_RETURN(const uint32_t seconds, Annotate(reader.ReadUint32(), "lifetime"));
      if (seconds == 0) return InvalidArgument("a lifetime of 0 seconds");
      constraints.lifetime = absl::Seconds(seconds);
    } else if (type == kConfirm && !late) {
      constraints.confirm = true;
    } else if (type == kExtension && constraints.destinations.empty()) {
      MAYFLY_ASSIGN_OR_RETURN(constraints.destinations, ParseDestinations(reader));
    } else {
      return InvalidArgument(
          fmt::format("constraint {} is unknown, repeated or out of order (at "
                      "byte {})",
                      type, reader.offset() - 1));
    }
  }
  MAYFLY_RETURN_IF_ERROR(constraints.Check());
  return constraints;
}

}  // namespace

absl::Status AgentConstraints::Check() const {
  if (destinations.size() > kMaxAgentDestinations) {
    return InvalidArgument(
        fmt::format("{} destinations; at most {}", destinations.size(), kMaxAgentDestinations));
  }
  for (const AgentDestination& destination : destinations) {
    MAYFLY_RETURN_IF_ERROR(CheckHop(destination.from, "from"));
    MAYFLY_RETURN_IF_ERROR(CheckHop(destination.to, "to"));
    if (!destination.from.user.empty()) return InvalidArgument("from: it names a user");
    if (destination.to.host.empty()) return InvalidArgument("to: it names no host");
  }
  return absl::OkStatus();
}

Bytes AgentConstraints::Encode() const {
  Writer writer;
  if (lifetime.has_value()) writer.Byte(kLifetime).Uint32(WholeSeconds(*lifetime));
  if (confirm) writer.Byte(kConfirm);
  if (!destinations.empty()) {
    Writer list;
    for (const AgentDestination& destination : destinations) {
      list.String(BytesView(Writer()
                                .String(BytesView(EncodeHop(destination.from)))
                                .String(BytesView(EncodeHop(destination.to)))
                                .String("")
                                .bytes()));
    }
    writer.Byte(kExtension).String(kRestrictDestination).String(BytesView(list.bytes()));
  }
  return writer.Take();
}

absl::StatusOr<AgentConstraints> AgentConstraints::Parse(BytesView encoded) {
  return Annotate(ParseAll(encoded), "constraints of a key in an agent");
}

}  // namespace mayfly::ssh
