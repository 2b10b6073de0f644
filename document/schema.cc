#include "document/schema.h"

#include <algorithm>

#include "base/status.h"

namespace mayfly::document {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

constexpr const char* kKeywordOrValue = "keyword_or_value";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Without the underscore that ends a name which C++ reserves.
std::string Dashed(std::string_view name) {
  if (name.ends_with('_')) name.remove_suffix(1);
  std::string word(name);
  for (char& c : word) c = c == '_' ? '-' : Lower(c);
  return word;
}

// How much of a value's name repeats its enum's: KEY_TYPE_ of KeyType, whatever the underscores.
size_t PrefixLength(std::string_view value, std::string_view type) {
  size_t at = 0;
  for (const char c : type) {
    while (at < value.size() && value[at] == '_') ++at;
    if (at == value.size() || Lower(value[at]) != Lower(c)) return 0;
    ++at;
  }
  return at + 1 < value.size() && value[at] == '_' ? at + 1 : 0;
}

bool IsUnspecified(const EnumValueDescriptor& value) {
  return std::string_view(value.name()).ends_with("UNSPECIFIED");
}

}  // namespace

std::string EnumWord(const EnumValueDescriptor& value) {
  const std::string_view name = value.name();
  return Dashed(name.substr(PrefixLength(name, value.type()->name())));
}

std::vector<std::string> EnumWords(const EnumDescriptor& type) {
  std::vector<std::string> words;
  for (int i = 0; i < type.value_count(); ++i) {
    if (!IsUnspecified(*type.value(i))) words.push_back(EnumWord(*type.value(i)));
  }
  return words;
}

const EnumValueDescriptor* FindEnumWord(const EnumDescriptor& type, std::string_view word) {
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor& value = *type.value(i);
    if (!IsUnspecified(value) && EnumWord(value) == word) return &value;
  }
  return nullptr;
}

std::string FieldWord(const FieldDescriptor& field) {
  std::string word = field.name();
  if (word.ends_with('_')) word.pop_back();
  return word;
}

std::vector<std::string> FieldNames(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) names.push_back(FieldWord(*type.field(i)));
  return names;
}

const FieldDescriptor* FindField(const Descriptor& type, std::string_view word) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (FieldWord(*type.field(i)) == word) return type.field(i);
  }
  return nullptr;
}

const FieldDescriptor* KeywordOrValue::Find(std::string_view word) const {
  for (const FieldDescriptor* keyword : keywords) {
    if (Dashed(keyword->name()) == word) return keyword;
  }
  return nullptr;
}

std::vector<std::string> KeywordOrValue::Words() const {
  std::vector<std::string> words;
  for (const FieldDescriptor* keyword : keywords) words.push_back(Dashed(keyword->name()));
  return words;
}

bool IsKeywordOrValue(const Descriptor& type) {
  return type.oneof_decl_count() > 0 && type.oneof_decl(0)->name() == kKeywordOrValue;
}

KeywordOrValue DescribeKeywordOrValue(const Descriptor& type) {
  KeywordOrValue described;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    MAYFLY_CHECK(field->containing_oneof() == type.oneof_decl(0));
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      described.keywords.push_back(field);
    } else {
      MAYFLY_CHECK(described.value == nullptr);
      described.value = field;
    }
  }
  MAYFLY_CHECK(!described.keywords.empty() && described.value != nullptr);
  return described;
}

const FieldDescriptor* InlineField(const Descriptor& type) {
  if (type.field_count() != 1) return nullptr;
  const FieldDescriptor* field = type.field(0);
  if (field->is_map()) return field->name() == "entries" ? field : nullptr;
  return field->is_repeated() && field->name() == "items" ? field : nullptr;
}

}  // namespace mayfly::document
