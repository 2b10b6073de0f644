#include "client/login/destinations.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

constexpr size_t kMaxHostName = 253;

absl::Status Mistake(std::string_view text, std::string_view why) {
  return Failure(ExitCode::kUsage,
                 fmt::format("--only-to '{}': {}", EscapeForTerminal(text.substr(0, 300)), why),
                 "such as: --only-to web1.example.com, --only-to deploy@web1.example.com, or "
                 "--only-to 'jump.example.com>web1.example.com'");
}

// A name as it stands in a host's certificate: ssh asks for it in lower case, an agent compares.
absl::StatusOr<std::string> ParseHost(std::string_view text, std::string_view host) {
  if (host.empty()) return Mistake(text, "a host's name is missing");
  if (host.size() > kMaxHostName) return Mistake(text, "the host's name is too long");
  if (host.find_first_of("*?!,") != std::string_view::npos) {
    return Mistake(text, "name each host, for certificates hold no patterns");
  }
  const bool fine = std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':';
  });
  if (!fine) return Mistake(text, "that is no host's name");
  std::string lower(host);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

absl::StatusOr<ssh::AgentDestination> ParseOne(std::string_view text,
                                               const std::vector<ssh::PublicKey>& host_cas) {
  ssh::AgentDestination destination;
  std::string_view to = text;
  if (const size_t arrow = text.find('>'); arrow != std::string_view::npos) {
    if (text.substr(0, arrow).find('@') != std::string_view::npos) {
      return Mistake(text, "the user belongs to the host that is logged in to, behind the '>'");
    }
    MAYFLY_ASSIGN_OR_RETURN(destination.from.host, ParseHost(text, text.substr(0, arrow)));
    destination.from.host_cas = host_cas;
    to = text.substr(arrow + 1);
  }
  if (const size_t at = to.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = to.substr(0, at);
    if (user.empty() || user.size() > ssh::kMaxAgentUserPattern ||
        user.find('\0') != std::string_view::npos) {
      return Mistake(text, "the user's name is missing or too long");
    }
    destination.to.user = std::string(user);
    to = to.substr(at + 1);
  }
  MAYFLY_ASSIGN_OR_RETURN(destination.to.host, ParseHost(text, to));
  destination.to.host_cas = host_cas;
  return destination;
}

}  // namespace

absl::StatusOr<std::vector<ssh::AgentDestination>> ParseDestinations(
    const std::vector<std::string>& texts, const std::vector<ssh::PublicKey>& host_cas) {
  std::vector<ssh::AgentDestination> destinations;
  for (const std::string& text : texts) {
    MAYFLY_ASSIGN_OR_RETURN(ssh::AgentDestination destination, ParseOne(text, host_cas));
    destinations.push_back(std::move(destination));
  }
  if (!destinations.empty() && host_cas.empty()) {
    return Failure(ExitCode::kNotTrusted,
                   "--only-to needs a CA that certifies hosts, and this one certifies none",
                   "an agent knows a destination by its host certificate");
  }
  return destinations;
}

}  // namespace mayfly::client
