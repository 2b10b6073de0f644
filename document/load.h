// YAML text -> protobuf message, strictly: the schema decides what every word means.
#ifndef MAYFLY_DOCUMENT_LOAD_H_
#define MAYFLY_DOCUMENT_LOAD_H_

#include <string_view>

#include "absl/status/status.h"
#include "document/source_map.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace mayfly::document {

// Replaces `*out` by what `text` says. All mistakes of the document are reported in one run, as
// Diagnostics::ToStatus does (kInvalidArgument); after an error `*out` is empty. `source_map` may
// be null; it is set on success, and also after an error whenever the text has a tree. `file_name`
// only appears in messages. Thread-safe. Reads nothing but its arguments.
//
// How a value is written, by the type of its field:
//
//   string             any text, quoted or plain: no, 8 and 2026-01-01 are text when a string is
//   due bool               true or false, plain int32 … uint64     a plain decimal number in range:
//   no sign +, leading zero, _, 0x or exponent double, float      a plain finite decimal number
//   bytes              padded base64
//   enum               the value's name in lower case, with dashes, without the enum's name before
//   it:
//                      KEY_TYPE_SK_ED25519 of KeyType is sk-ed25519. …_UNSPECIFIED cannot be
//                      written
//   Duration           90s, 30m, 8h, 1h30m, 7d (google.protobuf.Duration; base/text.h)
//   Timestamp          2026-11-23T09:18:00Z (google.protobuf.Timestamp)
//   message            a mapping of its fields by their names in the .proto file, exactly
//   map<K, V>          a mapping; keys are written as a K would be, quotes allowed
//   repeated           a list, also of one element
//   oneof              the name of one member, like any field; two members are a conflict
//
// An empty value, ~ or null is an error: leave the field out instead. [] and {} are values.
//
// Two wrappers, known by the names inside, let the schema say what reads well in YAML:
//
//  1. A message whose fields are all in one oneof named `keyword_or_value` is written as a bare
//  word or
//     as its value, never with a field name. Its bool members are the words (plain, the field's
//     name with dashes for underscores); the single other member, of any type, takes everything
//     else:
//
//       message HostSelector {           // hosts: any
//         oneof keyword_or_value {       // hosts: {env: staging}
//           bool any = 1;
//           Labels labels = 2;
//         }
//       }
//
//  2. A message with exactly one field, a map named `entries` or a repeated field named `items`, is
//     written as that mapping or list itself (a oneof can hold neither directly):
//
//       message Labels { map<string, string> entries = 1; }
//
// Wrappers leave no trace in paths: hosts.env, not hosts.labels.entries.env.
absl::Status Load(std::string_view text, std::string_view file_name, google::protobuf::Message* out,
                  SourceMap* source_map);

}  // namespace mayfly::document

#endif  // MAYFLY_DOCUMENT_LOAD_H_
