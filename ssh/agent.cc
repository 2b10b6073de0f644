#include "ssh/agent.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/secret_bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "ssh/agent_exchange.h"
#include "ssh/secret_writer.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

// RFC 9987 section 7.1 and 7.2.
constexpr uint8_t kFailure = 5;
constexpr uint8_t kSuccess = 6;
constexpr uint8_t kRequestIdentities = 11;
constexpr uint8_t kIdentitiesAnswer = 12;
constexpr uint8_t kSignRequest = 13;
constexpr uint8_t kSignResponse = 14;
constexpr uint8_t kAddIdentity = 17;
constexpr uint8_t kRemoveIdentity = 18;
constexpr uint8_t kAddIdentityConstrained = 25;
constexpr uint8_t kExtension = 27;
constexpr uint32_t kSignRsaSha512 = 4;

// As OpenSSH's MAX_AGENT_IDENTITIES.
constexpr uint32_t kMaxIdentities = 2048;

// The body of an answer of type `expected`; `refused` when the agent answered with failure.
absl::StatusOr<BytesView> ExpectAnswer(BytesView answer, uint8_t expected,
                                       const absl::Status& refused) {
  const uint8_t type = answer.front();  // ExchangeWithAgent returns no empty answer.
  if (type == kFailure) return refused;
  if (type != expected) {
    return InvalidArgument(
        fmt::format("ssh-agent answered with message {}; expected {}", type, expected));
  }
  return answer.subspan(1);
}

absl::Status ExpectSuccess(const absl::StatusOr<Bytes>& answer, const absl::Status& refused) {
  if (!answer.ok()) return answer.status();
  MAYFLY_ASSIGN_OR_RETURN(const BytesView body, ExpectAnswer(*answer, kSuccess, refused));
  return Annotate(Reader(body).ExpectEnd(), "the answer of ssh-agent");
}

// How many strings of a private section, its type name among them, a certificate says already, so
// that the agent expects only what comes after them. (An ed25519 key repeats its public part.)
int PublicFieldCount(KeyType type) {
  switch (type) {
    case KeyType::kEd25519:
      return 1;  // The type name.
    case KeyType::kEcdsaP256:
    case KeyType::kEcdsaP384:
    case KeyType::kEcdsaP521:
      return 3;  // And the curve's name, the point.
    case KeyType::kRsa:
      return 3;  // And n, e.
    case KeyType::kSkEd25519:
    case KeyType::kSkEcdsaP256:
    case KeyType::kMldsa44Ed25519:
      break;  // No PrivateKey is of these types.
  }
  MAYFLY_CHECK(false);
}

absl::StatusOr<BytesView> PrivateFields(BytesView section, KeyType type) {
  Reader reader(section);
  for (int i = 0; i < PublicFieldCount(type); ++i) {
    MAYFLY_RETURN_IF_ERROR(Annotate(reader.ReadString().status(), "private section"));
  }
  return reader.rest();
}

// The request goes from locked memory straight to the socket.
SecretBytes Join(BytesView head, BytesView secret, BytesView tail) {
  SecretWriter writer(head.size() + secret.size() + tail.size());
  return writer.Raw(head).Raw(secret).Raw(tail).Take();
}

// What follows the key in a request to add it.
absl::StatusOr<Bytes> CommentAndConstraints(std::string_view comment,
                                            const AgentConstraints& constraints) {
  if (comment.find('\0') != std::string_view::npos) {
    return InvalidArgument("the comment of a key for ssh-agent holds a NUL byte");
  }
  MAYFLY_RETURN_IF_ERROR(constraints.Check());
  return Writer().String(comment).Raw(constraints.Encode()).Take();
}

