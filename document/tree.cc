#include "document/tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "document/check_text.h"
#include "document/line_index.h"
#include "fmt/format.h"

namespace mayfly::document {
namespace {

// Thrown through yaml-cpp to end its parse; never leaves this file.
struct Stop {
  size_t offset;
  std::string message;
};

// Builds the tree from yaml-cpp's events. Its Node and LoadAll are not used: LoadAll of 0.7 never
// returns for a lone comma, and Load drops a second document without a word.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const LineIndex& lines, Diagnostics& errors)
      : text_(text), lines_(lines), errors_(errors) {}

  bool has_root() const { return has_root_; }
  size_t last_offset() const { return last_offset_; }
  std::unique_ptr<Node> TakeRoot() { return std::make_unique<Node>(std::move(root_)); }

  // The innermost bracket that is still open, if any.
  std::optional<size_t> OpenBracket() const {
    for (size_t i = open_offsets_.size(); i > 0; --i) {
      const size_t offset = open_offsets_[i - 1];
      if (offset < text_.size() && (text_[offset] == '[' || text_[offset] == '{')) return offset;
    }
    return std::nullopt;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    last_offset_ = OffsetOf(mark);
    if (has_root_) {
      throw Stop{last_offset_,
                 "unexpected text here; one file holds one document, without a stray bracket or "
                 "comma"};
    }
  }
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Stop{OffsetOf(mark), "aliases are not supported; write the value again"};
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Attach(Begin(Node::Kind::kNull, mark, "?", anchor));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = Begin(Node::Kind::kScalar, mark, tag, anchor);
    node.quoted = tag == "!";
    CheckScalar(last_offset_, node.quoted, value);
    node.value = value;
    Attach(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Begin(Node::Kind::kSequence, mark, tag, anchor));
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(Begin(Node::Kind::kMap, mark, tag, anchor));
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapEnd() override {
    CheckKeys(open_.back());
    Close();
  }

 private:
  size_t OffsetOf(const YAML::Mark& mark) const {
    if (mark.is_null()) return 0;
    return lines_.Offset(static_cast<size_t>(mark.line), static_cast<size_t>(mark.column));
  }

  Node Begin(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor) {
    last_offset_ = OffsetOf(mark);
    if (anchor != 0) throw Stop{last_offset_, "anchors are not supported; remove the \"&\" word"};
    // yaml-cpp gives the tag "!" both to quoted text and to what follows a lone "!".
    const bool tagged = last_offset_ < text_.size() && text_[last_offset_] == '!';
    if ((tag != "?" && tag != "!" && !tag.empty()) || tagged) {
      throw Stop{last_offset_, "tags are not supported; the schema says what a value is"};
    }
    if (open_.size() >= kMaxDepth) {
      throw Stop{last_offset_, fmt::format("nested deeper than {} levels", kMaxDepth)};
    }
    if (++nodes_ > kMaxNodes) {
      throw Stop{last_offset_, fmt::format("more than {} values", kMaxNodes)};
    }
    Node node;
    node.kind = kind;
    node.at = lines_.At(kind == Node::Kind::kNull ? EmptyElement(last_offset_) : last_offset_);
    return node;
  }

  // yaml-cpp puts an empty element of a list where the next token is; this looks back for its own
  // dash, over blanks and comments.
  size_t EmptyElement(size_t offset) const {
    if (open_.empty() || open_.back().kind != Node::Kind::kSequence) return offset;
    for (size_t end = offset; end > 0;) {
      const size_t before = text_.find_last_not_of(" \r\n", end - 1);
      if (before == std::string_view::npos) break;
      if (text_[before] == '-') return before;
      // A bounded look, as a hostile list may be one long line.
      const size_t window = before - std::min<size_t>(before, 256);
      const size_t newline = text_.substr(window, before - window).rfind('\n');
      end = newline == std::string_view::npos ? window : window + newline + 1;
      const size_t first = text_.find_first_not_of(' ', end);
      const size_t second = text_.find_first_not_of(' ', first + 1);
      if (text_[first] == '-' && second <= before && text_[second] == '#') return first;
      if (text_[first] != '#') break;
    }
    return offset;
  }

  void CheckScalar(size_t offset, bool quoted, const std::string& value) const {
    if (value.find('\0') != std::string::npos) throw Stop{offset, "text cannot hold a NUL"};
    if (!IsValidUtf8(value)) throw Stop{offset, "the escapes in this text do not make valid UTF-8"};
    if (quoted && !IsClosed(offset)) throw Stop{offset, "this quote is never closed"};
    // Plain text is the same in the source unless it was folded from several lines, which is how a
    // list or field with wrong indentation silently joins the value above it.
    if (!quoted && text_.substr(offset, value.size()) != value) {
      throw Stop{offset,
                 "plain text goes on in the next line; check the indentation there, or quote the "
                 "text, or write it as a block after >"};
    }
  }

  // yaml-cpp takes the end of the text, after a newline, for a closing quote.
  bool IsClosed(size_t offset) const {
    const char quote = text_[offset];
    if (quote != '"' && quote != '\'') return true;  // A block.
    for (size_t i = offset + 1; i < text_.size(); ++i) {
      if (quote == '"' && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        if (quote == '"' || i + 1 == text_.size() || text_[i + 1] != quote) return true;
        ++i;
      }
    }
    return false;
  }

  void Open(Node node) {
    open_.push_back(std::move(node));
    open_offsets_.push_back(last_offset_);
  }
  void Close() {
    Node node = std::move(open_.back());
    open_.pop_back();
    open_offsets_.pop_back();
    Attach(std::move(node));
  }

