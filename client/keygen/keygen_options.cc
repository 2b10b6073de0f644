#include "client/keygen/keygen_options.h"

#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

// Of ssh-keygen 9.2: those without a value, and those with one.
constexpr std::string_view kFlagLetters = "ABHKLQUXceghiklopquvy";
constexpr std::string_view kValuedLetters = "CDEFIMNOPRVYZabfgmnrstwz";
// What says nothing here: more talk, the format that is the default anyway, rounds of a kdf.
constexpr std::string_view kIgnoredLetters = "voa";

class OptionParser {
 public:
  explicit OptionParser(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  absl::StatusOr<KeygenOptions> Parse() {
    while (next_ < arguments_.size()) {
      const std::string& word = arguments_[next_];
      if (word.size() < 2 || word[0] != '-') break;
      ++next_;
      if (word == "--") break;
      MAYFLY_RETURN_IF_ERROR(word[1] == '-' ? Long(word) : Bundle(word));
    }
    options_.operands.assign(arguments_.begin() + static_cast<ptrdiff_t>(next_), arguments_.end());
    return std::move(options_);
  }

 private:
  absl::Status Bundle(const std::string& word) {
    for (size_t i = 1; i < word.size(); ++i) {
      const char letter = word[i];
      if (kFlagLetters.find(letter) != std::string_view::npos) {
        Flag(letter);
        continue;
      }
      if (kValuedLetters.find(letter) == std::string_view::npos) {
        return InvalidArgument(
            fmt::format("no option -{}", EscapeForTerminal(std::string_view(&word[i], 1))));
      }
      // What is left of the word is the value; without a rest, the next word.
      if (i + 1 < word.size()) return Valued(letter, word.substr(i + 1));
      MAYFLY_ASSIGN_OR_RETURN(std::string value, NextWord(fmt::format("-{}", letter)));
      return Valued(letter, std::move(value));
    }
    return absl::OkStatus();
  }

  absl::Status Long(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (name == "--lint" || name == "--help") {
      if (equals != std::string::npos) {
        return InvalidArgument(fmt::format("{} takes no value", name));
      }
      (name == "--lint" ? options_.lint : options_.help) = true;
      return absl::OkStatus();
    }
    if (name != "--sign" && name != "--verify" && name != "--output") {
      return InvalidArgument(fmt::format("no option {}", EscapeForTerminal(name.substr(0, 64))));
    }
    std::string value;
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else {
      MAYFLY_ASSIGN_OR_RETURN(value, NextWord(name));
    }
    if (name == "--sign") {
      options_.sign_with = value;
    } else if (name == "--verify") {
      options_.verify_by = value;
    } else if (value == "json" || value == "text") {
      options_.json = value == "json";
    } else {
      return InvalidArgument("--output is text or json");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> NextWord(std::string_view option) {
    if (next_ == arguments_.size()) {
      return InvalidArgument(fmt::format("option {} needs a value", option));
    }
    return arguments_[next_++];
  }

  void Flag(char letter) {
    switch (letter) {
      case 'L':
        options_.show = true;
        return;
      case 'Q':
        options_.query_krl = true;
        return;
      case 'U':
        options_.agent = true;
        return;
      case 'h':
        options_.host = true;
        return;
      case 'k':
        options_.make_krl = true;
        return;
      case 'l':
        options_.list = true;
        return;
      case 'q':
        options_.quiet = true;
        return;
      case 'u':
        options_.update = true;
        return;
      default:
        Foreign(letter);
    }
  }

  absl::Status Valued(char letter, std::string value) {
    switch (letter) {
      case 'C':
        options_.comment = std::move(value);
        break;
      case 'E':
        options_.hash = std::move(value);
        break;
      case 'I':
        options_.key_id = std::move(value);
        break;
      case 'O':
        options_.certificate_options.push_back(std::move(value));
        break;
      case 'P':
        return InvalidArgument(
            "-P is not taken: every user of this machine can read a command line. Leave it out to "
            "be "
            "asked, or put the key into ssh-agent and use -U");
      case 'V':
        options_.validity = std::move(value);
        break;
      case 'f':
        options_.file = std::move(value);
        break;
      case 'n':
        options_.principals = std::move(value);
        break;
      case 's':
        options_.ca = std::move(value);
        break;
      case 't':
        options_.algorithm = std::move(value);
        break;
      case 'z':
        options_.serial = std::move(value);
        break;
      default:
        Foreign(letter);
    }
    return absl::OkStatus();
  }

  void Foreign(char letter) {
    if (kIgnoredLetters.find(letter) != std::string_view::npos || !options_.foreign.empty()) return;
    options_.foreign = fmt::format("-{}", letter);
  }

  const std::vector<std::string>& arguments_;
  size_t next_ = 0;
  KeygenOptions options_;
};

}  // namespace

absl::StatusOr<KeygenOptions> ParseKeygenOptions(const std::vector<std::string>& arguments) {
  return OptionParser(arguments).Parse();
}

}  // namespace mayfly::client
