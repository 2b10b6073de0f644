// The issuing path, end to end: the real mayflyd, durable, over TLS, under load.
//   bench_issue [--quick] [--callers people|workloads] [--history N]
//               [--certificates N] [--in-flight N] [--rate N] [--json FILE]
// --callers says who asks: people with sessions, as by default, whose calls hold two proofs, or
// workloads with client certificates, whose calls hold one;
// --history begins with a ledger of N certificates; --certificates goes on until it has issued N;
// --in-flight measures nothing but N calls at once, --rate nothing but an open loop of N calls a
// second, both together one after the other.
// Fails when a proof was not checked, a certificate does not verify, or an answer came before its
// record was durable.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

#include "base/file.h"
#include "base/random.h"
#include "base/status.h"
#include "fmt/format.h"
#include "tests/bench/ca_under_test.h"
#include "tests/bench/call_maker.h"
#include "tests/bench/history.h"
#include "tests/bench/issue_checks.h"
#include "tests/bench/issue_report.h"
#include "tests/bench/load.h"
#include "tests/bench/primitives.h"

namespace mayfly::bench {
namespace {

constexpr int kPeople = 64;
constexpr int kWorkloads = 16;        // A connection is one of them.
constexpr int kConnections = 4;       // Warm ones; calls are spread over them.
constexpr int kManyConnections = 16;  // Of overload: a connection has at most 256 calls at once.
constexpr size_t kChunk = 50000;      // Calls made at once: fresh for two minutes, and 60 MB.

struct Options {
  bool quick = false;
  Callers callers = Callers::kPeople;
  int64_t history = 0;      // Certificates that the ledger holds before.
  size_t certificates = 0;  // In all, at least; beyond what the phases make.
  int in_flight = 0;        // Of the only phase; 0 for all phases.
  double rate = 0;          // Calls a second of the only phase; 0 for all phases.
  std::string json;
};

class IssueBench {
 public:
  explicit IssueBench(Options options)
      : options_(std::move(options)),
        maker_(options_.callers, options_.callers == Callers::kPeople ? kPeople : kWorkloads,
               random_) {
    report_.proofs = options_.callers == Callers::kPeople ? 2 : 1;
  }

  absl::Status Run(const std::string& programs) {
    MAYFLY_ASSIGN_OR_RETURN(ca_, CaUnderTest::Create(programs, maker_.Files()));
    const double seconds = options_.quick ? 0.02 : 0.5;
    report_.signatures = MeasureEd25519(seconds);
    MAYFLY_ASSIGN_OR_RETURN(
        report_.fsync_per_second,
        MeasureFsync(std::filesystem::path(ca_->ledger_path()).parent_path().parent_path().string(),
                     seconds));
    if (options_.history > 0) MAYFLY_RETURN_IF_ERROR(MakeHistory());
    MAYFLY_RETURN_IF_ERROR(Prepare());
    MAYFLY_RETURN_IF_ERROR(RunPhases());
    // By then it has given back what a burst left.
    std::this_thread::sleep_for(std::chrono::seconds(options_.quick ? 0 : 11));
    report_.end_rss_mib = ca_->ResidentMib();
    MAYFLY_RETURN_IF_ERROR(ca_->Stop());
    MAYFLY_RETURN_IF_ERROR(checks_->CheckRecorded(ca_->ledger_path()));
    // Again, now that the ledger holds something.
    MAYFLY_RETURN_IF_ERROR(ca_->Start());
    report_.ready_ms = ca_->ready_ms() - ca_->derivation_ms();
    MAYFLY_RETURN_IF_ERROR(ca_->Stop());
    report_.certificates = checks_->checked();
    std::cout << report_.Table();
    if (options_.json.empty()) return absl::OkStatus();
    return WriteFileAtomically(options_.json, report_.Json(), 0644);
  }

 private:
  size_t Count(size_t count) const {
    return options_.quick ? std::max<size_t>(count / 100, 20) : count;
  }

  absl::Status MakeHistory() {
    MAYFLY_RETURN_IF_ERROR(ca_->Start());  // Which brings the schema up to date.
    MAYFLY_RETURN_IF_ERROR(ca_->Stop());
    return WriteHistory(ca_->ledger_path(), options_.history);
  }

  absl::Status Prepare() {
    MAYFLY_RETURN_IF_ERROR(ca_->Start());
    report_.idle_rss_mib = ca_->ResidentMib();
    MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey user_ca, FetchUserCa(*ca_));
    checks_ = std::make_unique<CertificateChecks>(std::move(user_ca));
    const std::vector<std::string> logins = maker_.StartSessions(ca_->ca_id());
    MAYFLY_ASSIGN_OR_RETURN(
        const LoadResult sessions,
        ClosedLoop({.port = ca_->port(), .path = kStartSession}, logins, /*in_flight=*/8));
    if (sessions.ok() != logins.size()) {
      return Internal("the sessions did not start:\n" + ca_->Log());
    }
    MAYFLY_RETURN_IF_ERROR(CheckProofsAreVerified(*ca_, maker_));
    return CheckSyncedBeforeAnswer(*ca_, maker_, /*calls=*/20);
  }

