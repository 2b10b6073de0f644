#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "ca/ledger/event_codec.h"
#include "ca/ledger/event_parts.h"
#include "nlohmann/json.hpp"
#include "ssh/public_key.h"

namespace mayfly::ledger {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Json = nlohmann::ordered_json;

Json MessageJson(const Message& message);

// "FACT_STATE_KNOWN" of the enum FactState is "known".
std::string EnumWord(const google::protobuf::EnumValueDescriptor& value) {
  std::string word = value.name();
  const std::string& unspecified = value.type()->value(0)->name();  // PREFIX_UNSPECIFIED.
  const size_t prefix = unspecified.size() - std::string_view("UNSPECIFIED").size();
  word.erase(0, std::min(prefix, word.size()));
  std::ranges::transform(word, word.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return word;
}

bool HoldsKey(const FieldDescriptor& field) {
  const std::string& name = field.name();
  return name == "key" || (name.size() > 4 && name.compare(name.size() - 4, 4, "_key") == 0);
}

Json BytesJson(const FieldDescriptor& field, const std::string& bytes) {
  if (HoldsKey(field)) return ssh::FingerprintOf(AsBytes(bytes)).text;
  return Base64Encode(AsBytes(bytes));
}

// Value of a singular field, or of element `index` of a repeated one.
Json ValueJson(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.GetInt64(message, &field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.GetUInt32(message, &field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.GetUInt64(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumWord(*reflection.GetEnum(message, &field));
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& text =
          repeated ? reflection.GetRepeatedStringReference(message, &field, index, &scratch)
                   : reflection.GetStringReference(message, &field, &scratch);
      return field.type() == FieldDescriptor::TYPE_BYTES ? BytesJson(field, text) : Json(text);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageJson(repeated ? reflection.GetRepeatedMessage(message, &field, index)
                                  : reflection.GetMessage(message, &field));
    default:
      MAYFLY_CHECK(false);  // The schema has no other types.
  }
}

Json PairsJson(const Message& message, const FieldDescriptor& field) {
  Json pairs = Json::object();
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const auto& pair =
        static_cast<const v1::RecordedPair&>(reflection.GetRepeatedMessage(message, &field, i));
    pairs[pair.name()] = pair.value();
  }
  return pairs;
}

Json FieldJson(const Message& message, const FieldDescriptor& field) {
  if (!field.is_repeated()) return ValueJson(message, field, 0);
  if (field.message_type() == v1::RecordedPair::descriptor()) return PairsJson(message, field);
  Json list = Json::array();
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    list.push_back(ValueJson(message, field, i));
  }
  return list;
}

// Fields that have a value, in the order of their numbers.
Json MessageJson(const Message& message) {
  if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
    return TimeText(TimeOf(static_cast<const google::protobuf::Timestamp&>(message)));
  }
  if (message.GetDescriptor() == google::protobuf::Duration::descriptor()) {
    const auto& duration = static_cast<const google::protobuf::Duration&>(message);
    return DurationText(absl::Seconds(duration.seconds()));
  }
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  Json json = Json::object();
  for (const FieldDescriptor* field : fields) json[field->name()] = FieldJson(message, *field);
  return json;
}

}  // namespace

absl::StatusOr<std::string> EventJson(BytesView bytes) {
  v1::LedgerEvent event;
  if (!event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return DataLoss("an event of the ledger is damaged: it is not a LedgerEvent");
  }
  return MessageJson(event).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mayfly::ledger
