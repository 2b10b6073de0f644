#include "tests/bench/h2_connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/status.h"

namespace mayfly::bench {
namespace {

constexpr size_t kPrefix = 5;  // gRPC: not compressed, and the length.
constexpr int32_t kWindow = 4 << 20;
// One TLS record; a larger write would be cut into several anyway.
constexpr size_t kWriteSize = 16 << 10;

nghttp2_nv Header(std::string_view name, std::string_view value) {
  auto* n = const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(name.data()));
  auto* v = const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(value.data()));
  return {n, v, name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

}  // namespace

TlsClient::TlsClient(bool resume) : context_(SSL_CTX_new(TLS_client_method())), resume_(resume) {
  MAYFLY_CHECK(context_ != nullptr);
  SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
  SSL_CTX_set_app_data(context_, this);
  if (!resume) return;
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context_, Remember);
}

TlsClient::~TlsClient() {
  SSL_SESSION_free(session_);
  SSL_CTX_free(context_);
}

int TlsClient::Remember(SSL* connection, SSL_SESSION* session) {
  auto* self = static_cast<TlsClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
  SSL_SESSION_free(std::exchange(self->session_, session));
  return 1;  // Ours now.
}

SSL* TlsClient::NewConnection(const authn::TestCertificate* certificate) {
  SSL* connection = SSL_new(context_);
  MAYFLY_CHECK(connection != nullptr);
  if (certificate != nullptr) {
    MAYFLY_CHECK(SSL_use_certificate(connection, certificate->certificate.get()) == 1);
    MAYFLY_CHECK(SSL_use_PrivateKey(connection, certificate->key.get()) == 1);
  }
  static constexpr std::array<uint8_t, 3> kH2 = {2, 'h', '2'};
  SSL_set_alpn_protos(connection, kH2.data(), kH2.size());
  if (resume_ && session_ != nullptr) SSL_set_session(connection, session_);
  return connection;
}

absl::StatusOr<std::unique_ptr<H2Connection>> H2Connection::Connect(
    TlsClient& tls, const authn::TestCertificate* certificate, const char* from, int port,
    AnswerSink& sink) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  MAYFLY_CHECK(inet_pton(AF_INET, from, &address.sin_addr) == 1);
  if (!socket || bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return ErrnoStatus(errno, from);
  }
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address)) {
    return ErrnoStatus(errno, "connect");
  }
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  SSL* connection = tls.NewConnection(certificate);
  SSL_set_fd(connection, socket.get());
  if (SSL_connect(connection) != 1) {
    SSL_free(connection);
    ERR_clear_error();
    return Unavailable("the TLS handshake failed");
  }
  fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  return std::unique_ptr<H2Connection>(new H2Connection(std::move(socket), connection, sink));
}

H2Connection::H2Connection(FileDescriptor socket, SSL* tls, AnswerSink& sink)
    : socket_(std::move(socket)), tls_(tls), sink_(sink) {
  SSL_set_mode(tls_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  nghttp2_session_callbacks* callbacks = nullptr;
  MAYFLY_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
  SetCallbacks(callbacks);
  MAYFLY_CHECK(nghttp2_session_client_new(&session_, callbacks, this) == 0);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow},
                                             {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, 2);
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow);
}

H2Connection::~H2Connection() {
  nghttp2_session_del(session_);
  SSL_shutdown(tls_);
  SSL_free(tls_);
  ERR_clear_error();
}

