// Tells other systems what happened, soon and at least once.
#ifndef MAYFLY_CA_WEBHOOKS_SENDER_H_
#define MAYFLY_CA_WEBHOOKS_SENDER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/secret_bytes.h"
#include "ca/webhooks/message.h"
#include "ca/webhooks/poster.h"

namespace mayfly::webhooks {

struct Endpoint {
  std::string name;  // Also of its place in the queue: keep it when the URL changes.
  std::string url;
  std::set<std::string> events;  // Names; empty = all.
  std::string roots_file;
  SecretBytes secret;
};

struct Batch {
  std::vector<Event> events;
  int64_t read_to = 0;
};

// Lent by ca/main; thread-safe. The queue is the ledger: events are in it before anybody asked for
// them to be sent, and each endpoint only remembers how far it has come.
struct Queue {
  // Events after `after`, oldest first. Those named "denial" count towards a burst.
  std::function<absl::StatusOr<Batch>(int64_t after)> read;
  // How far an endpoint has come; the newest event for one that is new.
  std::function<absl::StatusOr<int64_t>(const std::string& endpoint)> position;
  std::function<absl::Status(const std::string& endpoint, int64_t position)> advance;
};

struct SenderOptions {
  std::string ca_name;
  std::string ca_id;
  absl::Duration poll = absl::Seconds(1);
  absl::Duration first_retry = absl::Seconds(2);     // Then twice as long each time …
  absl::Duration longest_retry = absl::Minutes(10);  // … but no longer than this.
  absl::Duration give_up = absl::Hours(72);        // Then the event is passed over, with an alert.
  int burst = 10;                                  // Denials of one subject …
  absl::Duration burst_window = absl::Minutes(1);  // … in this time are told, …
  absl::Duration burst_pause = absl::Minutes(5);   // … once in this time.
};

// Turns many denials into one event. Not thread-safe.
class Bursts {
 public:
  explicit Bursts(const SenderOptions& options) : options_(options) {}
  // Whether `denial` completes a burst of its subject; then `*burst` is the event to send.
  bool Add(const Event& denial, Event* burst);

 private:
  struct Recent {
    std::deque<absl::Time> times;
    absl::Time told = absl::InfinitePast();
  };
  const SenderOptions options_;
  std::map<std::string, Recent> by_subject_;
};

// One thread an endpoint, so that a slow one holds up no other. Runs until destroyed; the
// destructor waits for what is under way to be cancelled.
class Sender {
 public:
  Sender(SenderOptions options, std::vector<Endpoint> endpoints, Queue queue, const Clock& clock,
         Log& log);
  ~Sender();

 private:
  void Run(const Endpoint& endpoint);
  // Sends until it is received, given up or we stop. False when we stop.
  bool Deliver(const Endpoint& endpoint, const Event& event);
  absl::Status SendOnce(const Endpoint& endpoint, const Event& event);
  bool Pause(absl::Duration duration);  // False when we stop.
  bool stopping() const;

  const SenderOptions options_;
  const std::vector<Endpoint> endpoints_;
  const Queue queue_;
  const Clock& clock_;
  Log& log_;
  const std::unique_ptr<Poster> poster_;
  mutable Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace mayfly::webhooks

#endif  // MAYFLY_CA_WEBHOOKS_SENDER_H_
