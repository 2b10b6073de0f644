#include "document/source_map.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "fmt/format.h"

namespace mayfly::document {
namespace {

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// One step of a path: a name, or the index of an element.
struct Step {
  std::string name;
  std::optional<size_t> index;
};

// Reads "quoted\"name"] at the front of `path`.
std::optional<Step> TakeQuoted(std::string_view& path) {
  Step step;
  size_t i = 1;
  for (; i < path.size() && path[i] != '"'; ++i) {
    if (path[i] == '\\' && ++i == path.size()) return std::nullopt;
    step.name += path[i];
  }
  if (path.substr(std::min(i, path.size()), 2) != "\"]") return std::nullopt;
  path.remove_prefix(i + 2);
  return step;
}

std::optional<Step> TakeStep(std::string_view& path) {
  if (path.starts_with("[\"")) {
    path.remove_prefix(1);
    return TakeQuoted(path);
  }
  Step step;
  if (path.starts_with('[')) {
    const size_t end = path.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    size_t index = 0;
    const auto result = std::from_chars(path.data() + 1, path.data() + end, index);
    if (result.ec != std::errc() || result.ptr != path.data() + end) return std::nullopt;
    step.index = index;
    path.remove_prefix(end + 1);
    return step;
  }
  if (path.starts_with('.')) path.remove_prefix(1);
  const auto end = std::find_if_not(path.begin(), path.end(), IsNameCharacter);
  step.name.assign(path.begin(), end);
  if (step.name.empty()) return std::nullopt;
  path.remove_prefix(step.name.size());
  return step;
}

struct Found {
  const Node* node = nullptr;  // The nearest that exists.
  const Node* key = nullptr;   // In front of it; null for an element or the document.
  bool whole_path = false;
};

Found Walk(const Node& root, std::string_view path) {
  Found found{&root, nullptr, false};
  while (!path.empty()) {
    const std::optional<Step> step = TakeStep(path);
    if (!step) return found;
    const Node& at = *found.node;
    if (step->index) {
      if (at.kind != Node::Kind::kSequence || *step->index >= at.children.size()) return found;
      found = Found{&at.children[*step->index], nullptr, false};
    } else {
      const Node* key = at.FindKey(step->name);
      if (key == nullptr) return found;
      found = Found{at.Find(step->name), key, false};
    }
  }
  found.whole_path = true;
  return found;
}

}  // namespace

std::string FieldPath(std::string_view parent, std::string_view name) {
  if (!name.empty() && std::ranges::all_of(name, IsNameCharacter)) {
    return fmt::format("{}{}{}", parent, parent.empty() ? "" : ".", name);
  }
  std::string path = fmt::format("{}[\"", parent);
  for (const char c : name) {
    if (c == '"' || c == '\\') path += '\\';
    path += c;
  }
  return path += "\"]";
}

std::string ElementPath(std::string_view parent, size_t index) {
  return fmt::format("{}[{}]", parent, index);
}

struct SourceMap::Document {
  std::string file;
  std::string text;
  std::unique_ptr<const Node> root;  // Null when the text has none.
};

SourceMap::SourceMap(std::string_view file_name, std::string_view text, std::unique_ptr<Node> root)
    : document_(std::make_shared<const Document>(
          Document{std::string(file_name), std::string(text), std::move(root)})) {}

Position SourceMap::Find(std::string_view path) const {
  if (!document_ || !document_->root) return {};
  return Walk(*document_->root, path).node->at;
}

Position SourceMap::FindKey(std::string_view path) const {
  if (!document_ || !document_->root) return {};
  const Found found = Walk(*document_->root, path);
  return found.key != nullptr ? found.key->at : found.node->at;
}

bool SourceMap::Contains(std::string_view path) const {
  return document_ && document_->root && Walk(*document_->root, path).whole_path;
}

Diagnostic SourceMap::At(std::string_view path, std::string_view message,
                         std::string_view suggestion) const {
  return Diagnostic{file(), Find(path), std::string(path), std::string(message),
                    std::string(suggestion)};
}

Diagnostics SourceMap::NewDiagnostics() const { return Diagnostics(file(), text()); }

const std::string& SourceMap::file() const {
  static const std::string kNone;
  return document_ ? document_->file : kNone;
}

const std::string& SourceMap::text() const {
  static const std::string kNone;
  return document_ ? document_->text : kNone;
}

}  // namespace mayfly::document
