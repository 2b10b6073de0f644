#include "tests/bench/load.h"

#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <random>
#include <utility>

#include "base/status.h"
#include "tests/bench/h2_connection.h"

namespace mayfly::bench {
namespace {

using Clock = std::chrono::steady_clock;

double Milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

double CpuSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Collects answers; knows when each call began.
class Collector final : public AnswerSink {
 public:
  explicit Collector(size_t calls) : begun_(calls) { result_.answers.resize(calls); }

  void Begin(size_t call, Clock::time_point when) { begun_[call] = when; }
  void Take(Answer answer) override {
    ++answered_;
    ++result_.statuses[answer.status];
    if (answer.status != 0) return;
    result_.latencies_ms.push_back(Milliseconds(Clock::now() - begun_[answer.tag]));
    result_.answers[answer.tag] = std::move(answer.message);
  }
  size_t answered() const { return answered_; }

  LoadResult Finish(Clock::time_point start, double cpu_before) {
    result_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    result_.generator_cpu_seconds = CpuSeconds() - cpu_before;
    std::ranges::sort(result_.latencies_ms);
    return std::move(result_);
  }
  LoadResult& result() { return result_; }

 private:
  std::vector<Clock::time_point> begun_;
  size_t answered_ = 0;
  LoadResult result_;
};

// The warm connections of one run, watched together.
class Connections {
 public:
  static absl::StatusOr<std::unique_ptr<Connections>> Open(const Target& target, int count,
                                                           AnswerSink& sink) {
    auto all = std::make_unique<Connections>();
    for (int i = 0; i < count; ++i) {
      MAYFLY_ASSIGN_OR_RETURN(
          auto connection,
          H2Connection::Connect(all->tls_, target.Certificate(static_cast<size_t>(i)), target.from,
                                target.port, sink));
      epoll_event event = {};
      event.events = EPOLLIN | EPOLLOUT | EPOLLET;
      event.data.ptr = connection.get();
      epoll_ctl(all->epoll_.get(), EPOLL_CTL_ADD, connection->fd(), &event);
      all->all_.push_back(std::move(connection));
    }
    return all;
  }

  // The connection with the fewest calls; ties go round, so that they share.
  H2Connection& Least() {
    next_ = (next_ + 1) % all_.size();
    H2Connection* least = all_[next_].get();
    for (const auto& one : all_) {
      if (one->in_flight() < least->in_flight()) least = one.get();
    }
    return *least;
  }
  // Sends what was submitted.
  bool Flush() {
    return std::ranges::all_of(all_,
                               [](const auto& one) { return !one->pending() || one->Work(); });
  }
  // Waits for the sockets, at most until `until`, and works on those that are ready.
  bool Wait(Clock::time_point until) {
    const auto left = std::max(Clock::duration::zero(), until - Clock::now());
    const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
    const timespec timeout = {
        static_cast<time_t>(nanoseconds / 1'000'000'000),
        static_cast<decltype(timespec::tv_nsec)>(nanoseconds % 1'000'000'000)};
    std::array<epoll_event, 64> events;
    const int ready = epoll_pwait2(epoll_.get(), events.data(), events.size(), &timeout, nullptr);
    for (int i = 0; i < ready; ++i) {
      if (!static_cast<H2Connection*>(events[static_cast<size_t>(i)].data.ptr)->Work())
        return false;
    }
    return true;
  }

 private:
  TlsClient tls_{/*resume=*/false};
  FileDescriptor epoll_{epoll_create1(EPOLL_CLOEXEC)};
  std::vector<std::unique_ptr<H2Connection>> all_;
  size_t next_ = 0;
};

absl::Status Broken() { return Unavailable("the daemon closed a connection under load"); }

}  // namespace

size_t LoadResult::turned_away() const {
  const auto found = statuses.find(static_cast<int>(absl::StatusCode::kResourceExhausted));
  return found == statuses.end() ? 0 : found->second;
}

double LoadResult::PercentileMs(double fraction) const {
  if (latencies_ms.empty()) return 0;
  const auto rank = static_cast<size_t>(std::ceil(fraction * static_cast<double>(ok())));
  return latencies_ms[std::clamp<size_t>(rank, 1, ok()) - 1];
}

absl::StatusOr<LoadResult> ClosedLoop(const Target& target, const std::vector<std::string>& calls,
                                      int in_flight) {
  Collector collector(calls.size());
  MAYFLY_ASSIGN_OR_RETURN(
      const auto connections,
      Connections::Open(target, std::min(target.connections, in_flight), collector));
  const double cpu = CpuSeconds();
  const auto start = Clock::now();
  size_t submitted = 0;
  while (collector.answered() < calls.size()) {
    while (submitted < calls.size() &&
           submitted - collector.answered() < static_cast<size_t>(in_flight)) {
      collector.Begin(submitted, Clock::now());
      connections->Least().Submit(target.path, calls[submitted], submitted);
      ++submitted;
    }
    if (!connections->Flush()) return Broken();
    if (submitted - collector.answered() < static_cast<size_t>(in_flight) &&
        submitted < calls.size()) {
      continue;
    }
    if (!connections->Wait(Clock::now() + std::chrono::seconds(1))) return Broken();
  }
  return collector.Finish(start, cpu);
}

absl::StatusOr<LoadResult> OpenLoop(const Target& target, const std::vector<std::string>& calls,
                                    double rate) {
  Collector collector(calls.size());
  MAYFLY_ASSIGN_OR_RETURN(const auto connections,
                          Connections::Open(target, target.connections, collector));
  std::mt19937_64 random(42);  // The same arrivals every time.
  std::exponential_distribution<double> gap(rate);
  const double cpu = CpuSeconds();
  const auto start = Clock::now();
  std::chrono::duration<double> offset{0};
  size_t submitted = 0;
  while (collector.answered() < calls.size()) {
    const auto now = Clock::now();
    auto due = start + std::chrono::duration_cast<Clock::duration>(offset);
    while (submitted < calls.size() && due <= now) {
      collector.Begin(submitted, due);
      connections->Least().Submit(target.path, calls[submitted], submitted);
      ++submitted;
      offset += std::chrono::duration<double>(gap(random));
      due = start + std::chrono::duration_cast<Clock::duration>(offset);
    }
    if (!connections->Flush()) return Broken();
    const auto until = submitted < calls.size() ? due : Clock::now() + std::chrono::seconds(1);
    if (!connections->Wait(until)) return Broken();
  }
  return collector.Finish(start, cpu);
}

absl::StatusOr<LoadResult> OneShot(const Target& target, const std::vector<std::string>& calls,
                                   bool resume) {
  Collector collector(calls.size());
  TlsClient tls(resume);
  size_t resumed = 0;
  const double cpu = CpuSeconds();
  const auto start = Clock::now();
  for (size_t call = 0; call < calls.size(); ++call) {
    collector.Begin(call, Clock::now());
    MAYFLY_ASSIGN_OR_RETURN(const auto connection,
                            H2Connection::Connect(tls, target.Certificate(resume ? 0 : call),
                                                  target.from, target.port, collector));
    resumed += connection->resumed() ? 1 : 0;
    connection->Submit(target.path, calls[call], call);
    while (collector.answered() == call) {
      if (!connection->Work()) return Broken();
      pollfd ready = {connection->fd(), POLLIN, 0};
      if (collector.answered() == call) poll(&ready, 1, 1000);
    }
  }
  collector.result().resumed = resumed;
  return collector.Finish(start, cpu);
}

}  // namespace mayfly::bench
