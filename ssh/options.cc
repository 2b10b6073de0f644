#include "ssh/options.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

bool HasNul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

bool NameLess(const Option& option, std::string_view name) { return option.name < name; }

}  // namespace

const std::vector<std::string>& KnownExtensions() {
  static const auto& names = *new std::vector<std::string>{"no-touch-required",
                                                           "permit-X11-forwarding",
                                                           "permit-agent-forwarding",
                                                           "permit-port-forwarding",
                                                           "permit-pty",
                                                           "permit-user-rc"};
  return names;
}

const std::vector<std::string>& KnownCriticalOptions() {
  static const auto& names = *new std::vector<std::string>{
      std::string(kForceCommand), std::string(kSourceAddress), std::string(kVerifyRequired)};
  return names;
}

absl::StatusOr<OptionList> OptionList::Parse(BytesView encoded) {
  if (encoded.size() > kMaxOptionsSize) {
    return InvalidArgument(fmt::format("options take {} bytes; at most {} are allowed",
                                       encoded.size(), kMaxOptionsSize));
  }
  OptionList list;
  Reader reader(encoded);
  while (!reader.AtEnd()) {
    absl::StatusOr<std::string> name = Annotate(reader.ReadText(), "option name");
    if (!name.ok()) return name.status();
    if (name->empty()) return InvalidArgument("an option has an empty name");
    const absl::StatusOr<BytesView> data = reader.ReadString();
    if (!data.ok()) return Annotate(data.status(), fmt::format("option {}", QuoteName(*name)));
    // Sorted and unique is what PROTOCOL.certkeys asks of the signer; readers disagree about lists
    // that are not, so no such list passes here.
    if (!list.options_.empty() && *name <= list.options_.back().name) {
      return InvalidArgument(fmt::format("option {} {}", QuoteName(*name),
                                         *name == list.options_.back().name
                                             ? "appears twice"
                                             : "is out of order; names must be sorted"));
    }
    list.options_.push_back(Option{.name = *std::move(name), .data = ToBytes(*data)});
  }
  return list;
}

void OptionList::WriteTo(Writer& writer) const {
  for (const Option& option : options_) writer.String(option.name).String(option.data);
}

Bytes OptionList::Encode() const {
  Writer writer;
  WriteTo(writer);
  return writer.Take();
}

absl::Status OptionList::AddFlag(std::string_view name) {
  return Add(Option{.name = std::string(name), .data = {}});
}

absl::Status OptionList::AddText(std::string_view name, std::string_view value) {
  if (HasNul(value)) {
    return InvalidArgument(fmt::format("the value of option {} holds a NUL byte", QuoteName(name)));
  }
  return Add(Option{.name = std::string(name), .data = Writer().String(value).Take()});
}

absl::Status OptionList::Add(Option option) {
  if (option.name.empty()) return InvalidArgument("an option needs a name");
  if (HasNul(option.name)) {
    return InvalidArgument(fmt::format("option name {} holds a NUL byte", QuoteName(option.name)));
  }
  const auto place =
      std::lower_bound(options_.begin(), options_.end(), std::string_view(option.name), NameLess);
  if (place != options_.end() && place->name == option.name) {
    return AlreadyExists(fmt::format("option {} is already set", QuoteName(option.name)));
  }
  options_.insert(place, std::move(option));
  return absl::OkStatus();
}

absl::StatusOr<std::string> OptionList::Text(std::string_view name) const {
  const Option* option = Find(name);
  if (option == nullptr) return NotFound(fmt::format("there is no option {}", QuoteName(name)));
  Reader reader(option->data);
  absl::StatusOr<std::string> text = reader.ReadText();
  absl::Status status = text.status();
  status.Update(reader.ExpectEnd());
  if (!status.ok()) {
    return Annotate(status,
                    fmt::format("the value of option {} is not one string", QuoteName(name)));
  }
  return text;
}

const Option* OptionList::Find(std::string_view name) const {
  const auto place = std::lower_bound(options_.begin(), options_.end(), name, NameLess);
  return place != options_.end() && place->name == name ? &*place : nullptr;
}

std::vector<std::string> OptionList::names() const {
  std::vector<std::string> names;
  names.reserve(options_.size());
  for (const Option& option : options_) names.push_back(option.name);
  return names;
}

namespace {

absl::Status CheckRestricts(const IpNetwork& network) {
  if (network.prefix() > 0) return absl::OkStatus();
  return InvalidArgument(fmt::format(
      "source-address {} restricts nothing; name smaller networks or leave the option out",
      network.ToString()));
}

}  // namespace

absl::StatusOr<std::string> FormatSourceAddress(const std::vector<IpNetwork>& networks) {
  if (networks.empty()) {
    return InvalidArgument("source-address needs at least one network");
  }
  std::string value;
  for (const IpNetwork& network : networks) {
    MAYFLY_RETURN_IF_ERROR(CheckRestricts(network));
    if (!value.empty()) value += ',';
    value += network.ToString();
  }
  return value;
}

absl::StatusOr<std::vector<IpNetwork>> ParseSourceAddress(std::string_view value) {
  std::vector<IpNetwork> networks;
  for (size_t begin = 0; begin <= value.size();) {
    const size_t end = std::min(value.find(',', begin), value.size());
    MAYFLY_ASSIGN_OR_RETURN(
        const IpNetwork network,
        Annotate(IpNetwork::Parse(value.substr(begin, end - begin)), kSourceAddress));
    MAYFLY_RETURN_IF_ERROR(CheckRestricts(network));
    networks.push_back(network);
    begin = end + 1;
  }
  return networks;
}

}  // namespace mayfly::ssh
