// gRPC calls over HTTP/2 and TLS 1.3, by as little code as they take: the load generator shares the
// machine with the daemon, and whatever it burns would be missing there.
#ifndef MAYFLY_TESTS_BENCH_H2_CONNECTION_H_
#define MAYFLY_TESTS_BENCH_H2_CONNECTION_H_

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "base/file.h"
#include "tests/ca/authn/test_certificates.h"

namespace mayfly::bench {

// What the connections of one client share: how they speak TLS and, when told to, the last session,
// so that the next connection resumes it. Whoever answers is taken: the certificates that it issues
// are verified afterwards, by the CA's key.
class TlsClient {
 public:
  explicit TlsClient(bool resume);
  ~TlsClient();
  // `certificate`, null for none, is the client's.
  SSL* NewConnection(const authn::TestCertificate* certificate);

 private:
  static int Remember(SSL* connection, SSL_SESSION* session);
  SSL_CTX* const context_;
  const bool resume_;
  SSL_SESSION* session_ = nullptr;
};

// How a call ended. `message` is the response as serialised, empty unless status is 0.
struct Answer {
  uint64_t tag = 0;
  int status = -1;  // grpc-status; -1: the stream or connection broke.
  std::string message;
};

class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual void Take(Answer answer) = 0;
};

// One connection. Not thread-safe.
class H2Connection {
 public:
  // Connects from `from`, an address of the loopback, to 127.0.0.1:`port` and shakes hands; blocks.
  // `certificate`, null for none, is the client's. `tls` and `sink` outlive the connection.
  static absl::StatusOr<std::unique_ptr<H2Connection>> Connect(
      TlsClient& tls, const authn::TestCertificate* certificate, const char* from, int port,
      AnswerSink& sink);
  ~H2Connection();
  H2Connection(const H2Connection&) = delete;
  H2Connection& operator=(const H2Connection&) = delete;

  int fd() const { return socket_.get(); }
  int in_flight() const { return in_flight_; }
  bool resumed() const { return SSL_session_reused(tls_) != 0; }
  // Queues a call of `path` (a literal). `message` outlives it; `tag` comes back with its answer.
  void Submit(std::string_view path, std::string_view message, uint64_t tag);
  // Sends what is queued, and takes what has arrived. Never blocks. False when the connection is
  // gone; its calls were then answered with status -1.
  bool Work();
  // Whether a call was submitted since the last Work.
  bool pending() const { return pending_; }

 private:
  struct Stream {
    uint64_t tag = 0;
    std::string_view message;
    size_t sent = 0;  // Of the five bytes of gRPC's prefix and the message.
    int status = -1;
    std::string answer;
  };
  H2Connection(FileDescriptor socket, SSL* tls, AnswerSink& sink);
  bool Send();
  bool Receive();
  Stream* Find(int32_t id);
  void SetCallbacks(nghttp2_session_callbacks* callbacks);
  static ssize_t ReadRequest(nghttp2_session*, int32_t id, uint8_t* to, size_t size,
                             uint32_t* flags, nghttp2_data_source* source, void* self);

  FileDescriptor socket_;
  SSL* const tls_;
  AnswerSink& sink_;
  nghttp2_session* session_ = nullptr;
  std::unordered_map<int32_t, Stream> streams_;
  std::string out_;  // Framed and not yet written, from sent_ on.
  size_t sent_ = 0;
  int in_flight_ = 0;
  bool pending_ = true;  // At first the settings.
};

}  // namespace mayfly::bench

#endif  // MAYFLY_TESTS_BENCH_H2_CONNECTION_H_