void H2Connection::SetCallbacks(nghttp2_session_callbacks* callbacks) {
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks,
      [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
         const uint8_t* value, size_t value_size, uint8_t, void* self) {
        constexpr std::string_view kStatus = "grpc-status";
        if (std::string_view(reinterpret_cast<const char*>(name), name_size) != kStatus) return 0;
        Stream* stream = static_cast<H2Connection*>(self)->Find(frame->hd.stream_id);
        const auto* text = reinterpret_cast<const char*>(value);
        if (stream != nullptr) std::from_chars(text, text + value_size, stream->status);
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks,
      [](nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t size, void* self) {
        Stream* stream = static_cast<H2Connection*>(self)->Find(id);
        if (stream != nullptr) stream->answer.append(reinterpret_cast<const char*>(data), size);
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, [](nghttp2_session*, int32_t id, uint32_t, void* self) {
        auto* connection = static_cast<H2Connection*>(self);
        const auto found = connection->streams_.find(id);
        if (found == connection->streams_.end()) return 0;
        Stream stream = std::move(found->second);
        connection->streams_.erase(found);
        --connection->in_flight_;
        if (stream.answer.size() >= kPrefix) stream.answer.erase(0, kPrefix);
        connection->sink_.Take({stream.tag, stream.status, std::move(stream.answer)});
        return 0;
      });
}

H2Connection::Stream* H2Connection::Find(int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

ssize_t H2Connection::ReadRequest(nghttp2_session*, int32_t id, uint8_t* to, size_t size,
                                  uint32_t* flags, nghttp2_data_source*, void* self) {
  Stream* stream = static_cast<H2Connection*>(self)->Find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const auto length = static_cast<uint32_t>(stream->message.size());
  const std::array<uint8_t, kPrefix> prefix = {
      0, static_cast<uint8_t>(length >> 24), static_cast<uint8_t>(length >> 16),
      static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)};
  size_t written = 0;
  if (stream->sent < kPrefix) {
    written = std::min(size, kPrefix - stream->sent);
    std::memcpy(to, prefix.data() + stream->sent, written);
  }
  const size_t from = stream->sent + written - kPrefix;
  const size_t rest = std::min(size - written, stream->message.size() - from);
  std::memcpy(to + written, stream->message.data() + from, rest);
  stream->sent += written + rest;
  if (stream->sent == kPrefix + stream->message.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(written + rest);
}

void H2Connection::Submit(std::string_view path, std::string_view message, uint64_t tag) {
  const std::array<nghttp2_nv, 6> headers = {
      Header(":method", "POST"), Header(":scheme", "https"),
      Header(":path", path),     Header(":authority", "127.0.0.1"),
      Header("te", "trailers"),  Header("content-type", "application/grpc"),
  };
  nghttp2_data_provider provider = {};
  provider.read_callback = ReadRequest;
  const int32_t id =
      nghttp2_submit_request(session_, nullptr, headers.data(), headers.size(), &provider, nullptr);
  MAYFLY_CHECK(id > 0);
  Stream& stream = streams_[id];
  stream.tag = tag;
  stream.message = message;
  ++in_flight_;
  pending_ = true;
}

bool H2Connection::Work() {
  const bool alive = Receive();
  pending_ = false;  // Answers may have led to further calls, which Send takes along.
  if (alive && Send()) return true;
  std::unordered_map<int32_t, Stream> lost = std::exchange(streams_, {});
  in_flight_ = 0;
  for (auto& [id, stream] : lost) sink_.Take({stream.tag, -1, {}});
  return false;
}

bool H2Connection::Send() {
  const uint8_t* data = nullptr;
  for (;;) {
    while (out_.size() - sent_ < kWriteSize) {
      const ssize_t size = nghttp2_session_mem_send(session_, &data);
      if (size < 0) return false;
      if (size == 0) break;
      out_.append(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
    }
    if (sent_ == out_.size()) break;
    const int wrote = SSL_write(tls_, out_.data() + sent_,
                                static_cast<int>(std::min(out_.size() - sent_, kWriteSize)));
    if (wrote <= 0) return SSL_get_error(tls_, wrote) == SSL_ERROR_WANT_WRITE;
    sent_ += static_cast<size_t>(wrote);
    if (sent_ < out_.size()) continue;
    out_.clear();
    sent_ = 0;
  }
  return true;
}

bool H2Connection::Receive() {
  std::array<uint8_t, kWriteSize> buffer;
  for (;;) {
    const int size = SSL_read(tls_, buffer.data(), buffer.size());
    if (size <= 0) {
      const int error = SSL_get_error(tls_, size);
      ERR_clear_error();
      return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    }
    if (nghttp2_session_mem_recv(session_, buffer.data(), static_cast<size_t>(size)) != size) {
      return false;
    }
  }
}

}  // namespace mayfly::bench
