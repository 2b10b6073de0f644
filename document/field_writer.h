// One place of a message that a value goes to.
#ifndef MAYFLY_DOCUMENT_FIELD_WRITER_H_
#define MAYFLY_DOCUMENT_FIELD_WRITER_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <string>

namespace mayfly::document {

// Writes into a field, or appends to it when it is repeated. The caller matches the C++ type.
class FieldWriter {
 public:
  FieldWriter(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field)
      : message_(message), field_(field) {}

  const google::protobuf::FieldDescriptor& field() const { return field_; }
  void WriteBool(bool value);
  void WriteInt32(int32_t value);
  void WriteInt64(int64_t value);
  void WriteUInt32(uint32_t value);
  void WriteUInt64(uint64_t value);
  void WriteFloat(float value);
  void WriteDouble(double value);
  void WriteString(std::string value);  // And bytes.
  void WriteEnum(const google::protobuf::EnumValueDescriptor& value);
  google::protobuf::Message& NewMessage();

 private:
  const google::protobuf::Reflection& reflection() const { return *message_.GetReflection(); }

  google::protobuf::Message& message_;
  const google::protobuf::FieldDescriptor& field_;
};

}  // namespace mayfly::document

#endif  // MAYFLY_DOCUMENT_FIELD_WRITER_H_
