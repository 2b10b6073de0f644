// Webhooks against a real HTTP server on loopback.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "base/mutex.h"
#include "base/text.h"
#include "ca/webhooks/sender.h"
#include "gmock/gmock.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::webhooks {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

SecretBytes Secret() { return SecretBytes::CopyOf(AsBytes("0123456789abcdef0123456789abcdef")); }

// Answers each request with the next status of its list, then with 204.
class HttpServer {
 public:
  explicit HttpServer(std::vector<int> statuses) : statuses_(std::move(statuses)) {
    listener_ = FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    MAYFLY_CHECK(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    MAYFLY_CHECK(listen(listener_.get(), 16) == 0);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~HttpServer() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook"; }
  std::vector<std::string> requests() {
    MutexLock lock(mutex_);
    return requests_;
  }
  bool WaitFor(size_t count) {
    for (int i = 0; i < 400 && requests().size() < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    return requests().size() >= count;
  }

 private:
  void Serve() {
    for (;;) {
      const FileDescriptor connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection) return;
      std::string text;
      size_t wanted = std::string::npos;
      while (text.size() < wanted) {
        char buffer[4096];
        const ssize_t got = recv(connection.get(), buffer, sizeof buffer, 0);
        if (got <= 0) break;
        text.append(buffer, static_cast<size_t>(got));
        const size_t end = text.find("\r\n\r\n");
        const size_t length = text.find("Content-Length: ");
        if (end != std::string::npos && length != std::string::npos) {
          wanted = end + 4 + static_cast<size_t>(std::stoi(text.substr(length + 16)));
        }
      }
      int status = 204;
      {
        MutexLock lock(mutex_);
        if (requests_.size() < statuses_.size()) status = statuses_[requests_.size()];
        requests_.push_back(text);
      }
      const std::string answer = "HTTP/1.1 " + std::to_string(status) +
                                 " x\r\nLocation: http://127.0.0.1:1/\r\n"
                                 "Content-Length: 0\r\nConnection: close\r\n\r\n";
      send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }

  const std::vector<int> statuses_;
  FileDescriptor listener_;
  int port_ = 0;
  Mutex mutex_;
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

Event AnEvent(int64_t id, const std::string& name) {
  Event event;
  event.id = id;
  event.name = name;
  event.time = absl::FromUnixSeconds(1772442000) + absl::Seconds(id);
  event.subject = "user:alice@people";
  event.details = {{"reason", "disk \"full\"\n"}};
  return event;
}

// A queue in memory.
struct MemoryQueue {
  std::vector<Event> events;
  std::atomic<int64_t> position = 0;

  Queue ToQueue() {
    Queue queue;
    queue.read = [this](int64_t after) -> absl::StatusOr<Batch> {
      Batch batch;
      batch.read_to = after;
      for (const Event& event : events) {
        if (event.id <= after) continue;
        batch.events.push_back(event);
        batch.read_to = event.id;
      }
      return batch;
    };
    queue.position = [this](const std::string&) -> absl::StatusOr<int64_t> {
      return position.load();
    };
    queue.advance = [this](const std::string&, int64_t to) {
      position = to;
      return absl::OkStatus();
    };
    return queue;
  }
};

SenderOptions Quick() {
  SenderOptions options;
  options.ca_name = "Test";
  options.ca_id = "SHA256:x";
  options.poll = absl::Milliseconds(10);
  options.first_retry = absl::Milliseconds(20);
  return options;
}

Endpoint EndpointAt(const std::string& url, std::set<std::string> events = {}) {
  Endpoint endpoint;
  endpoint.name = "chat";
  endpoint.url = url;
  endpoint.events = std::move(events);
  endpoint.secret = Secret();
  return endpoint;
}

class SenderTest : public ::testing::Test {
 protected:
  std::unique_ptr<Sender> Start(HttpServer& server, std::set<std::string> events = {}) {
    std::vector<Endpoint> endpoints;
    endpoints.push_back(EndpointAt(server.url(), std::move(events)));
    return std::make_unique<Sender>(Quick(), std::move(endpoints), queue_.ToQueue(), clock_, *log_);
  }
  bool ReachesPosition(int64_t position) {
    for (int i = 0; i < 400 && queue_.position != position; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    return queue_.position == position;
  }
  const SystemClock clock_{};  // clang wants it said.
  const std::unique_ptr<Log> log_ = MakeNullLog();
  MemoryQueue queue_;
};

TEST(Message, IsJsonAndSignedOverTimeAndBody) {
  const std::string body = BodyOf(AnEvent(7, "break-glass"), "Test", "SHA256:x");
  EXPECT_EQ(
      body,
      R"({"id":"7","event":"break-glass","time":"2026-03-02T09:00:07Z","ca":{"name":"Test",)"
      R"("id":"SHA256:x"},"subject":"user:alice@people","details":{"reason":"disk \"full\"\n"}})");
  // printf '1772442000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
  EXPECT_THAT(SignatureOf(Secret(), "{}", absl::FromUnixSeconds(1772442000)),
              ::testing::StartsWith("t=1772442000,v1="));
  EXPECT_NE(SignatureOf(Secret(), "{}", absl::FromUnixSeconds(1)),
            SignatureOf(Secret(), "{ }", absl::FromUnixSeconds(1)));
}

TEST_F(SenderTest, DeliversOnceWithASignatureThatVerifies) {
  HttpServer server({});
  queue_.events = {AnEvent(3, "request-waiting")};
  const auto sender = Start(server);
  ASSERT_TRUE(server.WaitFor(1));
  ASSERT_TRUE(ReachesPosition(3));
  const std::string request = server.requests().front();
  EXPECT_THAT(request, ::testing::StartsWith("POST /hook HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(request, HasSubstr("Mayfly-Event: request-waiting\r\n"));
  EXPECT_THAT(request, HasSubstr("Mayfly-Delivery: 3\r\n"));
  EXPECT_THAT(request, Not(HasSubstr("0123456789abcdef0123456789abcdef")));
  const std::string body = request.substr(request.find("\r\n\r\n") + 4);
  const size_t at = request.find("Mayfly-Signature: t=") + 20;
  const std::string time = request.substr(at, request.find(',', at) - at);
  const std::string signature = request.substr(request.find("v1=", at) + 3, 64);
  EXPECT_EQ(signature, HexEncode(HmacSha256(AsBytes("0123456789abcdef0123456789abcdef"),
                                            AsBytes(time + "." + body))));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(SenderTest, TriesAgainUntilItIsTakenAndKeepsTheOrder) {
  HttpServer server({500, 302, 404});
  queue_.events = {AnEvent(1, "policy-changed"), AnEvent(2, "break-glass")};
  const auto sender = Start(server);
  ASSERT_TRUE(server.WaitFor(5));
  ASSERT_TRUE(ReachesPosition(2));
  const std::vector<std::string> requests = server.requests();
  for (size_t i = 0; i < 4; ++i) EXPECT_THAT(requests[i], HasSubstr("Mayfly-Delivery: 1\r\n"));
  EXPECT_THAT(requests[4], HasSubstr("Mayfly-Delivery: 2\r\n"));
}

TEST_F(SenderTest, SendsOnlyWhatIsAskedFor) {
  HttpServer server({});
  queue_.events = {AnEvent(1, "policy-changed"), AnEvent(2, "denial"), AnEvent(3, "break-glass")};
  const auto sender = Start(server, {"break-glass"});
  ASSERT_TRUE(ReachesPosition(3));
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_THAT(server.requests().front(), HasSubstr("Mayfly-Delivery: 3\r\n"));
}

TEST_F(SenderTest, TellsABurstOfDenialsOnce) {
  HttpServer server({});
  for (int64_t id = 1; id <= 25; ++id) queue_.events.push_back(AnEvent(id, "denial"));
  const auto sender = Start(server);
  ASSERT_TRUE(ReachesPosition(25));
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_THAT(server.requests().front(), HasSubstr("\"event\":\"denial-burst\""));
  EXPECT_THAT(server.requests().front(), HasSubstr("\"count\":\"10\""));
}

TEST_F(SenderTest, EndsAtOnceWhileAReceiverIsAway) {
  queue_.events = {AnEvent(1, "break-glass")};
  std::string url;
  {
    HttpServer gone({});
    url = gone.url();
  }
  std::vector<Endpoint> endpoints;
  endpoints.push_back(EndpointAt(url));
  auto sender =
      std::make_unique<Sender>(Quick(), std::move(endpoints), queue_.ToQueue(), clock_, *log_);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const absl::Time before = absl::Now();
  sender.reset();
  EXPECT_LT(absl::Now() - before, absl::Seconds(3));
  EXPECT_EQ(queue_.position, 0);  // It is sent after the next start.
}

TEST(CheckUrl, TakesHttpsAndLoopbackOnly) {
  EXPECT_OK(CheckUrl("https://hooks.example.com/mayfly?x=1"));
  EXPECT_OK(CheckUrl("http://127.0.0.1:8080/"));
  EXPECT_OK(CheckUrl("http://[::1]:8080/"));
  for (const char* wrong :
       {"", "hooks.example.com", "http://hooks.example.com/", "http://127.0.0.1.example.com/",
        "ftp://127.0.0.1/", "file:///etc/passwd", "https://user:secret@example.com/",
        "https://exa mple.com/", "http://localhost/", "https://a.example/\n"}) {
    EXPECT_FALSE(CheckUrl(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace mayfly::webhooks
