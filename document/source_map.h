// From a path such as grants[2].for.groups[0] back to the place in the text.
#ifndef MAYFLY_DOCUMENT_SOURCE_MAP_H_
#define MAYFLY_DOCUMENT_SOURCE_MAP_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "document/diagnostic.h"
#include "document/position.h"
#include "document/tree.h"

namespace mayfly::document {

// Paths name fields as the YAML does: `name`, `parent.name`, `list[0]`. A name that is not of
// [A-Za-z0-9_-]+ (a key of a map) is written parent["like.this"], with \" and \\ inside. The empty
// path is the whole document.
std::string FieldPath(std::string_view parent, std::string_view name);
std::string ElementPath(std::string_view parent, size_t index);

// Remembers one document, so that a check that comes after loading can point at the text:
//
//   Diagnostics errors = source_map.NewDiagnostics();
//   if (!grant.has_for_()) errors.Add(source_map.At(FieldPath(path, "for"), "a grant needs
//   \"for\"")); return errors.ToStatus();
//
// Cheap to copy: copies share one immutable document. Thread-safe once made.
class SourceMap {
 public:
  SourceMap() = default;  // Knows nothing: every position is 1:1.
  SourceMap(std::string_view file_name, std::string_view text, std::unique_ptr<Node> root);

  // The position of the value at `path`; of its nearest existing parent when it is not in the text.
  Position Find(std::string_view path) const;
  // The same for the key in front of the value: for "this field does not belong here".
  Position FindKey(std::string_view path) const;
  // Was it written? Tells 0 from absent, which proto3 does not.
  bool Contains(std::string_view path) const;

  // A diagnostic of this file at Find(path).
  Diagnostic At(std::string_view path, std::string_view message,
                std::string_view suggestion = {}) const;
  // An empty collection for this file; the SourceMap (or a copy) must outlive it.
  Diagnostics NewDiagnostics() const;

  const std::string& file() const;
  const std::string& text() const;

 private:
  struct Document;
  std::shared_ptr<const Document> document_;
};

}  // namespace mayfly::document

#endif  // MAYFLY_DOCUMENT_SOURCE_MAP_H_
