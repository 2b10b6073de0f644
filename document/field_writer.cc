#include "document/field_writer.h"

#include <utility>

namespace mayfly::document {

void FieldWriter::WriteBool(bool value) {
  if (field_.is_repeated()) {
    reflection().AddBool(&message_, &field_, value);
  } else {
    reflection().SetBool(&message_, &field_, value);
  }
}

void FieldWriter::WriteInt32(int32_t value) {
  if (field_.is_repeated()) {
    reflection().AddInt32(&message_, &field_, value);
  } else {
    reflection().SetInt32(&message_, &field_, value);
  }
}

void FieldWriter::WriteInt64(int64_t value) {
  if (field_.is_repeated()) {
    reflection().AddInt64(&message_, &field_, value);
  } else {
    reflection().SetInt64(&message_, &field_, value);
  }
}

void FieldWriter::WriteUInt32(uint32_t value) {
  if (field_.is_repeated()) {
    reflection().AddUInt32(&message_, &field_, value);
  } else {
    reflection().SetUInt32(&message_, &field_, value);
  }
}

void FieldWriter::WriteUInt64(uint64_t value) {
  if (field_.is_repeated()) {
    reflection().AddUInt64(&message_, &field_, value);
  } else {
    reflection().SetUInt64(&message_, &field_, value);
  }
}

void FieldWriter::WriteFloat(float value) {
  if (field_.is_repeated()) {
    reflection().AddFloat(&message_, &field_, value);
  } else {
    reflection().SetFloat(&message_, &field_, value);
  }
}

void FieldWriter::WriteDouble(double value) {
  if (field_.is_repeated()) {
    reflection().AddDouble(&message_, &field_, value);
  } else {
    reflection().SetDouble(&message_, &field_, value);
  }
}

void FieldWriter::WriteString(std::string value) {
  if (field_.is_repeated()) {
    reflection().AddString(&message_, &field_, std::move(value));
  } else {
    reflection().SetString(&message_, &field_, std::move(value));
  }
}

void FieldWriter::WriteEnum(const google::protobuf::EnumValueDescriptor& value) {
  if (field_.is_repeated()) {
    reflection().AddEnum(&message_, &field_, &value);
  } else {
    reflection().SetEnum(&message_, &field_, &value);
  }
}

google::protobuf::Message& FieldWriter::NewMessage() {
  return field_.is_repeated() ? *reflection().AddMessage(&message_, &field_)
                              : *reflection().MutableMessage(&message_, &field_);
}

}  // namespace mayfly::document
