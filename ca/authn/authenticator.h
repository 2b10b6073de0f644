#ifndef MAYFLY_CA_AUTHN_AUTHENTICATOR_H_
#define MAYFLY_CA_AUTHN_AUTHENTICATOR_H_

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/network.h"
#include "ca/model/fact.h"
#include "ca/model/identity.h"
#include "ssh/public_key.h"

namespace mayfly::authn {

// The client certificate of the TLS connection, whose key the handshake proved; PEM.
struct TlsPeer {
  std::string certificate;  // Empty = none.
  std::string chain;        // What came with it.
};

// What the caller says in the signed document, as the server read it.
struct CallHeader {
  std::string method;    // CallDocument.method
  std::string audience;  // CallDocument.audience
  absl::Time issued_at;
  Bytes nonce;
  model::Proof credential = model::Proof::kSshKey;
  std::string authenticator;     // Empty = the first of that kind.
  bool clock_corrected = false;  // issued_at is by our clock: the client's was off.
  std::string hostname;          // EnrollHost.hostname; empty in every other call.
  Sha256Digest host_keys = {};   // model::HostKeysDigest of EnrollHost.all_keys.
  Bytes bearer_sha256;           // Of `bearer`; empty when there is none.
  Bytes bearer;                  // Beside the document: never recorded, never in a log.
  Bytes nonce_seed;              // StartSession.nonce_seed; empty in every other call.
  TlsPeer tls;                   // Of the connection; filled in for calls that are proven by it.
};

// What an authenticator may know beside the credential.
struct AuthenticationContext {
  const CallHeader& header;
  model::Fact<IpAddress> peer;          // Absent on the local socket.
  std::optional<uid_t> local_peer_uid;  // Only on the local socket, from the kernel.
  absl::Time now;
  std::span<const ssh::PublicKey> possessed = {};  // The keys that signed as possession.
  bool may_wait = false;  // Whether this thread may wait for a provider: see MustWait.
  uint8_t sk_flags = 0;   // Of the credential's signature, when a security key made it.
};

// One configured way to prove who is asking: a credential whose signature has been verified becomes
// an Identity. Thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  virtual const std::string& name() const = 0;   // As configured; policies name it.
  virtual const std::string& realm() const = 0;  // Of the subjects it proves.
  virtual model::Proof proof() const = 0;        // The kind of credential that it judges.

  // `credential` signed the call; it is null for a proof without a key, and only then. A bearer
  // credential is in context.header, and is the one that the document names.
  //   kUnauthenticated  not a credential; made by Refuse, so that it carries its cause
  //   MustWait          only where context.may_wait: somebody else must be asked first
  //   any other code    state that is needed could not be read: nothing is known of the caller
  virtual absl::StatusOr<model::Identity> Authenticate(
      const ssh::PublicKey* credential, const AuthenticationContext& context) const = 0;

  // Whether `key` is enrolled here as a person's credential. Such a key must never be certified:
  // behind a forwarded agent it would speak for its owner to every host that it opens.
  virtual bool IsCredentialKey(const ssh::PublicKey& key) const {
    static_cast<void>(key);
    return false;
  }
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_AUTHENTICATOR_H_