absl::StatusOr<sockaddr_un> SocketAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path) || path.find('\0') != std::string::npos) {
    return InvalidArgument(fmt::format("'{}' cannot be the path of a socket: at most {} bytes",
                                       EscapeForTerminal(path.substr(0, 128)),
                                       sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

}  // namespace

absl::StatusOr<std::vector<AgentIdentity>> ParseIdentitiesAnswer(BytesView body) {
  Reader reader(body);
  MAYFLY_ASSIGN_OR_RETURN(const uint32_t count, Annotate(reader.ReadUint32(), "number of keys"));
  if (count > kMaxIdentities) {
    return InvalidArgument(
        fmt::format("ssh-agent claims to hold {} keys; at most {}", count, kMaxIdentities));
  }
  std::vector<AgentIdentity> identities;
  for (uint32_t i = 0; i < count; ++i) {
    const std::string noun = fmt::format("key {} of {} in ssh-agent", i + 1, count);
    MAYFLY_ASSIGN_OR_RETURN(const BytesView blob, Annotate(reader.ReadString(), noun));
    MAYFLY_ASSIGN_OR_RETURN(const BytesView comment, Annotate(reader.ReadString(), noun));
    identities.push_back(AgentIdentity{.blob = ToBytes(blob), .comment = ToText(comment)});
  }
  MAYFLY_RETURN_IF_ERROR(Annotate(reader.ExpectEnd(), "the keys in ssh-agent"));
  return identities;
}

absl::StatusOr<Agent> Agent::Connect(const std::string& socket_path, absl::Duration timeout) {
  if (socket_path.empty()) {
    return NotFound("no ssh-agent is known; start one with: eval \"$(ssh-agent)\"");
  }
  MAYFLY_ASSIGN_OR_RETURN(const sockaddr_un address, SocketAddress(socket_path));
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return ErrnoStatus(errno, "making a socket for ssh-agent");
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    const std::string path = EscapeForTerminal(socket_path);
    if (error == ENOENT || error == ENOTDIR || error == ECONNREFUSED || error == EAGAIN) {
      return Unavailable(
          fmt::format("no ssh-agent answers at '{}' ({}); start one with: eval \"$(ssh-agent)\"",
                      path, std::strerror(error)));
    }
    return ErrnoStatus(error, fmt::format("connecting to ssh-agent at '{}'", path));
  }
  return Agent(std::move(socket), timeout);
}

absl::StatusOr<Agent> Agent::ConnectFromEnvironment() {
  const char* path = std::getenv("SSH_AUTH_SOCK");
  return Connect(path == nullptr ? "" : path);
}

absl::StatusOr<Bytes> Agent::Call(BytesView request) {
  if (!socket_) return Unavailable("the connection to ssh-agent has ended; connect again");
  if (request.size() > kMaxAgentMessage) {
    return InvalidArgument(
        fmt::format("a message of {} bytes is too large for ssh-agent; at most {}", request.size(),
                    kMaxAgentMessage));
  }
  absl::StatusOr<Bytes> answer = ExchangeWithAgent(socket_.get(), request, timeout_);
  // An answer that comes late, or bytes beyond a bad length, must not pass for the next answer.
  if (!answer.ok()) socket_ = FileDescriptor();
  return answer;
}

absl::StatusOr<std::vector<AgentIdentity>> Agent::List() {
  MAYFLY_ASSIGN_OR_RETURN(const Bytes answer, Call(Writer().Byte(kRequestIdentities).bytes()));
  MAYFLY_ASSIGN_OR_RETURN(const BytesView body,
                          ExpectAnswer(answer, kIdentitiesAnswer,
                                       FailedPrecondition("ssh-agent refused to list its keys")));
  return ParseIdentitiesAnswer(body);
}

absl::Status Agent::AddCertificate(const PrivateKey& key, const Certificate& certificate,
                                   std::string_view comment, const AgentConstraints& constraints) {
  const PublicKey& certified = certificate.body.key;
  if (certified != key.public_key()) {
    return InvalidArgument(fmt::format("the certificate is for key {}, not for {}",
                                       certified.Fingerprint().text,
                                       key.public_key().Fingerprint().text));
  }
  const Bytes head = Writer()
                         .Byte(constraints.empty() ? kAddIdentity : kAddIdentityConstrained)
                         .String(CertificateTypeName(certified.type()))
                         .String(certificate.Encode())
                         .Take();
  MAYFLY_ASSIGN_OR_RETURN(const Bytes tail, CommentAndConstraints(comment, constraints));
  const absl::StatusOr<SecretBytes> request =
      key.private_section().Expose([&](BytesView section) -> absl::StatusOr<SecretBytes> {
        MAYFLY_ASSIGN_OR_RETURN(const BytesView fields, PrivateFields(section, certified.type()));
        return Join(head, fields, tail);
      });
  if (!request.ok()) return request.status();
  MAYFLY_RETURN_IF_ERROR(ExpectSuccess(
      request->Expose([&](BytesView bytes) { return Call(bytes); }),
      FailedPrecondition("ssh-agent refused the certificate: it may be locked (ssh-add -X), or be "
                         "one that takes no certificates; OpenSSH's own does")));
  // An agent that was forwarded to us lists no key that may not be used from here.
  if (!constraints.destinations.empty()) return absl::OkStatus();
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<AgentIdentity> held, List());
  const Bytes blob = certificate.Encode();
  if (std::ranges::any_of(held, [&](const AgentIdentity& one) { return one.blob == blob; })) {
    return absl::OkStatus();
  }
  return FailedPrecondition(
      "ssh-agent said that it took the certificate, but it does not list it: it is one that takes "
      "no certificates; OpenSSH's own does");
}

