#include "ca/init/templates.h"

#include "fmt/format.h"

namespace mayfly::init {
namespace {

// A YAML double-quoted scalar.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string List(const std::vector<std::string>& items) {
  std::string list = "[";
  for (const std::string& item : items) list += (list.size() > 1 ? ", " : "") + Quoted(item);
  return list + "]";
}

}  // namespace

std::string ConfigurationText(const InitOptions& options, const std::vector<std::string>& listen,
                              const std::vector<std::string>& addresses) {
  return fmt::format(
      R"(# mayflyd's configuration. Relative paths are relative to this file. An unknown
# field is an error. After a change: restart mayflyd. Policies and users are read
# again on SIGHUP.

name: {}

# Where mayflyd listens, and where clients and hosts reach it.
listen: {}
addresses: {}

# Where the passphrase of the keys comes from: prompt, file:PATH (mode 0600), fd:N,
# or credential:NAME for systemd's LoadCredential=.
passphrase: {}

authenticators:
  # People and operators, by SSH keys that stand in a file.
  - name: ssh-key
    realm: people
    ssh_key:
      users: users.yaml
  # Hosts at first boot, by `mayfly token create`.
  - name: join
    realm: hosts
    join_token:
      max_lifetime: 7d

# How long a login lasts before the next one, at most.
sessions:
  lifetime: 12h

log:
  format: text
  level: info
)",
      Quoted(options.name), List(listen), List(addresses), Quoted(options.passphrase_source));
}

std::string UsersText(const std::vector<FirstOperator>& operators) {
  std::string text =
      R"(# Who may ask this CA for certificates, by which SSH key. One name, one person; a
# key belongs to one of them. After a change: kill -HUP mayflyd.
users:
)";
  for (const FirstOperator& person : operators) {
    text +=
        fmt::format("  - name: {}\n    groups: [operators, engineering]\n    keys:\n      - {}\n",
                    Quoted(person.user), Quoted(person.key.Line(person.user)));
  }
  return text;
}

}  // namespace mayfly::init
