#include "tests/fault/load.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace mayfly {

Load::Load(const MayflydWorld& world, int clients)
    : Load(world, clients, {v1::CREDENTIAL_KIND_SSH_KEY, &world.alice}) {}

Load::Load(const MayflydWorld& world, int clients, const Speaker& speaker)
    : world_(world), speaker_(speaker) {
  for (int i = 0; i < clients; ++i) threads_.emplace_back([this] { Ask(); });
}

void Load::Stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Load::Ask() {
  const std::shared_ptr<grpc::Channel> channel = world_.Connect();
  while (!stopping_) {
    const absl::Time start = absl::Now();
    const Answer answer = world_.IssueUser(channel, speaker_, MayflydWorld::NewKey());
    if (!answer.ok()) {
      {
        MutexLock lock(mutex_);
        ++failures_[CodeName(answer.code)];
      }
      absl::SleepFor(absl::Milliseconds(2));
      continue;
    }
    struct stat trace = {};
    if (stat(world_.Path("trace").c_str(), &trace) != 0) trace.st_size = 0;
    absl::StatusOr<ssh::Certificate> certificate = ssh::Certificate::Parse(
        AsBytes(answer.As<v1::IssueUserResponse>().certificate().certificate()));
    EXPECT_TRUE(certificate.ok()) << certificate.status();
    if (!certificate.ok()) continue;
    ++issued_;
    MutexLock lock(mutex_);
    times_.push_back(absl::Now() - start);
    trace_sizes_[certificate->body.serial.value] = static_cast<uint64_t>(trace.st_size);
    held_.push_back(*std::move(certificate));
  }
}

std::map<std::string, int> Load::failures() const {
  MutexLock lock(mutex_);
  return failures_;
}

std::vector<ssh::Certificate> Load::held() const {
  MutexLock lock(mutex_);
  return held_;
}

std::map<uint64_t, uint64_t> Load::trace_sizes() const {
  MutexLock lock(mutex_);
  return trace_sizes_;
}

absl::Duration Load::median() const {
  MutexLock lock(mutex_);
  std::vector<absl::Duration> times = times_;
  if (times.empty()) return absl::InfiniteDuration();
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

void ExpectRecorded(const std::vector<ssh::Certificate>& held,
                    const std::map<uint64_t, std::string>& recorded) {
  std::set<uint64_t> serials;
  std::set<Bytes> nonces;
  for (const ssh::Certificate& certificate : held) {
    const uint64_t serial = certificate.body.serial.value;
    EXPECT_TRUE(serials.insert(serial).second) << "serial " << serial << " was given out twice";
    EXPECT_TRUE(nonces.insert(certificate.body.nonce).second) << "a nonce was used twice";
    const auto found = recorded.find(serial);
    if (found == recorded.end()) {
      ADD_FAILURE() << "a client holds serial " << serial << ", which the ledger does not know";
      continue;
    }
    EXPECT_EQ(found->second, certificate.body.key.Fingerprint().text) << "serial " << serial;
  }
}

}  // namespace mayfly
