// Names with placeholders, ${like} this: matched against what was attested, and filled in again.
#ifndef MAYFLY_CA_AUTHN_NAME_TEMPLATE_H_
#define MAYFLY_CA_AUTHN_NAME_TEMPLATE_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace mayfly::authn {

using Placeholders = std::map<std::string, std::string>;

// "spiffe://example.org/host/${name}": text and placeholders, whose names are [a-z][a-z0-9_]{0,31}.
class NameTemplate {
 public:
  // kInvalidArgument says what is wrong: braces that do not match, a name twice.
  static absl::StatusOr<NameTemplate> Parse(std::string_view text);

  const std::string& text() const { return text_; }
  const std::set<std::string>& names() const { return names_; }

  // For matching: kInvalidArgument when two placeholders touch, so that there would be two ways to
  // read a value.
  absl::Status CheckMatchable(bool dots) const;
  // The placeholders' values, when `value` has this shape. A placeholder stands for one or more of
  // [A-Za-z0-9_-], and where `dots` are allowed of '.' too: never for what separates the parts of a
  // name, so no value reaches into another part.
  std::optional<Placeholders> Match(std::string_view value, bool dots) const;

  // The text with every placeholder replaced; nullopt when one has no value.
  std::optional<std::string> Fill(const Placeholders& values) const;

 private:
  struct Part {
    bool is_placeholder = false;
    std::string text;  // Or the placeholder's name.
  };
  std::string text_;
  std::vector<Part> parts_;
  std::set<std::string> names_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_NAME_TEMPLATE_H_
