// One thing that `mayfly inspect` was shown.
#ifndef MAYFLY_CLIENT_INSPECT_EXHIBIT_H_
#define MAYFLY_CLIENT_INSPECT_EXHIBIT_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/context.h"
#include "ssh/public_key.h"

namespace mayfly::client {

struct Exhibit {
  std::string text;                   // For people; everything in it is escaped.
  nlohmann::ordered_json json;        // For machines, as it is.
  std::vector<std::string> problems;  // Why a CA should not touch it; escaped sentences.
};

// Each refuses, as kInvalidArgument, what is not well-formed.
// A public key or certificate on a line.
absl::StatusOr<Exhibit> ShowLine(const Context& context, std::string_view line,
                                 const ssh::KeyLimits& limits);
absl::StatusOr<Exhibit> ShowKrl(std::string_view file);
// An SSHSIG, armored or not.
absl::StatusOr<Exhibit> ShowSshsig(std::string_view file, const ssh::KeyLimits& limits);

// "  label        value\n", as all of the client shows a fact.
std::string Row(std::string_view label, std::string_view value);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_INSPECT_EXHIBIT_H_
