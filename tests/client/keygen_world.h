// Runs `mayfly keygen` in this process, and ssh-keygen beside it.
#ifndef MAYFLY_TESTS_CLIENT_KEYGEN_WORLD_H_
#define MAYFLY_TESTS_CLIENT_KEYGEN_WORLD_H_

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "client/context.h"
#include "client/keygen/keygen.h"
#include "tests/ssh/keygen_world.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {

class KeygenTest : public ::testing::Test {
 protected:
  KeygenTest() {
    context_.config_directory = ssh::TestPath("no-such-configuration");
    setenv("TZ", "America/New_York", 1);  // Local times must be local.
    tzset();
  }

  struct Outcome {
    int exit_code = -1;
    std::string out, err;
  };
  Outcome Ours(const std::vector<std::string>& arguments) {
    out_.str("");
    err_.str("");
    const int exit_code = RunKeygen(context_, arguments);
    return {exit_code, out_.str(), err_.str()};
  }
  Outcome Theirs(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "ssh-keygen");
    ProcessOptions options;
    options.environment = environment_;
    ProcessResult result = mayfly::Run(arguments, options);
    return {result.exit_code, std::move(result.out), std::move(result.err)};
  }

  static std::string Write(std::string_view name, std::string_view text) {
    const std::string path = ssh::TestPath(name);
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  static std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }

  SystemClock clock_;
  SystemRandom random_;
  std::ostringstream out_, err_;
  Context context_{clock_, random_,
                   [this](const char* name) {
                     const auto found = environment_.find(name);
                     return found == environment_.end() ? std::string() : found->second;
                   },
                   out_, err_};
  std::map<std::string, std::string> environment_;  // Of both, beside the test's own.
};

}  // namespace mayfly::client

#endif  // MAYFLY_TESTS_CLIENT_KEYGEN_WORLD_H_
