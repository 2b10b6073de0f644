// ssh-keygen's command line, as far as certificates and revocation lists go.
#ifndef MAYFLY_CLIENT_KEYGEN_KEYGEN_OPTIONS_H_
#define MAYFLY_CLIENT_KEYGEN_KEYGEN_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mayfly::client {

// ssh-keygen's exit status for what it refuses, and for a command line that it does not understand.
inline constexpr int kKeygenRefused = 255;
inline constexpr int kKeygenUsage = 1;

struct KeygenOptions {
  // Actions; which one wins is keygen.cc's.
  std::optional<std::string> ca;  // -s
  bool make_krl = false;          // -k
  bool query_krl = false;         // -Q
  bool show = false;              // -L
  bool lint = false;              // --lint
  bool help = false;              // --help
  // The first option that is ssh-keygen's alone, such as "-y".
  std::string foreign;

  std::optional<std::string> file;               // -f
  std::optional<std::string> key_id;             // -I
  std::optional<std::string> principals;         // -n
  std::optional<std::string> validity;           // -V
  std::optional<std::string> serial;             // -z: also a list's version
  std::optional<std::string> algorithm;          // -t
  std::optional<std::string> comment;            // -C
  std::optional<std::string> sign_with;          // --sign
  std::optional<std::string> verify_by;          // --verify
  std::string hash = "sha256";                   // -E
  std::vector<std::string> certificate_options;  // -O
  bool host = false;                             // -h
  bool quiet = false;                            // -q
  bool agent = false;                            // -U
  bool update = false;                           // -u
  bool list = false;                             // -l
  bool json = false;                             // --output json
  std::vector<std::string> operands;
};

// Reads getopt's forms: options bundled (-kqf FILE), values glued (-V+1d) or apart, the last of a
// repeated one counts, and the first word that is no option ends them, as "--" does. Long options
// are our own, with their value apart or after "=". kInvalidArgument names what is not understood.
absl::StatusOr<KeygenOptions> ParseKeygenOptions(const std::vector<std::string>& arguments);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_KEYGEN_KEYGEN_OPTIONS_H_
