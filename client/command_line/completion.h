// Completion scripts for shells, made from the commands themselves.
#ifndef MAYFLY_CLIENT_COMMAND_LINE_COMPLETION_H_
#define MAYFLY_CLIENT_COMMAND_LINE_COMPLETION_H_

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace mayfly::client {

// The script for "bash", "zsh" or "fish"; empty for any other shell. Completes subcommands and
// options, and file names where neither fits. Hidden commands and options (of an empty group) stay
// hidden. It runs nothing: completing never calls the CA.
std::string Completion(const CLI::App& app, std::string_view shell);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_COMMAND_LINE_COMPLETION_H_
