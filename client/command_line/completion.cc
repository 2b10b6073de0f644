#include "client/command_line/completion.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <vector>

#include "fmt/format.h"
#include "fmt/ranges.h"

namespace mayfly::client {
namespace {

struct Word {
  std::string text;  // "login", "--output"
  std::string description;
  bool takes_value = false;
};

// One command: the words that lead to it, and what may follow.
struct Command {
  std::string path;  // "mayfly trust add"
  std::vector<Word> subcommands;
  std::vector<Word> options;
};

std::vector<Word> OptionsOf(const CLI::App& app) {
  std::vector<Word> words;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    const bool takes_value = option->get_items_expected_max() > 0;
    for (const std::string& name : option->get_lnames()) {
      words.push_back({"--" + name, option->get_description(), takes_value});
    }
    for (const std::string& name : option->get_snames()) {
      words.push_back({"-" + name, option->get_description(), takes_value});
    }
  }
  return words;
}

void Collect(const CLI::App& app, const std::string& path, std::vector<Command>& commands) {
  Command command;
  command.path = path;
  command.options = OptionsOf(app);
  std::vector<const CLI::App*> children;
  for (const CLI::App* child : app.get_subcommands(nullptr)) {
    if (child->get_name().empty() || child->get_group().empty()) continue;
    command.subcommands.push_back({child->get_name(), child->get_description(), false});
    children.push_back(child);
  }
  commands.push_back(std::move(command));
  for (const CLI::App* child : children) Collect(*child, path + " " + child->get_name(), commands);
}

std::string Texts(const std::vector<Word>& words) {
  std::vector<std::string> texts;
  for (const Word& word : words) texts.push_back(word.text);
  return fmt::format("{}", fmt::join(texts, " "));
}

// Inside single quotes of a POSIX shell; fish reads \' there as well, so a quote is left out.
std::string Quoted(const std::string& text, bool for_fish) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\n') break;  // The first line says enough.
    if (c == '\'') {
      quoted += for_fish ? "\\'" : "'\\''";
    } else if (c == '\\' && for_fish) {
      quoted += "\\\\";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

// The loop that bash and zsh share: which command the words before the cursor name. `words` is the
// array's name, `end` the index of the word under the cursor.
std::string FindCommand(const std::string& program, const std::vector<Command>& commands,
                        std::string_view words, std::string_view first, std::string_view end) {
  std::string cases;
  for (const Command& command : commands) {
    if (command.path != program) cases += fmt::format("      \"{}\") ;;\n", command.path);
  }
  return fmt::format(
      "  local command={0} i\n"
      "  for ((i = {2}; i < {3}; i++)); do\n"
      "    case \"$command ${{{1}[i]}}\" in\n"
      "{4}"
      "      *) continue ;;\n"
      "    esac\n"
      "    command=\"$command ${{{1}[i]}}\"\n"
      "  done\n",
      program, words, first, end, cases);
}

std::string Bash(const std::string& program, const std::vector<Command>& commands) {
  std::string cases;
  for (const Command& command : commands) {
    cases += fmt::format("    \"{}\") subcommands=\"{}\" options=\"{}\" ;;\n", command.path,
                         Texts(command.subcommands), Texts(command.options));
  }
  return fmt::format(
      "# bash completion for {0}: source it, or install it as\n"
      "# ~/.local/share/bash-completion/completions/{0}\n"
      "_{0}() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} subcommands options candidates\n"
      "{1}"
      "  case \"$command\" in\n"
      "{2}"
      "  esac\n"
      "  candidates=$subcommands\n"
      "  if [[ $current == -* ]]; then candidates=$options; fi\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$candidates\" -- \"$current\")\n"
      "}}\n"
      "complete -o default -F _{0} {0}\n",
      program, FindCommand(program, commands, "COMP_WORDS", "1", "COMP_CWORD"), cases);
}

std::string Zsh(const std::string& program, const std::vector<Command>& commands) {
  std::string cases;
  for (const Command& command : commands) {
    const auto described = [](const std::vector<Word>& from) {
      std::string text;
      for (const Word& word : from) {
        // A colon separates the word from its description.
        text += " " + Quoted(word.text + ":" + word.description, /*for_fish=*/false);
      }
      return text;
    };
    cases += fmt::format("    \"{}\")\n      subcommands=({})\n      options=({}) ;;\n",
                         command.path, described(command.subcommands), described(command.options));
  }
  return fmt::format(
      "#compdef {0}\n"
      "# zsh completion for {0}: save it as _{0} in a folder of $fpath.\n"
      "_{0}() {{\n"
      "  local -a subcommands options\n"
      "{1}"
      "  case \"$command\" in\n"
      "{2}"
      "  esac\n"
      "  if [[ ${{words[CURRENT]}} == -* ]]; then\n"
      "    _describe option options\n"
      "  elif (( ${{#subcommands}} )); then\n"
      "    _describe command subcommands\n"
      "  else\n"
      "    _files\n"
      "  fi\n"
      "}}\n"
      "if [[ ${{funcstack[1]}} == _{0} ]]; then _{0} \"$@\"; else compdef _{0} {0}; fi\n",
      program, FindCommand(program, commands, "words", "2", "CURRENT"), cases);
}

std::string Fish(const std::string& program, const std::vector<Command>& commands) {
  std::string paths, lines;
  for (const Command& command : commands) {
    if (command.path != program) paths += " " + Quoted(command.path, /*for_fish=*/true);
    const std::string condition =
        fmt::format("test (__{}_command) = \"{}\"", program, command.path);
    const std::string start =
        fmt::format("complete -c {} -n {}", program, Quoted(condition, /*for_fish=*/true));
    for (const Word& word : command.subcommands) {
      lines += fmt::format("{} -f -a {} -d {}\n", start, word.text,
                           Quoted(word.description, /*for_fish=*/true));
    }
    for (const Word& word : command.options) {
      const bool is_long = word.text.starts_with("--");
      lines += fmt::format("{} {} {}{} -d {}\n", start, is_long ? "-l" : "-s",
                           word.text.substr(is_long ? 2 : 1), word.takes_value ? " -r" : "",
                           Quoted(word.description, /*for_fish=*/true));
    }
  }
  return fmt::format(
      "# fish completion for {0}: save it as ~/.config/fish/completions/{0}.fish\n"
      "function __{0}_command\n"
      "  set -l command {0}\n"
      "  for word in (commandline -opc)[2..]\n"
      "    if contains -- \"$command $word\"{1}\n"
      "      set command \"$command $word\"\n"
      "    end\n"
      "  end\n"
      "  echo $command\n"
      "end\n"
      "{2}",
      program, paths, lines);
}

}  // namespace

std::string Completion(const CLI::App& app, std::string_view shell) {
  const std::string program = app.get_name();
  std::vector<Command> commands;
  Collect(app, program, commands);
  if (shell == "bash") return Bash(program, commands);
  if (shell == "zsh") return Zsh(program, commands);
  if (shell == "fish") return Fish(program, commands);
  return {};
}

}  // namespace mayfly::client
