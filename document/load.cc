#include "document/load.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "document/diagnostic.h"
#include "document/field_writer.h"
#include "document/scalar.h"
#include "document/schema.h"
#include "document/tree.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace mayfly::document {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;

constexpr size_t kMaxNamesListed = 12;

// Where the loader is, as a list from the inside out: the text of a path is only made for an error.
struct Place {
  const Place* parent = nullptr;
  std::string_view name;  // Of a field, or a map's key; of the list for an element.
  std::optional<size_t> index;

  std::string Path() const {
    if (parent == nullptr) return "";
    return index ? ElementPath(parent->Path(), *index) : FieldPath(parent->Path(), name);
  }
};

// Fills messages from nodes, noting every mistake. Recursion follows the tree, which is at most
// kMaxDepth deep.
class Loader {
 public:
  explicit Loader(Diagnostics& errors) : errors_(errors) {}

  void LoadMessage(const Node& node, const Place& place, google::protobuf::Message& to) {
    const Descriptor& type = *to.GetDescriptor();
    if (IsTextMessage(type)) {
      Report(node, place, WriteTextMessage(node, to));
    } else if (IsKeywordOrValue(type)) {
      LoadKeywordOrValue(node, place, to);
    } else if (const FieldDescriptor* field = InlineField(type); field != nullptr) {
      LoadField(node, place, to, *field);
    } else if (node.kind == Node::Kind::kMap) {
      LoadMapping(node, place, to);
    } else {
      Add(node, place,
          fmt::format("expected a mapping of {}, found {}", List(FieldNames(type)),
                      Describe(node)));
    }
  }

