#include "client/keygen/krl_specification.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "client/keygen/revocable_key.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

// "serial:" and the like, whatever its case; what stands behind it is left in `line`.
bool TakeWord(std::string_view& line, std::string_view word) {
  if (line.size() < word.size() || strncasecmp(line.data(), word.data(), word.size()) != 0) {
    return false;
  }
  line = TrimBlanks(line.substr(word.size()));
  return true;
}

absl::StatusOr<uint64_t> ParseNumber(std::string_view text) {
  text = TrimBlanks(text);
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (!hex && text.size() > 1 && text.front() == '0') {
    return InvalidArgument(fmt::format(
        "the serial {} begins with 0, which ssh-keygen would read as octal: write it without",
        QuoteName(text)));
  }
  const std::string_view digits = text.substr(hex ? 2 : 0);
  uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return InvalidArgument(fmt::format(
        "{} is no serial; expected a number below 2^64 or FIRST-LAST", QuoteName(text)));
  }
  return value;
}

}  // namespace

absl::Status KrlSpecification::Read(std::string_view text, std::string_view name) {
  for (size_t begin = 0, number = 1; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    line = TrimBlanks(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    if (const absl::Status status = ReadLine(line); !status.ok()) {
      return Annotate(status, fmt::format("{}:{}", EscapeForTerminal(name), number));
    }
  }
  return absl::OkStatus();
}

absl::Status KrlSpecification::ReadLine(std::string_view line) {
  if (TakeWord(line, "serial:")) return Serial(line);
  if (TakeWord(line, "id:")) return KeyId(line);
  if (TakeWord(line, "hash:")) return Hash(line);
  if (TakeWord(line, "key:")) return KeyAsItIs(line);
  const bool sha1 = TakeWord(line, "sha1:");
  if (!sha1 && !TakeWord(line, "sha256:")) return Key(line);
  MAYFLY_ASSIGN_OR_RETURN(const RevocableKey key, ParseRevocableLine(line));
  if (sha1) {
    krl_.sha1s.push_back(ssh::Sha1(key.blob));
  } else {
    krl_.sha256s.push_back(Sha256(key.blob));
  }
  return absl::OkStatus();
}

absl::Status KrlSpecification::Serial(std::string_view value) {
  if (!scope_.any_ca && !scope_.ca) {
    return InvalidArgument("a serial belongs to a CA: name it with -s CA.pub, or -s none for any");
  }
  const size_t dash = value.find('-');
  ssh::SerialRange range;
  MAYFLY_ASSIGN_OR_RETURN(range.first, ParseNumber(value.substr(0, dash)));
  range.last = range.first;
  if (dash != std::string_view::npos) {
    MAYFLY_ASSIGN_OR_RETURN(range.last, ParseNumber(value.substr(dash + 1)));
    if (range.last <= range.first) {
      return InvalidArgument(
          fmt::format("the range {} must end above where it begins", QuoteName(value)));
    }
  }
  // Says what is wrong with serial 0.
  MAYFLY_RETURN_IF_ERROR(ssh::SerialSet::OfRanges({range}).status());
  (scope_.any_ca ? any_ca_ : by_ca_[*scope_.ca]).push_back(range);
  return absl::OkStatus();
}

absl::Status KrlSpecification::KeyId(std::string_view value) {
  if (!scope_.any_ca && !scope_.ca) {
    return InvalidArgument("a key ID belongs to a CA: name it with -s CA.pub, or -s none for any");
  }
  if (value.find('\0') != std::string_view::npos) return InvalidArgument("a key ID holds a NUL");
  (scope_.any_ca ? krl_.key_ids : krl_.ForCa(*scope_.ca).key_ids).emplace_back(value);
  return absl::OkStatus();
}

absl::Status KrlSpecification::Hash(std::string_view value) {
  if (!value.starts_with("SHA256:")) {
    return InvalidArgument(
        fmt::format("{} is no fingerprint; expected SHA256:… as ssh-keygen -l "
                    "prints it",
                    QuoteName(value)));
  }
  std::string base64(value.substr(7));
  while (base64.ends_with('=')) base64.pop_back();
  base64.append((4 - base64.size() % 4) % 4, '=');
  MAYFLY_ASSIGN_OR_RETURN(const Bytes bytes, Annotate(Base64Decode(base64), "fingerprint"));
  Sha256Digest digest;
  if (bytes.size() != digest.size()) {
    return InvalidArgument(
        fmt::format("the fingerprint has {} bytes; expected {}", bytes.size(), digest.size()));
  }
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  krl_.sha256s.push_back(digest);
  return absl::OkStatus();
}

absl::Status KrlSpecification::KeyAsItIs(std::string_view value) {
  MAYFLY_ASSIGN_OR_RETURN(const RevocableKey key, ParseRevocableLine(value));
  AddKey(key.blob);
  return absl::OkStatus();
}

absl::Status KrlSpecification::Key(std::string_view value) {
  MAYFLY_ASSIGN_OR_RETURN(const RevocableKey key, ParseRevocableLine(value));
  if (!key.certified) {
    AddKey(key.blob);
  } else if (const uint64_t serial = key.certified->serial; serial != 0) {
    by_ca_[key.certified->ca].push_back({serial, serial});
  } else {
    krl_.ForCa(key.certified->ca).key_ids.push_back(key.certified->key_id);
  }
  return absl::OkStatus();
}

void KrlSpecification::AddKey(const Bytes& blob) {
  absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseBlob(blob);
  if (key.ok()) {
    krl_.keys.push_back(*std::move(key));
  } else {
    krl_.other_keys.push_back(blob);
  }
}

absl::StatusOr<ssh::Krl> KrlSpecification::Take() {
  MAYFLY_ASSIGN_OR_RETURN(krl_.serials, ssh::SerialSet::OfRanges(std::move(any_ca_)));
  for (auto& [ca, ranges] : by_ca_) {
    MAYFLY_ASSIGN_OR_RETURN(const ssh::SerialSet serials,
                            ssh::SerialSet::OfRanges(std::move(ranges)));
    krl_.ForCa(ca).serials.Merge(serials);
  }
  krl_.Normalize();
  return std::move(krl_);
}

}  // namespace mayfly::client
