// What the files that define mayfly's commands share. Each area of commands has a file of its own:
// CLI11 is dear to compile, and one file for all would grow without end.
#ifndef MAYFLY_CLIENT_COMMAND_LINE_VERBS_H_
#define MAYFLY_CLIENT_COMMAND_LINE_VERBS_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "client/context.h"
#include "client/exit_code.h"
#include "client/login/ask.h"

namespace mayfly::client {

// The command that was chosen, run after parsing.
using Action = std::function<ExitCode()>;

class Verbs {
 public:
  Verbs(Context& context, CLI::App& root) : context_(context), root_(root) {}
  Verbs(const Verbs&) = delete;
  Verbs& operator=(const Verbs&) = delete;

  Context& context() { return context_; }
  CLI::App& root() { return root_; }
  const Action& chosen() const { return chosen_; }

  // A command below `parent`. Without an action it is a group, which needs one of its own.
  CLI::App* Add(CLI::App& parent, const std::string& name, const std::string& description,
                const std::string& example, Action action = {}) {
    CLI::App* command = parent.add_subcommand(name, description);
    command->fallthrough();
    command->footer("Example: " + example);
    if (action) {
      command->callback([this, action = std::move(action)] { chosen_ = action; });
    } else {
      command->require_subcommand(1);
    }
    return command;
  }

  // The storage of one command's options: lives as long as the actions that hold it.
  template <typename Options>
  static std::shared_ptr<Options> Storage() {
    return std::make_shared<Options>();
  }

  // One value each time, repeated for several: a list that goes on would swallow what follows it.
  static CLI::Option* AddList(CLI::App* command, const std::string& names,
                              std::vector<std::string>& values, const std::string& description) {
    return command->add_option(names, values, description)->allow_extra_args(false);
  }

  ExitCode Finish(const absl::Status& status) const { return context_.Finish(status); }

 private:
  Context& context_;
  CLI::App& root_;
  Action chosen_;
};

// One function an area, in the order of `mayfly --help`.
void AddTrustVerbs(Verbs& verbs);
void AddEngineerVerbs(Verbs& verbs);
void AddRequestVerbs(Verbs& verbs);
void AddOperatorVerbs(Verbs& verbs);
void AddPolicyVerbs(Verbs& verbs);
void AddUserVerbs(Verbs& verbs);
void AddHostVerbs(Verbs& verbs);

// What a certificate is to be: the same words for `login` and `why`. In engineer_verbs.cc.
void AddAskOptions(CLI::App* command, AskOptions& ask);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_COMMAND_LINE_VERBS_H_
