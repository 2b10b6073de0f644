#include "client/policy/label_options.h"

#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"

namespace mayfly::client {

std::vector<std::string> WordsOf(const std::vector<std::string>& values) {
  std::vector<std::string> words;
  for (std::string_view value : values) {
    while (true) {
      const size_t comma = value.find(',');
      if (const std::string_view word = value.substr(0, comma); !word.empty()) {
        words.emplace_back(word);
      }
      if (comma == std::string_view::npos) break;
      value.remove_prefix(comma + 1);
    }
  }
  return words;
}

absl::StatusOr<model::Labels> LabelsOf(std::string_view option,
                                       const std::vector<std::string>& values) {
  model::Labels labels;
  for (const std::string& word : WordsOf(values)) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) {
      return Failure(ExitCode::kUsage, fmt::format("{}: expected key=value, found {}", option,
                                                   EscapeForTerminal(word.substr(0, 64))));
    }
    labels[word.substr(0, equals)] = word.substr(equals + 1);
  }
  const absl::Status status = model::CheckLabels(labels);
  if (!status.ok()) return WithExitCode(Annotate(status, option), ExitCode::kUsage);
  return labels;
}

}  // namespace mayfly::client
