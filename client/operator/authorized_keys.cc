#include "client/operator/authorized_keys.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "ca/model/subject.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

std::string Shown(std::string_view text) { return EscapeForTerminal(text.substr(0, 60)); }

// Where authorized_keys options end: at the first blank outside double quotes (sshd(8)).
size_t EndOfOptions(std::string_view line) {
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '"') {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (line[i] == ' ' || line[i] == '\t')) {
      return i;
    }
  }
  return line.size();
}

// The options in front of a key, when there is a key behind them.
std::optional<std::string_view> OptionsOf(std::string_view line) {
  const size_t end = EndOfOptions(line);
  if (end == line.size()) return std::nullopt;
  const std::string_view rest = TrimBlanks(line.substr(end));
  if (!ssh::PublicKey::ParseLine(rest).ok()) return std::nullopt;
  return line.substr(0, end);
}

absl::StatusOr<std::string> NameOf(const std::string& comment) {
  if (comment.empty()) {
    return InvalidArgument("whose key is it? put the user's name behind the key");
  }
  if (comment.find_first_of(" \t") != std::string::npos) {
    return InvalidArgument(fmt::format(
        "the comment '{}' has several words; leave the user's name alone there", Shown(comment)));
  }
  const std::string name = comment.substr(0, comment.find('@'));
  MAYFLY_RETURN_IF_ERROR(
      model::Subject::Create(model::SubjectKind::kUser, name, "people").status());
  if (model::IsReservedLogin(name)) {
    return InvalidArgument(fmt::format(
        "{} is the name of a system account; put the person's name behind the key", name));
  }
  return name;
}

class TeamReader {
 public:
  explicit TeamReader(const ssh::KeyLimits& limits) : limits_(limits) {}

  void Read(std::string_view line, int number) {
    line = TrimBlanks(line);
    if (line.empty() || line.front() == '#') return;
    if (const absl::Status status = Add(line, number); !status.ok()) {
      team_.problems.push_back({number, Message(status)});
    }
  }

  ImportedTeam Take() { return std::move(team_); }

 private:
  absl::Status Add(std::string_view line, int number) {
    std::string comment;
    absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseLine(line, &comment);
    if (!key.ok()) {
      const std::optional<std::string_view> options = OptionsOf(line);
      if (!options) return key.status();
      return InvalidArgument(
          fmt::format("the options '{}' are not kept; remove them: what a user may do is decided "
                      "by the policy",
                      Shown(*options)));
    }
    MAYFLY_RETURN_IF_ERROR(ssh::CheckSubjectKey(*key, limits_));
    MAYFLY_ASSIGN_OR_RETURN(const std::string name, NameOf(comment));
    const auto [first, is_new] = lines_.emplace(*key, number);
    if (!is_new) {
      return InvalidArgument(fmt::format("the key stands on line {} already", first->second));
    }
    const auto user = std::ranges::find(team_.users, name, &ImportedUser::name);
    if (user == team_.users.end()) {
      team_.users.push_back({name, {*key}, number});
    } else {
      user->keys.push_back(*key);
    }
    return absl::OkStatus();
  }

  const ssh::KeyLimits limits_;
  std::map<ssh::PublicKey, int> lines_;
  ImportedTeam team_;
};

}  // namespace

ImportedTeam ParseAuthorizedKeys(std::string_view text, const ssh::KeyLimits& limits) {
  if (text.size() > kMaxAuthorizedKeys) {
    ImportedTeam team;
    team.problems.push_back({1, fmt::format("the file has {} bytes; at most {} are read",
                                            text.size(), kMaxAuthorizedKeys)});
    return team;
  }
  TeamReader reader(limits);
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    reader.Read(text.substr(0, end), number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.Take();
}

}  // namespace mayfly::client