absl::Status Agent::AddKey(const PrivateKey& key, std::string_view comment,
                           const AgentConstraints& constraints) {
  const Bytes head = {constraints.empty() ? kAddIdentity : kAddIdentityConstrained};
  MAYFLY_ASSIGN_OR_RETURN(const Bytes tail, CommentAndConstraints(comment, constraints));
  const SecretBytes request =
      key.private_section().Expose([&](BytesView section) { return Join(head, section, tail); });
  return ExpectSuccess(
      request.Expose([&](BytesView bytes) { return Call(bytes); }),
      FailedPrecondition("ssh-agent refused the key: it may be locked (ssh-add -X)"));
}

absl::StatusOr<Signature> Agent::Sign(const PublicKey& key, BytesView message) {
  const bool rsa = key.type() == KeyType::kRsa;
  Writer request;
  request.Byte(kSignRequest).String(key.blob()).String(message).Uint32(rsa ? kSignRsaSha512 : 0);
  MAYFLY_ASSIGN_OR_RETURN(const Bytes answer, Call(request.bytes()));
  MAYFLY_ASSIGN_OR_RETURN(
      const BytesView body,
      ExpectAnswer(answer, kSignResponse,
                   FailedPrecondition(fmt::format(
                       "ssh-agent refused to sign with {}: it does not hold that key (see "
                       "ssh-add -l), is locked, or its user said no",
                       key.Fingerprint().text))));
  Reader reader(body);
  MAYFLY_ASSIGN_OR_RETURN(const BytesView encoded,
                          Annotate(reader.ReadString(), "the signature of ssh-agent"));
  MAYFLY_RETURN_IF_ERROR(Annotate(reader.ExpectEnd(), "the signature of ssh-agent"));
  MAYFLY_ASSIGN_OR_RETURN(Signature signature,
                          Annotate(Signature::Parse(encoded), "the signature of ssh-agent"));
  // Old and odd agents ignore the flag and sign RSA with SHA-1, which no verifier of ours takes.
  const std::string_view wanted = rsa ? "rsa-sha2-512" : KeyTypeName(key.type());
  if (signature.algorithm != wanted) {
    return FailedPrecondition(fmt::format("ssh-agent signed with '{}' where {} was asked for",
                                          EscapeForTerminal(signature.algorithm), wanted));
  }
  return signature;
}

absl::Status Agent::Bind(const SessionBind& session) {
  return ExpectSuccess(Call(Writer()
                                .Byte(kExtension)
                                .String("session-bind@openssh.com")
                                .Raw(session.Encode())
                                .bytes()),
                       FailedPrecondition("ssh-agent refused to bind the connection to a session"));
}

absl::Status Agent::Remove(BytesView blob) {
  return ExpectSuccess(Call(Writer().Byte(kRemoveIdentity).String(blob).bytes()),
                       NotFound("ssh-agent does not hold that key"));
}

}  // namespace mayfly::ssh