  using Drive =
      std::function<absl::StatusOr<LoadResult>(const Target&, const std::vector<std::string>&)>;
  // Runs one phase. A call that is not answered with a certificate fails the bench, except one that
  // was turned away where `may_shed`: the report counts those.
  absl::StatusOr<Phase> RunPhase(const std::string& name, size_t count, int connections,
                                 const Drive& drive, bool may_shed = false) {
    std::vector<std::string> keys;
    const std::vector<std::string> calls = maker_.Issue(ca_->ca_id(), count, &keys);
    const Target target{.port = ca_->port(),
                        .path = kIssueUser,
                        .connections = connections,
                        .certificates = maker_.certificates()};
    const double cpu = ca_->CpuSeconds();
    const uint64_t syncs = ca_->Syncs();
    MAYFLY_ASSIGN_OR_RETURN(const LoadResult result, drive(target, calls));
    Phase phase =
        PhaseOf(name, result, ca_->CpuSeconds() - cpu, static_cast<double>(ca_->Syncs() - syncs));
    const size_t shed = may_shed ? result.turned_away() : 0;
    if (result.ok() == 0 || result.ok() + shed != count) {
      return Internal(
          fmt::format("{}: {} of {} calls were answered with a certificate, {} were "
                      "turned away",
                      name, result.ok(), count, shed));
    }
    MAYFLY_RETURN_IF_ERROR(Annotate(checks_->Check(result, keys), name));
    std::cerr << fmt::format("  {}: {:.0f}/s\n", name, phase.certificates_per_second);
    return phase;
  }

  absl::Status Closed(int in_flight, size_t count) {
    MAYFLY_ASSIGN_OR_RETURN(
        Phase phase, RunPhase(fmt::format("in flight {}", in_flight), count, kConnections,
                              [&](const Target& target, const std::vector<std::string>& calls) {
                                return ClosedLoop(target, calls, in_flight);
                              }));
    report_.phases.push_back(std::move(phase));
    return absl::OkStatus();
  }

  absl::Status Open(const std::string& name, double rate, int connections, double seconds,
                    bool may_shed = true) {
    const Drive drive = [&](const Target& target, const std::vector<std::string>& calls) {
      return OpenLoop(target, calls, rate);
    };
    return OpenBy(drive, name, rate, connections, seconds, may_shed);
  }

  // While as many calls as in it come from strangers, at another address. What they cost both sides
  // is in its figures.
  absl::Status BesideStrangers(const std::string& name, double rate, double seconds) {
    const Drive drive = [&](const Target& target,
                            const std::vector<std::string>& calls) -> absl::StatusOr<LoadResult> {
      Target from_outside = target;
      from_outside.from = "127.0.0.2";
      from_outside.certificates = {};
      const std::vector<std::string> nothing(calls.size());
      absl::StatusOr<LoadResult> strangers = absl::UnknownError("not run");
      std::thread outside([&] { strangers = OpenLoop(from_outside, nothing, rate); });
      absl::StatusOr<LoadResult> result = OpenLoop(target, calls, rate);
      outside.join();
      MAYFLY_RETURN_IF_ERROR(strangers.status());
      if (strangers->ok() > 0) return Internal("a stranger was answered");
      std::cerr << fmt::format("  strangers: {} calls, {} of them not looked at\n", calls.size(),
                               strangers->turned_away());
      return result;
    };
    return OpenBy(drive, name, rate, kConnections, seconds, /*may_shed=*/true);
  }

  absl::Status OpenBy(const Drive& drive, const std::string& name, double rate, int connections,
                      double seconds, bool may_shed) {
    if (options_.quick) seconds /= 100;
    const auto count = std::max<size_t>(20, static_cast<size_t>(rate * seconds));
    MAYFLY_ASSIGN_OR_RETURN(Phase phase,
                            RunPhase("open loop, " + name, count, connections, drive, may_shed));
    report_.phases.push_back(std::move(phase));
    return absl::OkStatus();
  }

  absl::Status OneShots(const std::string& name, bool resume) {
    const Drive drive = [&](const Target& target,
                            const std::vector<std::string>& calls) -> absl::StatusOr<LoadResult> {
      absl::StatusOr<LoadResult> result = OneShot(target, calls, resume);
      if (resume && result.ok() && result->resumed + 1 < calls.size()) {
        return Internal(fmt::format("{} of {} handshakes resumed", result->resumed, calls.size()));
      }
      return result;
    };
    MAYFLY_ASSIGN_OR_RETURN(Phase phase, RunPhase(name, Count(1000), 1, drive));
    report_.phases.push_back(std::move(phase));
    return absl::OkStatus();
  }

