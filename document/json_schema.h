// A protobuf schema as a JSON Schema, for editors: what load.h accepts, with the comments of the
// .proto files as descriptions.
#ifndef MAYFLY_DOCUMENT_JSON_SCHEMA_H_
#define MAYFLY_DOCUMENT_JSON_SCHEMA_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace mayfly::document {

// Draft 2020-12, indented, with a final newline. `descriptors` is a serialised FileDescriptorSet
// with imports and source information (protoc --include_imports --include_source_info),
// `message` a full name in it: "mayfly.v1.PolicyFile".
//
// A document that loads is accepted, but for numbers where text is due, which editors had better
// mark. Not everything that is refused is wrong here: rules between fields are the loaders' own.
//   kInvalidArgument  the bytes are no such set; kNotFound  no such message
absl::StatusOr<std::string> JsonSchema(std::string_view descriptors, const std::string& message);

}  // namespace mayfly::document

#endif  // MAYFLY_DOCUMENT_JSON_SCHEMA_H_