  void Attach(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      has_root_ = true;
      return;
    }
    Node& parent = open_.back();
    const bool is_value = parent.kind == Node::Kind::kMap && parent.children.size() % 2 == 1;
    if (is_value && node.kind == Node::Kind::kNull) node.at = parent.children.back().at;
    parent.children.push_back(std::move(node));
  }

  // Reports keys that cannot be used and leaves them out, with their values.
  void CheckKeys(Node& map) {
    std::unordered_map<std::string_view, int> first_lines;
    std::vector<Node> good;
    good.reserve(map.children.size());
    for (size_t i = 0; i + 1 < map.children.size(); i += 2) {
      Node& key = map.children[i];
      if (key.kind != Node::Kind::kScalar) {
        errors_.Add(key.at, "", "a key must be text");
        continue;
      }
      if (key.value == "<<" && !key.quoted) {
        errors_.Add(key.at, "", "merge keys are not supported; write the fields again");
        continue;
      }
      const auto [first, inserted] = first_lines.emplace(key.value, key.at.line);
      if (!inserted) {
        errors_.Add(key.at, "",
                    fmt::format("duplicate field {}; first given on line {}", Quote(key.value),
                                first->second));
        continue;
      }
      good.push_back(key);  // A copy: first_lines looks into the original.
      good.push_back(std::move(map.children[i + 1]));
    }
    map.children = std::move(good);
  }

  const std::string_view text_;
  const LineIndex& lines_;
  Diagnostics& errors_;
  std::vector<Node> open_;
  std::vector<size_t> open_offsets_;
  Node root_;
  bool has_root_ = false;
  size_t last_offset_ = 0;
  size_t nodes_ = 0;
};

// yaml-cpp's words, in the words of somebody who writes a policy.
std::string Explain(std::string_view message) {
  struct Explanation {
    std::string_view from;
    std::string_view to;
  };
  static constexpr std::string_view kIndentation =
      "unexpected text here; check the indentation, quotes and brackets before it";
  static constexpr std::array<Explanation, 14> kExplanations = {{
      {"bad file", "nested too deeply"},
      {"illegal map value",
       "unexpected \":\"; check the indentation of this line, or quote text that holds \": \""},
      {"illegal block entry", "unexpected \"-\"; start the list on a line of its own"},
      {"illegal map key", "unexpected \"?\""},
      {"illegal flow end", "this closing bracket does not fit an open one"},
      {"illegal EOF in scalar", "a quote before this is never closed"},
      {"illegal document indicator in scalar", "a quote before this is never closed"},
      {"unknown token", "unexpected character; text that starts with it must be quoted"},
      {"end of map not found", kIndentation},
      {"end of map flow not found", "expected \",\" or \"}\" here"},
      {"end of sequence not found", kIndentation},
      {"end of sequence flow not found", "expected \",\" or \"]\" here"},
      {"the referenced anchor is not defined", "aliases are not supported; write the value again"},
      {"cannot assign multiple anchors to the same node", "anchors are not supported"},
  }};
  for (const Explanation& explanation : kExplanations) {
    if (message == explanation.from) return std::string(explanation.to);
  }
  return EscapeForTerminal(message);
}

// Throws Stop or YAML::Exception.
std::unique_ptr<Node> Build(std::string_view text, TreeBuilder& builder) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  if (!parser.HandleNextDocument(builder) || !builder.has_root()) {
    throw Stop{0, "the document is empty"};
  }
  if (parser) {  // Something is left; the builder says where a second document starts.
    parser.HandleNextDocument(builder);
    throw Stop{builder.last_offset(), "unexpected text after this; one file holds one document"};
  }
  return builder.TakeRoot();
}

}  // namespace

const Node* Node::FindKey(std::string_view key) const {
  if (kind != Kind::kMap) return nullptr;
  for (size_t i = 0; i + 1 < children.size(); i += 2) {
    if (children[i].value == key) return &children[i];
  }
  return nullptr;
}

const Node* Node::Find(std::string_view key) const {
  const Node* found = FindKey(key);
  return found == nullptr ? nullptr : found + 1;
}

std::unique_ptr<Node> ParseYaml(std::string_view text, Diagnostics& errors) {
  if (text.size() > kMaxDocumentBytes) {
    errors.Add({}, "", fmt::format("larger than {} bytes", kMaxDocumentBytes));
    return nullptr;
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // A byte order mark.
  const LineIndex lines(text);
  if (!CheckText(text, lines, errors)) return nullptr;
  TreeBuilder builder(text, lines, errors);
  try {
    return Build(text, builder);
  } catch (const Stop& stop) {
    errors.Add(lines.At(stop.offset), "", stop.message);
  } catch (const YAML::Exception& error) {
    const size_t offset = error.mark.is_null()
                              ? builder.last_offset()
                              : lines.Offset(static_cast<size_t>(error.mark.line),
                                             static_cast<size_t>(error.mark.column));
    const std::optional<size_t> bracket = builder.OpenBracket();
    if (offset == text.size() && bracket) {  // The end of the text would tell nobody anything.
      errors.Add(lines.At(*bracket), "", "this bracket is never closed");
    } else {
      errors.Add(lines.At(offset), "", Explain(error.msg));
    }
  }
  return nullptr;
}

absl::StatusOr<std::unique_ptr<Node>> ParseYaml(std::string_view text, std::string_view file_name) {
  Diagnostics errors(file_name, text);
  std::unique_ptr<Node> root = ParseYaml(text, errors);
  if (!errors.empty()) return errors.ToStatus();
  return root;
}

}  // namespace mayfly::document
