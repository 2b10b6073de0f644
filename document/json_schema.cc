#include "document/json_schema.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/status.h"
#include "document/scalar.h"
#include "document/schema.h"
#include "fmt/format.h"

namespace mayfly::document {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::ordered_json;

constexpr char kDuration[] = "^([0-9]+[wdhms])+$";

// The words of a comment, in one paragraph.
std::string Unwrapped(std::string_view comment) {
  std::string text;
  for (const char c : comment) {
    if (c != ' ' && c != '\n' && c != '\t') {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

// What stands before, and what stands behind on the same line.
template <typename Thing>
std::string CommentOf(const Thing& thing) {
  google::protobuf::SourceLocation location;
  if (!thing.GetSourceLocation(&location)) return "";
  return Unwrapped(location.leading_comments + " " + location.trailing_comments);
}

class SchemaWriter {
 public:
  Json Write(const Descriptor& root) {
    Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"title", std::string(root.name())}};
    schema["$ref"] = Reference(root);
    while (!waiting_.empty()) {
      const Descriptor& next = *waiting_.back();
      waiting_.pop_back();
      definitions_[next.name()] = MessageSchema(next);
    }
    schema["$defs"] = definitions_;
    return schema;
  }

 private:
  std::string Reference(const Descriptor& type) {
    if (known_.insert(&type).second) waiting_.push_back(&type);
    return "#/$defs/" + type.name();
  }

  Json MessageSchema(const Descriptor& type) {
    Json schema;
    if (const std::string comment = CommentOf(type); !comment.empty()) {
      schema["description"] = comment;
    }
    schema["type"] = "object";
    schema["additionalProperties"] = false;
    schema["properties"] = Json::object();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      Json property = FieldSchema(field);
      if (const std::string comment = CommentOf(field); !comment.empty()) {
        property["description"] = comment;
      }
      schema["properties"][FieldWord(field)] = std::move(property);
    }
    ExcludeOneofs(type, &schema);
    return schema;
  }

  // Two members of one oneof are a conflict.
  static void ExcludeOneofs(const Descriptor& type, Json* schema) {
    Json pairs = Json::array();
    for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
      const auto& oneof = *type.oneof_decl(i);
      for (int a = 0; a < oneof.field_count(); ++a) {
        for (int b = a + 1; b < oneof.field_count(); ++b) {
          pairs.push_back({{"required", {FieldWord(*oneof.field(a)), FieldWord(*oneof.field(b))}}});
        }
      }
    }
    if (!pairs.empty()) (*schema)["not"] = {{"anyOf", pairs}};
  }

  Json FieldSchema(const FieldDescriptor& field) {
    if (field.is_map()) {
      return {{"type", "object"},
              {"additionalProperties", MapValue(*field.message_type()->map_value())}};
    }
    if (field.is_repeated()) return {{"type", "array"}, {"items", ValueSchema(field)}};
    return ValueSchema(field);
  }

  // Labels and the like are often numbers to YAML.
  Json MapValue(const FieldDescriptor& field) {
    if (field.type() == FieldDescriptor::TYPE_STRING) {
      return {{"type", {"string", "number", "boolean"}}};
    }
    return ValueSchema(field);
  }

  Json ValueSchema(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        return {{"type", "boolean"}};
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
        return {{"type", "integer"}};
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_UINT64:
        return {{"type", "integer"}, {"minimum", 0}};
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return {{"type", "number"}};
      case FieldDescriptor::CPPTYPE_STRING:
        return {{"type", "string"}};
      case FieldDescriptor::CPPTYPE_ENUM:
        return {{"enum", EnumWords(*field.enum_type())}};
      case FieldDescriptor::CPPTYPE_MESSAGE:
        break;
    }
    return TypeSchema(*field.message_type());
  }

  Json TypeSchema(const Descriptor& type) {
    if (type.full_name() == "google.protobuf.Duration") {
      return {{"type", "string"}, {"pattern", kDuration}, {"examples", {"90s", "30m", "8h", "7d"}}};
    }
    if (type.full_name() == "google.protobuf.Timestamp") {
      return {{"type", "string"}, {"format", "date-time"}};
    }
    if (IsKeywordOrValue(type)) return KeywordSchema(type);
    if (const FieldDescriptor* field = InlineField(type); field != nullptr) {
      return FieldSchema(*field);
    }
    return {{"$ref", Reference(type)}};
  }

  // `true` is a word for us, and a boolean for an editor.
  Json KeywordSchema(const Descriptor& type) {
    const KeywordOrValue parts = DescribeKeywordOrValue(type);
    Json words = Json::array();
    for (const std::string& word : parts.Words()) {
      if (word == "true" || word == "false") {
        words.push_back(word == "true");
      } else {
        words.push_back(word);
      }
    }
    Json schema = {{"anyOf", {{{"enum", words}}, ValueSchema(*parts.value)}}};
    if (const std::string comment = CommentOf(type); !comment.empty()) {
      schema["description"] = comment;
    }
    return schema;
  }

  std::set<const Descriptor*> known_;
  std::vector<const Descriptor*> waiting_;
  Json definitions_ = Json::object();
};

}  // namespace

absl::StatusOr<std::string> JsonSchema(std::string_view descriptors, const std::string& message) {
  google::protobuf::FileDescriptorSet set;
  if (!set.ParseFromArray(descriptors.data(), static_cast<int>(descriptors.size()))) {
    return InvalidArgument("these bytes are no set of descriptors");
  }
  // Builds files in the order of the set, in which imports come first.
  google::protobuf::DescriptorPool pool;
  for (const google::protobuf::FileDescriptorProto& file : set.file()) {
    if (pool.BuildFile(file) == nullptr) {
      return InvalidArgument(fmt::format("the descriptor of {} is broken", file.name()));
    }
  }
  const Descriptor* root = pool.FindMessageTypeByName(message);
  if (root == nullptr) return NotFound(fmt::format("there is no message {}", message));
  return SchemaWriter().Write(*root).dump(2) + "\n";
}

}  // namespace mayfly::document
