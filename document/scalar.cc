#include "document/scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "document/diagnostic.h"
#include "document/schema.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace mayfly::document {
namespace {

using google::protobuf::FieldDescriptor;

std::optional<ScalarError> Error(std::string message, std::string suggestion = "") {
  return ScalarError{std::move(message), std::move(suggestion)};
}

std::optional<ScalarError> Expected(std::string_view expected, const Node& node,
                                    std::string suggestion = "") {
  return Error(fmt::format("expected {}, found {}", expected, Describe(node)),
               std::move(suggestion));
}

// A number or truth value in quotes is text that looks like one; YAML's other readers keep the two
// apart, so a reviewer does too.
std::optional<ScalarError> RefuseQuotes(std::string_view expected, const Node& node) {
  return Error(fmt::format("expected {}, found quoted text; remove the quotes around {}", expected,
                           Quote(node.value)));
}

std::optional<ScalarError> WriteBool(const Node& node, bool quoted, FieldWriter to) {
  const std::string& text = node.value;
  if (text == "true" || text == "false") {
    if (quoted) return RefuseQuotes("true or false", node);
    to.WriteBool(text == "true");
    return std::nullopt;
  }
  std::string lower = text;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto is_any = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, lower) != words.end();
  };
  const bool yes = is_any({"true", "yes", "on", "y", "1"});
  const bool no = is_any({"false", "no", "off", "n", "0"});
  return Expected("true or false", node, yes ? "true" : no ? "false" : "");
}

// One spelling for each number: a leading zero or 0x means different things to different readers.
bool IsPlainDecimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && (text == "0" || text.front() != '0') &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

template <typename Integer>
std::optional<ScalarError> WriteInteger(const Node& node, bool quoted, FieldWriter to,
                                        void (FieldWriter::*write)(Integer)) {
  const std::string expected =
      fmt::format("a whole number from {} to {}", std::numeric_limits<Integer>::min(),
                  std::numeric_limits<Integer>::max());
  const std::string& text = node.value;
  Integer value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!IsPlainDecimal(text) || text == "-0" || code != std::errc() ||
      end != text.data() + text.size()) {
    return Expected(expected, node);
  }
  if (quoted) return RefuseQuotes("a whole number", node);
  (to.*write)(value);
  return std::nullopt;
}

template <typename Real>
std::optional<ScalarError> WriteReal(const Node& node, bool quoted, FieldWriter to,
                                     void (FieldWriter::*write)(Real)) {
  const std::string& text = node.value;
  Real value = 0;
  const auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const bool digits_at_ends = !text.empty() && text.front() != '.' && text.back() != '.' &&
                              IsPlainDecimal(text.substr(0, text.find('.')));
  if (!digits_at_ends || code != std::errc() || end != text.data() + text.size() ||
      !std::isfinite(value)) {
    return Expected("a decimal number", node);
  }
  if (quoted) return RefuseQuotes("a decimal number", node);
  (to.*write)(value);
  return std::nullopt;
}

std::optional<ScalarError> WriteEnum(const Node& node, FieldWriter to) {
  const google::protobuf::EnumDescriptor& type = *to.field().enum_type();
  if (const auto* value = FindEnumWord(type, node.value); value != nullptr) {
    to.WriteEnum(*value);
    return std::nullopt;
  }
  const std::vector<std::string> words = EnumWords(type);
  return Expected(fmt::format("{}{}", words.size() > 1 ? "one of " : "", fmt::join(words, ", ")),
                  node, Nearest(node.value, words));
}

std::optional<ScalarError> WriteBytes(const Node& node, FieldWriter to) {
  const absl::StatusOr<Bytes> bytes = Base64Decode(node.value);
  if (!bytes.ok()) return Expected("padded base64", node);
  to.WriteString(ToText(*bytes));
  return std::nullopt;
}

void SetField(google::protobuf::Message& message, int number, int64_t value) {
  message.GetReflection()->SetInt64(&message, message.GetDescriptor()->FindFieldByNumber(number),
                                    value);
}

}  // namespace

std::string Describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kMap:
      return "a mapping";
    case Node::Kind::kSequence:
      return "a list";
    case Node::Kind::kScalar:
      break;
  }
  return Quote(node.value);
}

std::optional<ScalarError> WriteScalar(const Node& node, bool is_key, FieldWriter to) {
  const bool quoted = node.quoted && !is_key;
  const FieldDescriptor& field = to.field();
  if (node.kind != Node::Kind::kScalar) {
    const bool text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    return Expected(text ? "text" : "a single value", node);
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return WriteBool(node, quoted, to);
    case FieldDescriptor::CPPTYPE_INT32:
      return WriteInteger(node, quoted, to, &FieldWriter::WriteInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return WriteInteger(node, quoted, to, &FieldWriter::WriteInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return WriteInteger(node, quoted, to, &FieldWriter::WriteUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return WriteInteger(node, quoted, to, &FieldWriter::WriteUInt64);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return WriteReal(node, quoted, to, &FieldWriter::WriteFloat);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return WriteReal(node, quoted, to, &FieldWriter::WriteDouble);
    case FieldDescriptor::CPPTYPE_ENUM:
      return WriteEnum(node, to);
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES) return WriteBytes(node, to);
      to.WriteString(node.value);
      return std::nullopt;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  MAYFLY_CHECK(false);  // The caller writes messages.
}

bool IsTextMessage(const google::protobuf::Descriptor& type) {
  return type.full_name() == "google.protobuf.Duration" ||
         type.full_name() == "google.protobuf.Timestamp";
}

// By reflection, as the message may come from a pool of its own. Both have seconds as field 1.
std::optional<ScalarError> WriteTextMessage(const Node& node, google::protobuf::Message& to) {
  if (to.GetDescriptor()->full_name() == "google.protobuf.Duration") {
    if (node.kind != Node::Kind::kScalar) return Expected("a duration such as 8h or 1h30m", node);
    const absl::StatusOr<absl::Duration> duration = ParseDuration(node.value);
    if (!duration.ok()) return Error(Message(duration.status()));
    SetField(to, 1, absl::ToInt64Seconds(*duration));
    return std::nullopt;
  }
  if (node.kind != Node::Kind::kScalar)
    return Expected("a time such as 2026-11-23T09:18:00Z", node);
  const absl::StatusOr<absl::Time> time = ParseTime(node.value);
  if (!time.ok()) return Error(Message(time.status()));
  SetField(to, 1, absl::ToUnixSeconds(*time));
  return std::nullopt;
}

}  // namespace mayfly::document
