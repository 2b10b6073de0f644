#include "http/url.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::http {
namespace {

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const absl::StatusOr<Bytes> byte =
          i + 2 < text.size() ? HexDecode(text.substr(i + 1, 2)) : InvalidArgument("cut off");
      if (!byte.ok()) return std::nullopt;
      decoded += static_cast<char>(byte->front());
      i += 2;
    }
  }
  return decoded;
}

std::string EncodeForm(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form) {
    text += (text.empty() ? "" : "&") + PercentEncode(name) + "=" + PercentEncode(value);
  }
  return text;
}

std::optional<Form> DecodeForm(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::optional<std::string> name = PercentDecode(pair.substr(0, equals));
    const std::optional<std::string> value =
        PercentDecode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return std::nullopt;
    form.emplace_back(*name, *value);
  }
  return form;
}

std::string AddQuery(std::string_view url, const Form& query) {
  const char* separator = url.find('?') == std::string_view::npos ? "?" : "&";
  return fmt::format("{}{}{}", url, separator, EncodeForm(query));
}

absl::Status CheckHttpsUrl(std::string_view url, bool allow_query) {
  constexpr std::string_view kScheme = "https://";
  const absl::Status wrong = InvalidArgument("expected an address such as https://id.example.com");
  if (!url.starts_with(kScheme) || url.size() > 2048) return wrong;
  const bool clean = std::ranges::all_of(url, [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\' && c != '#';
  });
  if (!clean || (!allow_query && url.find('?') != std::string_view::npos)) return wrong;
  const std::string_view rest = url.substr(kScheme.size());
  const std::string_view host = rest.substr(0, std::min(rest.find_first_of("/?"), rest.size()));
  if (host.empty() || host.find('@') != std::string_view::npos) return wrong;
  return absl::OkStatus();
}

}  // namespace mayfly::http