  void WeighMemory() {
    report_.rss_mib = ca_->ResidentMib();
    report_.anonymous_mib = ca_->AnonymousMib();
  }

  absl::Status RunPhases() {
    const auto warm = [](const Target& target, const std::vector<std::string>& calls) {
      return ClosedLoop(target, calls, 16);
    };
    MAYFLY_RETURN_IF_ERROR(RunPhase("warming up", Count(3000), kConnections, warm).status());
    if (options_.in_flight > 0 || options_.rate > 0) return RunAskedFor();
    MAYFLY_RETURN_IF_ERROR(Closed(1, Count(4000)));
    MAYFLY_RETURN_IF_ERROR(Closed(16, Count(25000)));
    MAYFLY_RETURN_IF_ERROR(Closed(64, Count(kChunk)));
    WeighMemory();
    const double best = report_.phases.back().certificates_per_second;
    MAYFLY_RETURN_IF_ERROR(
        Open("half", best / 2, kConnections, /*seconds=*/10, /*may_shed=*/false));
    MAYFLY_RETURN_IF_ERROR(BesideStrangers("half, beside strangers", best / 2, /*seconds=*/10));
    MAYFLY_RETURN_IF_ERROR(Open("80 %", best * 0.8, kConnections, /*seconds=*/10));
    // Long enough for what lasts: a second beyond the maximum is but a burst.
    MAYFLY_RETURN_IF_ERROR(Open("twice", best * 2, kManyConnections, /*seconds=*/20));
    MAYFLY_RETURN_IF_ERROR(OneShots("new connection each", /*resume=*/false));
    MAYFLY_RETURN_IF_ERROR(OneShots("the same, resumed", /*resume=*/true));
    return RunUntil(options_.certificates);
  }

  absl::Status RunAskedFor() {
    if (options_.in_flight > 0) {
      MAYFLY_RETURN_IF_ERROR(Closed(options_.in_flight, Count(kChunk)));
      WeighMemory();
    }
    if (options_.rate > 0) {
      MAYFLY_RETURN_IF_ERROR(Open(fmt::format("{} a second", options_.rate), options_.rate,
                                  kManyConnections, /*seconds=*/20));
      WeighMemory();
    }
    return RunUntil(options_.certificates);
  }

  // The last of very many costs what the first did.
  absl::Status RunUntil(size_t certificates) {
    while (checks_->checked() < certificates) {
      const Drive drive = [](const Target& target, const std::vector<std::string>& calls) {
        return ClosedLoop(target, calls, 64);
      };
      MAYFLY_ASSIGN_OR_RETURN(Phase phase, RunPhase("64, of many", kChunk, kConnections, drive));
      phase.name = fmt::format("64, up to {}", checks_->checked());
      report_.phases.push_back(std::move(phase));
      WeighMemory();
    }
    return absl::OkStatus();
  }

  const Options options_;
  SystemRandom random_;
  CallMaker maker_;
  std::unique_ptr<CaUnderTest> ca_;
  std::unique_ptr<CertificateChecks> checks_;
  IssueReport report_;
};

int Main(int argc, char** argv) {
  Options options;
  // A number, all of it, and a positive one.
  const auto read = [](std::string_view text, auto* number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
    return error == std::errc() && end == text.data() + text.size() && *number > 0;
  };
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const bool more = i + 1 < argc;
    bool known = true;
    if (argument == "--quick") {
      options.quick = true;
    } else if (argument == "--callers" && more) {
      const std::string_view callers = argv[++i];
      known = callers == "people" || callers == "workloads";
      options.callers = callers == "workloads" ? Callers::kWorkloads : Callers::kPeople;
    } else if (argument == "--json" && more) {
      options.json = argv[++i];
    } else if (argument == "--certificates" && more) {
      known = read(argv[++i], &options.certificates);
    } else if (argument == "--in-flight" && more) {
      known = read(argv[++i], &options.in_flight);
    } else if (argument == "--rate" && more) {
      known = read(argv[++i], &options.rate);
    } else if (argument == "--history" && more) {
      known = read(argv[++i], &options.history);
    } else {
      known = false;
    }
    if (!known) {
      std::cerr << fmt::format(
          "bench_issue: '{}' is not understood, or lacks what follows it\n"
          "usage: bench_issue [--quick] [--callers people|workloads] [--history N]\n"
          "                   [--certificates N] [--in-flight N] [--rate N] [--json FILE]\n"
          "N is a positive number\n",
          argv[i]);
      return 2;
    }
  }
  const std::string programs = std::filesystem::canonical("/proc/self/exe").parent_path().string();
  const absl::Status status = IssueBench(options).Run(programs);
  if (status.ok()) return 0;
  std::cerr << "bench: " << Message(status) << "\n";
  return 1;
}

}  // namespace
}  // namespace mayfly::bench

int main(int argc, char** argv) { return mayfly::bench::Main(argc, argv); }
