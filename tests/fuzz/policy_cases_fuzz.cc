// Any bytes as a file of cases, and as an event to be decided again: an error that is text, never a
// crash; cases that load can be run and explained.
#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "ca/policy/analysis/cases.h"
#include "ca/policy/analysis/explain.h"
#include "ca/policy/analysis/run_cases.h"
#include "ca/policy/policy_loader.h"
#include "client/policy/recorded.h"

namespace mayfly::policy {
namespace {

constexpr char kSet[] = R"(
grants:
  - name: own
    for: {realm: people, groups: [eng], networks: [10.0.0.0/8]}
    user_certificate: {hosts: any, logins: ["${username}"], lifetime: {default: 1h, max: 2h}}
  - name: hosts
    for: {authenticators: [join], labels: {role: web}}
    host_certificate: {principals: ["${hostname}"], lifetime: {default: 1h, max: 2h}}
denials:
  - {name: robots, when: {groups: [robots], logins: [root]}, message: robots do not log in}
)";

const PolicySet& FuzzedSet() {
  static const auto set = LoadPolicyText({{"set.yaml", kSet}}).value();
  return *set;
}

}  // namespace
}  // namespace mayfly::policy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mayfly;          // NOLINT: a fuzz target is one file.
  using namespace mayfly::policy;  // NOLINT
  google::protobuf::SetLogHandler(nullptr);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto recorded = client::ReadRecorded(1, text);
  if (recorded.ok()) client::Replay(FuzzedSet(), recorded->decisions);
  const auto cases = LoadCases({"x.cases.yaml", std::string(text)});
  if (!cases.ok()) {
    MAYFLY_CHECK(cases.status().code() == absl::StatusCode::kInvalidArgument);
    MAYFLY_CHECK(IsValidUtf8(Message(cases.status())));
    return 0;
  }
  std::vector<CaseResult> results;
  for (const PolicyCase& test : *cases) {
    results.push_back(RunCase(FuzzedSet(), test));
    MAYFLY_CHECK(Explain(FuzzedSet(), test.situation).decision == results.back().decision);
  }
  MeasureCoverage(FuzzedSet(), results);
  return 0;
}
