// What policies cost: a decision over 1,000 grants, and loading 10,000, as multiples of one ed25519
// verification of the same run, which every request pays anyway.
#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include "ca/policy/analysis/situation.h"
#include "ca/policy/decide.h"
#include "ca/policy/policy_loader.h"
#include "fmt/format.h"
#include "tests/bench/primitives.h"

namespace mayfly::policy {
namespace {

double CpuMicroseconds() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

// A company: every team has its hosts and its group; every tenth grant has networks and a reason.
std::string SetOf(int grants) {
  std::string yaml = "grants:\n";
  for (int i = 0; i < grants; ++i) {
    yaml += fmt::format(
        "  - name: team-{0}\n    description: Team {0} reaches its hosts.\n"
        "    for: {{realm: people, groups: [team-{0}]{1}}}\n"
        "    user_certificate:\n      hosts: {{team: t{0}}}\n"
        "      logins: [\"${{username}}\", deploy-{0}]\n"
        "      lifetime: {{default: 8h, max: 16h}}\n{2}",
        i, i % 10 == 9 ? ", networks: [10.0.0.0/8, 192.0.2.0/24]" : "",
        i % 10 == 9 ? "    requires: {reason: true}\n" : "");
  }
  yaml += "denials:\n";
  for (int i = 0; i < grants / 50; ++i) {
    yaml += fmt::format("  - {{name: no-{0}, when: {{groups: [out-{0}], logins: [root]}}}}\n", i);
  }
  return yaml;
}

std::vector<PolicyText> FilesOf(int grants, int grants_a_file) {
  std::vector<PolicyText> files;
  files.push_back({"set.yaml", SetOf(grants)});
  if (grants <= grants_a_file) return files;
  // As many files as a large set has: names stay unique because each file is cut from one text.
  files.clear();
  const std::string whole = SetOf(grants);
  size_t at = whole.find("  - name:");
  for (int file = 0; at < whole.find("denials:"); ++file) {
    size_t end = at;
    for (int i = 0; i < grants_a_file && end != std::string::npos; ++i) {
      end = whole.find("  - name:", end + 1);
    }
    end = std::min(end, whole.find("denials:"));
    files.push_back({fmt::format("{:03}.yaml", file), "grants:\n" + whole.substr(at, end - at)});
    at = end;
  }
  files.push_back({"denials.yaml", whole.substr(whole.find("denials:"))});
  return files;
}

Situation Engineer(const std::vector<std::string>& groups, const std::string& login) {
  SituationText text;
  text.user = "alice";
  text.from = "10.1.2.3";
  text.groups = model::Fact<std::vector<std::string>>::Known(groups);
  if (!login.empty()) text.logins = {login};
  return *MakeSituation(text, [](std::string_view, std::string_view) {});
}

double MedianMicroseconds(const PolicySet& policy, const Situation& situation) {
  // As much of a trace as mayflyd writes: of a thousand grants, those that are meant for the
  // caller.
  const TraceDetail detail = DetailFor(policy);
  std::vector<double> times;
  for (int i = 0; i < 2000; ++i) {
    const double start = CpuMicroseconds();
    const model::Decision decision = Decide(policy, situation.identity, situation.request,
                                            situation.facts, situation.now, detail);
    times.push_back(CpuMicroseconds() - start);
  }
  std::ranges::nth_element(times, times.begin() + static_cast<ptrdiff_t>(times.size() / 2));
  return times[times.size() / 2];
}

void Run() {
  const double verify_us = 1e6 / bench::MeasureEd25519(0.3).best_verify();
  fmt::print("one ed25519 verification        {:9.1f} us\n", verify_us);
  const auto line = [&](std::string_view what, double microseconds, std::string_view unit,
                        double in_unit) {
    fmt::print("{:<31} {:9.1f} {:<2} {:8.2f} verifications\n", what, in_unit, unit,
               microseconds / verify_us);
  };
  const auto policy = LoadPolicyText(FilesOf(1000, 1000)).value();
  struct Row {
    const char* what;
    std::vector<std::string> groups;
    const char* login;
  };
  const Row rows[] = {
      {"1,000 grants, granted by no. 500", {"team-500", "staff"}, ""},
      {"1,000 grants, granted by the last", {"team-998"}, ""},
      {"1,000 grants, meant but refused", {"team-500"}, "root"},
      {"1,000 grants, meant for none", {"staff"}, ""},
      {"1,000 grants, each fails twice", {"staff"}, "root"},
  };
  for (const Row& row : rows) {
    const double us = MedianMicroseconds(*policy, Engineer(row.groups, row.login));
    line(row.what, us, "us", us);
  }
  const std::vector<PolicyText> files = FilesOf(10000, 500);
  const double start = CpuMicroseconds();
  const auto large = LoadPolicyText(files).value();
  const double us = CpuMicroseconds() - start;
  line(fmt::format("load {} grants", large->grants().size()), us, "ms", us / 1000);
}

}  // namespace
}  // namespace mayfly::policy

int main() { mayfly::policy::Run(); }
