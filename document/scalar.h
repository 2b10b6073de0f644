// Text -> the scalar that a field's type asks for.
#ifndef MAYFLY_DOCUMENT_SCALAR_H_
#define MAYFLY_DOCUMENT_SCALAR_H_

#include <google/protobuf/message.h>

#include <optional>
#include <string>

#include "document/field_writer.h"
#include "document/tree.h"

namespace mayfly::document {

struct ScalarError {
  std::string message;
  std::string suggestion;
};

// "a list", "a mapping", "nothing" or the quoted text: for "expected …, found …".
std::string Describe(const Node& node);

// Writes `node` (any node) into a field that is no message. `is_key`: a map's key, of which YAML's
// quotes say nothing. Returns what is wrong, or nothing.
std::optional<ScalarError> WriteScalar(const Node& node, bool is_key, FieldWriter to);

// google.protobuf.Duration and Timestamp are written as text.
bool IsTextMessage(const google::protobuf::Descriptor& type);
std::optional<ScalarError> WriteTextMessage(const Node& node, google::protobuf::Message& to);

}  // namespace mayfly::document

#endif  // MAYFLY_DOCUMENT_SCALAR_H_
