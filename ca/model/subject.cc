#include "ca/model/subject.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "fmt/format.h"

namespace mayfly::model {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool IsOneOf(char c, std::string_view more) {
  return kDigits.find(c) != std::string_view::npos || kLower.find(c) != std::string_view::npos ||
         more.find(c) != std::string_view::npos;
}

absl::Status CheckUserName(std::string_view name) {
  const bool valid = !name.empty() && name.size() <= 64 && name.front() != '-' &&
                     name.front() != '.' && std::ranges::all_of(name, [](char c) {
                       return IsOneOf(c, "._+@-") || kUpper.find(c) != std::string_view::npos;
                     });
  if (valid) return absl::OkStatus();
  return InvalidArgument(
      fmt::format("{} is not a user name; expected 1 to 64 letters, digits or ._+@-, not "
                  "starting with - or .",
                  QuoteName(name)));
}

absl::Status CheckRealm(std::string_view realm) {
  const bool valid = !realm.empty() && realm.size() <= 32 && realm.front() != '-' &&
                     std::ranges::all_of(realm, [](char c) { return IsOneOf(c, "-"); });
  if (valid) return absl::OkStatus();
  return InvalidArgument(fmt::format(
      "{} is not a realm; expected 1 to 32 lower-case letters, digits or -", QuoteName(realm)));
}

bool IsLabelWord(std::string_view word) {
  return !word.empty() && word.size() <= 63 &&
         std::ranges::all_of(word, [](char c) { return IsOneOf(c, "_.-"); });
}

std::string PercentEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (IsOneOf(c, "._+-") || kUpper.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
  }
  return encoded;
}

absl::StatusOr<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    absl::StatusOr<Bytes> byte = HexDecode(text.substr(i + 1, 2));
    if (!byte.ok() || byte->size() != 1) return InvalidArgument("stray % in a key ID");
    decoded += static_cast<char>(byte->front());
    i += 2;
  }
  return decoded;
}

absl::StatusOr<SubjectKind> ParseKind(std::string_view text) {
  if (text == "user") return SubjectKind::kUser;
  if (text == "host") return SubjectKind::kHost;
  return InvalidArgument(
      fmt::format("{} is not a kind of subject; expected user or host", QuoteName(text)));
}

// Splits "kind:name@realm" at the first ':' and the last '@', as both parts between are checked
// after.
struct SubjectText {
  std::string_view kind, name, realm;
};
absl::StatusOr<SubjectText> SplitSubject(std::string_view text) {
  const size_t colon = text.find(':');
  const size_t at = text.rfind('@');
  if (colon == std::string_view::npos || at == std::string_view::npos || at < colon) {
    return InvalidArgument(fmt::format(
        "{} is not a subject; expected one such as user:alice@people", QuoteName(text)));
  }
  SubjectText parts;
  parts.kind = text.substr(0, colon);
  parts.name = text.substr(colon + 1, at - colon - 1);
  parts.realm = text.substr(at + 1);
  return parts;
}

}  // namespace

std::string_view SubjectKindName(SubjectKind kind) {
  return kind == SubjectKind::kUser ? "user" : "host";
}

absl::StatusOr<Subject> Subject::Create(SubjectKind kind, std::string_view name,
                                        std::string_view realm) {
  MAYFLY_RETURN_IF_ERROR(kind == SubjectKind::kUser ? CheckUserName(name) : CheckHostName(name));
  MAYFLY_RETURN_IF_ERROR(CheckRealm(realm));
  Subject subject;
  subject.kind = kind;
  subject.name = name;
  subject.realm = realm;
  if (KeyId{subject, ~uint64_t{0}}.ToString().size() > kMaxKeyIdSize) {
    return InvalidArgument(fmt::format("{} is too long for a key ID", QuoteName(name)));
  }
  return subject;
}

absl::StatusOr<Subject> Subject::Parse(std::string_view text) {
  MAYFLY_ASSIGN_OR_RETURN(const SubjectText parts, SplitSubject(text));
  MAYFLY_ASSIGN_OR_RETURN(const SubjectKind kind, ParseKind(parts.kind));
  return Create(kind, parts.name, parts.realm);
}

std::string Subject::ToString() const {
  return std::string(SubjectKindName(kind)) + ":" + name + "@" + realm;
}

absl::StatusOr<KeyId> KeyId::Parse(std::string_view text) {
  const size_t slash = text.rfind('/');
  if (slash == std::string_view::npos || text.size() > kMaxKeyIdSize) {
    return InvalidArgument(fmt::format(
        "{} is not a key ID of ours; expected one such as user:alice@people/1", QuoteName(text)));
  }
  MAYFLY_ASSIGN_OR_RETURN(const SubjectText parts, SplitSubject(text.substr(0, slash)));
  MAYFLY_ASSIGN_OR_RETURN(const SubjectKind kind, ParseKind(parts.kind));
  MAYFLY_ASSIGN_OR_RETURN(const std::string name, PercentDecode(parts.name));
  MAYFLY_ASSIGN_OR_RETURN(const std::string realm, PercentDecode(parts.realm));
  KeyId id;
  MAYFLY_ASSIGN_OR_RETURN(id.subject, Subject::Create(kind, name, realm));
  const std::string_view digits = text.substr(slash + 1);
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), id.epoch);
  if (code != std::errc() || end != digits.data() + digits.size() || id.epoch == 0 ||
      id.ToString() != text) {  // One spelling only.
    return InvalidArgument(fmt::format("{} is not a key ID of ours", QuoteName(text)));
  }
  return id;
}

std::string KeyId::ToString() const {
  return std::string(SubjectKindName(subject.kind)) + ":" + PercentEncode(subject.name) + "@" +
         PercentEncode(subject.realm) + "/" + std::to_string(epoch);
}

absl::Status CheckLabels(const Labels& labels) {
  if (labels.size() > 32) {
    return InvalidArgument(fmt::format("{} labels; at most 32 are allowed", labels.size()));
  }
  for (const auto& [key, value] : labels) {
    if (!IsLabelWord(key) || !IsLabelWord(value)) {
      return InvalidArgument(
          fmt::format("'{}={}' is not a label; expected 1 to 63 lower-case letters, digits or _.- "
                      "on both sides",
                      EscapeForTerminal(std::string_view(key).substr(0, 64)),
                      EscapeForTerminal(std::string_view(value).substr(0, 64))));
    }
  }
  return absl::OkStatus();
}

}  // namespace mayfly::model
