// How names of a protobuf schema are spelled in YAML, and which messages are wrappers; see load.h.
#ifndef MAYFLY_DOCUMENT_SCHEMA_H_
#define MAYFLY_DOCUMENT_SCHEMA_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

namespace mayfly::document {

// KEY_TYPE_SK_ED25519 of KeyType: sk-ed25519.
std::string EnumWord(const google::protobuf::EnumValueDescriptor& value);
// Those that can be written, in the schema's order: without …_UNSPECIFIED.
std::vector<std::string> EnumWords(const google::protobuf::EnumDescriptor& type);
// Null when no value is written so.
const google::protobuf::EnumValueDescriptor* FindEnumWord(
    const google::protobuf::EnumDescriptor& type, std::string_view word);

// How a field is written: by its name, without the underscore that ends a name which C++ reserves
// (`requires_` is written requires).
std::string FieldWord(const google::protobuf::FieldDescriptor& field);
const google::protobuf::FieldDescriptor* FindField(const google::protobuf::Descriptor& type,
                                                   std::string_view word);  // Null when unknown.
std::vector<std::string> FieldNames(const google::protobuf::Descriptor& type);

// A message that is one oneof named `keyword_or_value`. Ends the process when such a schema breaks
// its own rule: that is a mistake of ours, and every test that loads the message finds it.
struct KeywordOrValue {
  std::vector<const google::protobuf::FieldDescriptor*> keywords;  // bool
  const google::protobuf::FieldDescriptor* value = nullptr;

  const google::protobuf::FieldDescriptor* Find(std::string_view word) const;
  std::vector<std::string> Words() const;
};
bool IsKeywordOrValue(const google::protobuf::Descriptor& type);
KeywordOrValue DescribeKeywordOrValue(const google::protobuf::Descriptor& type);

// The only field of a message that is written as that field (`entries`, `items`), or null.
const google::protobuf::FieldDescriptor* InlineField(const google::protobuf::Descriptor& type);

}  // namespace mayfly::document

#endif  // MAYFLY_DOCUMENT_SCHEMA_H_
