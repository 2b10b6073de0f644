#include "client/keygen/certificate_request.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <set>
#include <string_view>

#include "base/network.h"
#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// A flag by the words that switch it on and off, whatever their case.
struct CertificateFlag {
  std::string_view on, off, name;
  bool critical = false;
  bool by_default = false;  // In user certificates.
};
constexpr std::array<CertificateFlag, 7> kCertificateFlags = {{
    {"permit-x11-forwarding", "no-x11-forwarding", "permit-X11-forwarding", false, true},
    {"permit-agent-forwarding", "no-agent-forwarding", "permit-agent-forwarding", false, true},
    {"permit-port-forwarding", "no-port-forwarding", "permit-port-forwarding", false, true},
    {"permit-pty", "no-pty", "permit-pty", false, true},
    {"permit-user-rc", "no-user-rc", "permit-user-rc", false, true},
    {"no-touch-required", "touch-required", "no-touch-required", false, false},
    {"verify-required", "no-verify-required", "verify-required", true, false},
}};

// The options of -O, applied in order to the flags that are on by default.
class OptionReader {
 public:
  OptionReader(bool host, CertificateRequest& request) : request_(request) {
    for (const CertificateFlag& flag : kCertificateFlags) {
      if (flag.by_default && !host) on_.insert(flag.name);
    }
  }

  absl::Status Read(const std::string& option) {
    const std::string lower = Lower(option);
    if (lower == "clear") {
      on_.clear();
      return absl::OkStatus();
    }
    for (const CertificateFlag& flag : kCertificateFlags) {
      if (lower == flag.on) on_.insert(flag.name);
      if (lower == flag.off) on_.erase(flag.name);
      if (lower == flag.on || lower == flag.off) return absl::OkStatus();
    }
    if (lower.starts_with("force-command=")) return ForceCommand(option.substr(14));
    if (lower.starts_with("source-address=")) return SourceAddress(option.substr(15));
    if (lower.starts_with("extension:")) return Add(request_.extensions, option.substr(10));
    if (lower.starts_with("critical:")) return Add(request_.critical_options, option.substr(9));
    return InvalidArgument(
        fmt::format("certificate option '{}' is unknown", EscapeForTerminal(option.substr(0, 64))));
  }

  absl::Status Finish() {
    for (const CertificateFlag& flag : kCertificateFlags) {
      if (on_.count(flag.name) == 0) continue;
      ssh::OptionList& list = flag.critical ? request_.critical_options : request_.extensions;
      MAYFLY_RETURN_IF_ERROR(list.AddFlag(flag.name));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ForceCommand(std::string_view command) {
    if (command.empty()) return InvalidArgument("force-command is empty");
    return request_.critical_options.AddText(ssh::kForceCommand, command);
  }

  // Kept as it was typed, once each part is an address or network that sshd would take.
  absl::Status SourceAddress(std::string_view list) {
    for (const std::string& network : Split(list)) {
      MAYFLY_RETURN_IF_ERROR(Annotate(IpNetwork::Parse(network).status(), ssh::kSourceAddress));
    }
    return request_.critical_options.AddText(ssh::kSourceAddress, list);
  }

  // NAME or NAME=VALUE, not looked into.
  static absl::Status Add(ssh::OptionList& list, std::string_view option) {
    const size_t equals = option.find('=');
    if (equals == std::string_view::npos) return list.AddFlag(option);
    return list.AddText(option.substr(0, equals), option.substr(equals + 1));
  }

  CertificateRequest& request_;
  std::set<std::string_view> on_;
};

absl::StatusOr<std::vector<std::string>> ParsePrincipals(const std::string& list) {
  std::vector<std::string> principals = Split(list);
  if (std::any_of(principals.begin(), principals.end(),
                  [](const std::string& principal) { return principal.empty(); })) {
    return InvalidArgument("-n: a principal is empty");
  }
  if (principals.size() > ssh::kMaxPrincipals) {
    return InvalidArgument(fmt::format("-n: {} principals are too many; at most {}",
                                       principals.size(), ssh::kMaxPrincipals));
  }
  return principals;
}

}  // namespace

absl::StatusOr<uint64_t> ParseSerial(std::string_view text, bool* count_up) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  uint64_t serial = 0;
  const char* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, serial);
  if (digits.empty() || result.ec != std::errc() || result.ptr != end) {
    return InvalidArgument(fmt::format("-z: '{}' is no serial; expected a number below 2^64",
                                       EscapeForTerminal(text.substr(0, 64))));
  }
  if (count_up != nullptr) *count_up = digits.size() < text.size();
  return serial;
}

absl::StatusOr<CertificateRequest> CertificateRequest::Of(const KeygenOptions& options,
                                                          absl::Time now) {
  CertificateRequest request;
  request.kind = options.host ? ssh::CertificateKind::kHost : ssh::CertificateKind::kUser;
  if (!options.key_id) return InvalidArgument("a certificate needs a key ID: -I TEXT");
  request.key_id = *options.key_id;
  if (options.principals) {
    MAYFLY_ASSIGN_OR_RETURN(request.principals, ParsePrincipals(*options.principals));
  }
  if (options.validity) {
    MAYFLY_ASSIGN_OR_RETURN(request.validity,
                            Annotate(ParseValidity(*options.validity, now), "-V"));
  }
  if (options.serial) {
    MAYFLY_ASSIGN_OR_RETURN(request.serial, ParseSerial(*options.serial, &request.count_up));
  }
  OptionReader reader(options.host, request);
  for (const std::string& option : options.certificate_options) {
    MAYFLY_RETURN_IF_ERROR(Annotate(reader.Read(option), "-O"));
  }
  MAYFLY_RETURN_IF_ERROR(Annotate(reader.Finish(), "-O"));
  return request;
}

}  // namespace mayfly::client
