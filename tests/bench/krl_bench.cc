// How long a revocation list of a million serials takes to build, against ssh-keygen's own time:
// both in CPU time, so that other programs disturb little.
//   bench_krl [SERIALS] [SERIALS_OF_SSH_KEYGEN]
// ssh-keygen builds a smaller list of the same kind, whose time is scaled up by the number of
// serials: a favour, for it grows faster than that.
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
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

constexpr int kRounds = 5;

double OwnMilliseconds() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// Of the programs that have ended.
double ChildrensMilliseconds() {
  rusage usage = {};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
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

absl::StatusOr<double> KeygenMilliseconds(size_t count, bool dense) {
  MAYFLY_ASSIGN_OR_RETURN(const TemporaryDirectory folder, TemporaryDirectory::Create("bench"));
  std::string specification;
  for (const uint64_t serial : Serials(count, dense)) {
    specification += fmt::format("serial: {}\n", serial);
  }
  const std::string spec = JoinPath(folder.path(), "spec");
  MAYFLY_RETURN_IF_ERROR(WriteFileAtomically(spec, specification, 0600));
  const double start = ChildrensMilliseconds();
  MAYFLY_ASSIGN_OR_RETURN(const SubprocessResult result,
                          RunSubprocess({"ssh-keygen", "-q", "-k", "-f",
                                         JoinPath(folder.path(), "krl"), "-s", "none", spec},
                                        absl::Minutes(5)));
  if (result.exit_code != 0) return Internal(result.err);
  return ChildrensMilliseconds() - start;
}

void Measure(size_t count, size_t keygen_count, bool dense) {
  const std::vector<uint64_t> serials = Serials(count, dense);
  double best = 1e9;
  Bytes krl;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<uint64_t> copy = serials;
    const double start = OwnMilliseconds();
    krl = Build(std::move(copy));
    best = std::min(best, OwnMilliseconds() - start);
  }
  fmt::print("{}: {} serials in {:.1f} ms, {} bytes", dense ? "dense" : "scattered", count, best,
             krl.size());
  const absl::StatusOr<double> theirs = KeygenMilliseconds(keygen_count, dense);
  if (!theirs.ok()) {
    fmt::print("; ssh-keygen: {}\n", Message(theirs.status()));
    return;
  }
  const double scaled = *theirs * static_cast<double>(count) / static_cast<double>(keygen_count);
  fmt::print("; ssh-keygen {} in {:.1f} ms: at least {:.0f} times as long\n", keygen_count, *theirs,
             scaled / best);
  const double start = OwnMilliseconds();
  absl::StatusOr<ssh::Krl> parsed = ssh::Krl::Parse(krl);
  MAYFLY_CHECK(parsed.ok());
  const double read = OwnMilliseconds() - start;
  const ssh::SerialSet set = parsed->serials;
  const double query = OwnMilliseconds();
  size_t revoked = 0;
  for (const uint64_t serial : serials) revoked += set.Contains(serial) ? 1 : 0;
  MAYFLY_CHECK(revoked == serials.size());
  fmt::print("  read and checked in {:.1f} ms; a question takes {:.2f} us\n", read,
             (OwnMilliseconds() - query) * 1000 / static_cast<double>(revoked));
}

}  // namespace
}  // namespace mayfly

int main(int argc, char** argv) {
  const auto number = [&](int place, size_t otherwise) {
    return argc > place ? std::max<size_t>(std::strtoull(argv[place], nullptr, 10), 1) : otherwise;
  };
  for (const bool dense : {true, false}) {
    mayfly::Measure(number(1, 1000000), number(2, 20000), dense);
  }
  return 0;
}
