// How long a revocation list of a million serials takes to build, against ssh-keygen's own time.
//   bench_krl [SERIALS]
// ssh-keygen builds a smaller list of the same kind, whose time is scaled up by the number of
// serials: a favour, for it grows faster than that.
#include <chrono>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "base/subprocess.h"
#include "fmt/format.h"
#include "ssh/krl.h"
#include "ssh/krl_index.h"

namespace mayfly {
namespace {

constexpr size_t kKeygenSerials = 20000;
constexpr int kRounds = 5;

double MillisecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

// Half of the serials of [1, 2 * count], or as many anywhere below 2^63.
std::vector<uint64_t> Serials(size_t count, bool dense) {
  std::mt19937_64 random(1);
  std::vector<uint64_t> serials;
  while (serials.size() < count) {
    serials.push_back(dense ? 1 + random() % (2 * count) : 1 + (random() >> 1));
  }
  return serials;
}

Bytes Build(std::vector<uint64_t> serials) {
  absl::StatusOr<ssh::SerialSet> set = ssh::SerialSet::OfSerials(std::move(serials));
  MAYFLY_CHECK(set.ok());
  ssh::Krl krl;
  krl.serials = *std::move(set);
  return krl.Encode();
}

absl::StatusOr<double> KeygenMilliseconds(bool dense) {
  MAYFLY_ASSIGN_OR_RETURN(const TemporaryDirectory folder, TemporaryDirectory::Create("bench"));
  std::string specification;
  for (const uint64_t serial : Serials(kKeygenSerials, dense)) {
    specification += fmt::format("serial: {}\n", serial);
  }
  const std::string spec = JoinPath(folder.path(), "spec");
  MAYFLY_RETURN_IF_ERROR(WriteFileAtomically(spec, specification, 0600));
  const auto start = std::chrono::steady_clock::now();
  MAYFLY_ASSIGN_OR_RETURN(const SubprocessResult result,
                          RunSubprocess({"ssh-keygen", "-q", "-k", "-f",
                                         JoinPath(folder.path(), "krl"), "-s", "none", spec},
                                        absl::Minutes(5)));
  if (result.exit_code != 0) return Internal(result.err);
  return MillisecondsSince(start);
}

void Measure(size_t count, bool dense) {
  const std::vector<uint64_t> serials = Serials(count, dense);
  double best = 1e9;
  Bytes krl;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<uint64_t> copy = serials;
    const auto start = std::chrono::steady_clock::now();
    krl = Build(std::move(copy));
    best = std::min(best, MillisecondsSince(start));
  }
  fmt::print("{}: {} serials in {:.1f} ms, {} bytes", dense ? "dense" : "scattered", count, best,
             krl.size());
  const absl::StatusOr<double> theirs = KeygenMilliseconds(dense);
  if (!theirs.ok()) {
    fmt::print("; ssh-keygen: {}\n", Message(theirs.status()));
    return;
  }
  const double scaled = *theirs * static_cast<double>(count) / kKeygenSerials;
  fmt::print("; ssh-keygen {} in {:.1f} ms: at least {:.0f} times as long\n", kKeygenSerials,
             *theirs, scaled / best);
  const auto start = std::chrono::steady_clock::now();
  absl::StatusOr<ssh::Krl> parsed = ssh::Krl::Parse(krl);
  MAYFLY_CHECK(parsed.ok());
  const double read = MillisecondsSince(start);
  const ssh::SerialSet set = parsed->serials;
  const auto query = std::chrono::steady_clock::now();
  size_t revoked = 0;
  for (const uint64_t serial : serials) revoked += set.Contains(serial) ? 1 : 0;
  MAYFLY_CHECK(revoked == serials.size());
  fmt::print("  read and checked in {:.1f} ms; a question takes {:.2f} us\n", read,
             MillisecondsSince(query) * 1000 / static_cast<double>(revoked));
}

}  // namespace
}  // namespace mayfly

int main(int argc, char** argv) {
  const size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000000;
  mayfly::Measure(std::max<size_t>(count, 1), /*dense=*/true);
  mayfly::Measure(std::max<size_t>(count, 1), /*dense=*/false);
  return 0;
}