 private:
  void LoadMapping(const Node& node, const Place& place, google::protobuf::Message& to) {
    std::map<const OneofDescriptor*, const Node*> chosen;
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const Node& key = node.children[i];
      const Place inner{&place, key.value, std::nullopt};
      const FieldDescriptor* field = FindField(*to.GetDescriptor(), key.value);
      if (field == nullptr) {
        AddUnknownField(key, inner, *to.GetDescriptor());
        continue;
      }
      if (const OneofDescriptor* oneof = field->real_containing_oneof(); oneof != nullptr) {
        const auto [other, first] = chosen.emplace(oneof, &key);
        if (!first) {
          Add(key, inner,
              fmt::format("{} cannot be given beside {} on line {}", Quote(key.value),
                          Quote(other->second->value), other->second->at.line));
          continue;
        }
      }
      LoadField(node.children[i + 1], inner, to, *field);
    }
  }

  void LoadField(const Node& node, const Place& place, google::protobuf::Message& to,
                 const FieldDescriptor& field) {
    if (node.kind == Node::Kind::kNull) {
      AddEmpty(node, place);
    } else if (field.is_map()) {
      LoadMap(node, place, to, field);
    } else if (field.is_repeated()) {
      LoadList(node, place, to, field);
    } else {
      LoadValue(node, place, FieldWriter(to, field));
    }
  }

  void LoadMap(const Node& node, const Place& place, google::protobuf::Message& to,
               const FieldDescriptor& field) {
    if (node.kind != Node::Kind::kMap) {
      Add(node, place, fmt::format("expected a mapping, found {}", Describe(node)));
      return;
    }
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const Node& key = node.children[i];
      const Place inner{&place, key.value, std::nullopt};
      google::protobuf::Message& entry = FieldWriter(to, field).NewMessage();
      const Descriptor& type = *entry.GetDescriptor();
      Report(key, inner, WriteScalar(key, /*is_key=*/true, FieldWriter(entry, *type.map_key())));
      LoadField(node.children[i + 1], inner, entry, *type.map_value());
    }
  }

  void LoadList(const Node& node, const Place& place, google::protobuf::Message& to,
                const FieldDescriptor& field) {
    if (node.kind == Node::Kind::kScalar) {
      Add(node, place, fmt::format("expected a list, found {}; put [ ] around it", Describe(node)));
      return;
    }
    if (node.kind != Node::Kind::kSequence) {
      Add(node, place,
          fmt::format("expected a list, found {}; start each element with \"- \"", Describe(node)));
      return;
    }
    for (size_t i = 0; i < node.children.size(); ++i) {
      const Place inner{&place, place.name, i};
      const Node& element = node.children[i];
      if (element.kind == Node::Kind::kNull) {
        Add(element, inner, "this element of the list is empty; give it a value or remove it");
      } else {
        LoadValue(element, inner, FieldWriter(to, field));
      }
    }
  }

  void LoadValue(const Node& node, const Place& place, FieldWriter to) {
    if (to.field().cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      LoadMessage(node, place, to.NewMessage());
    } else {
      Report(node, place, WriteScalar(node, /*is_key=*/false, to));
    }
  }

  void LoadKeywordOrValue(const Node& node, const Place& place, google::protobuf::Message& to) {
    const KeywordOrValue type = DescribeKeywordOrValue(*to.GetDescriptor());
    const bool plain = node.kind == Node::Kind::kScalar && !node.quoted;
    if (const FieldDescriptor* keyword = plain ? type.Find(node.value) : nullptr;
        keyword != nullptr) {
      FieldWriter(to, *keyword).WriteBool(true);
      return;
    }
    const std::string words = fmt::format("{}", fmt::join(type.Words(), ", "));
    if (node.kind != Node::Kind::kScalar) {
      LoadValue(node, place, FieldWriter(to, *type.value));
    } else if (!NeedsMapping(*type.value)) {
      LoadTextOrWord(node, place, type, words, FieldWriter(to, *type.value));
    } else if (node.quoted && type.Find(node.value) != nullptr) {
      Add(node, place,
          fmt::format("expected {} or a {}, found quoted text; remove the quotes around {}", words,
                      NeedsList(*type.value) ? "list" : "mapping", Quote(node.value)));
    } else {
      Add(node, place,
          fmt::format("expected {} or a {}, found {}", words,
                      NeedsList(*type.value) ? "list" : "mapping", Describe(node)),
          Nearest(node.value, type.Words()));
    }
  }

  // A scalar that is no keyword, where the value is a scalar too.
  void LoadTextOrWord(const Node& node, const Place& place, const KeywordOrValue& type,
                      const std::string& words, FieldWriter to) {
    const bool message = to.field().cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    const std::optional<ScalarError> error =
        message ? WriteTextMessage(node, to.NewMessage()) : WriteScalar(node, /*is_key=*/false, to);
    if (!error) return;
    const std::string nearest = Nearest(node.value, type.Words());
    Add(node, place, fmt::format("expected {} or a value: {}", words, error->message),
        nearest.empty() ? error->suggestion : nearest);
  }

  static bool NeedsMapping(const FieldDescriptor& value) {
    return value.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
           !IsTextMessage(*value.message_type());
  }
  static bool NeedsList(const FieldDescriptor& value) {
    const FieldDescriptor* field = InlineField(*value.message_type());
    return field != nullptr && !field->is_map();
  }

  void AddUnknownField(const Node& key, const Place& place, const Descriptor& type) {
    const std::vector<std::string> names = FieldNames(type);
    const std::string nearest = Nearest(key.value, names);
    Add(key, place,
        fmt::format("unknown field {}{}{}", Quote(key.value), nearest.empty() ? "; expected " : "",
                    nearest.empty() ? List(names) : ""),
        nearest);
  }

  void AddEmpty(const Node& node, const Place& place) {
    Add(node, place,
        place.parent == nullptr
            ? "the document is empty"
            : fmt::format("{} has no value; give it one, or leave it out", Quote(place.name)));
  }

  static std::string List(const std::vector<std::string>& names) {
    if (names.empty()) return "no fields";
    std::vector<std::string> shown(
        names.begin(),
        names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMaxNamesListed)));
    if (shown.size() < names.size()) shown.emplace_back("…");
    return fmt::format("{}", fmt::join(shown, ", "));
  }

  void Report(const Node& node, const Place& place, const std::optional<ScalarError>& error) {
    if (error) Add(node, place, error->message, error->suggestion);
  }
  void Add(const Node& node, const Place& place, std::string_view message,
           std::string_view suggestion = {}) {
    errors_.Add(node.at, place.Path(), message, suggestion);
  }

  Diagnostics& errors_;
};

}  // namespace

absl::Status Load(std::string_view text, std::string_view file_name, google::protobuf::Message* out,
                  SourceMap* source_map) {
  out->Clear();
  Diagnostics errors(file_name, text);
  std::unique_ptr<Node> root = ParseYaml(text, errors);
  if (root != nullptr) {
    Loader(errors).LoadMessage(*root, Place{}, *out);
    if (source_map != nullptr) *source_map = SourceMap(file_name, text, std::move(root));
  }
  if (!errors.empty()) out->Clear();
  return errors.ToStatus();
}

}  // namespace mayfly::document
