// From a signed call to who is asking.
#ifndef MAYFLY_CA_AUTHN_CALL_VERIFIER_H_
#define MAYFLY_CA_AUTHN_CALL_VERIFIER_H_

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "ca/authn/authenticator.h"
#include "ca/authn/refusal.h"
#include "ca/authn/replay_cache.h"
#include "ca/model/identity.h"
#include "ca/model/request.h"
#include "ssh/public_key.h"

namespace mayfly::authn {

inline constexpr size_t kMaxDocumentSize = 64 << 10;  // A call of 8 host keys takes 5 KiB.
inline constexpr size_t kMaxSignatures = 8;           // One credential and seven kinds of key.
inline constexpr size_t kMaxBearerSize = 32 << 10;    // A token with some hundred groups.
inline constexpr size_t kMinNonceSize = 16;
inline constexpr size_t kMaxNonceSize = 32;

// Who is asking, and which keys signed the same document in the possession namespace: their holder
// had them at hand and wanted this very call. In the order of the signatures, no key twice; without
// those of a composite key where this machine's OpenSSL cannot verify them.
struct ProvenCall {
  model::Identity identity;
  std::vector<ssh::PublicKey> possessed;
};

// Thread-safe.
class CallVerifier {
 public:
  struct Options {
    std::string ca_id;                          // "SHA256:…", the audience of every call.
    absl::Duration max_age = absl::Minutes(2);  // In both directions: clocks differ.
    // 17,000 calls a second while they are fresh, for at most four minutes; 50 MB then.
    size_t max_remembered = 1 << 22;
  };
  // `clock` outlives the verifier.
  CallVerifier(Options options, const Clock& clock,
               std::vector<std::unique_ptr<Authenticator>> authenticators);

  // Verifies one call, in this order: sizes, method, audience, freshness, replay, signatures, one
  // credential, authenticator. `header` is what the server read from call.document. On the local
  // socket `local_peer_uid` is the peer's, by the kernel's word. Takes 50 to 500 µs and what the
  // authenticator's state takes to read; with `may_wait` also some seconds for an identity
  // provider.
  //   MustWait            verify it again where `may_wait` is allowed; nothing was accepted
  //   kUnauthenticated    refused. The message is for the log alone, CauseOf(status) for counters;
  //                       ServerTimeOf(status) is set when the call was stale: tell the caller
  //   kResourceExhausted  too many calls are fresh; nothing was accepted
  //   any other code      state could not be read; the same call may be tried again
  absl::StatusOr<ProvenCall> Verify(const CallHeader& header, const model::Call& call,
                                    std::optional<uid_t> local_peer_uid,
                                    bool may_wait = false) const;

  // Whether any authenticator takes `key` as a person's credential: it must not be certified.
  bool IsCredentialKey(const ssh::PublicKey& key) const;

 private:
  struct Signers;
  absl::Status CheckAddressee(const CallHeader& header, const model::Call& call) const;
  absl::Status CheckFresh(const CallHeader& header, absl::Time now) const;
  static absl::Status RefuseReplay();
  static absl::StatusOr<Signers> VerifySignatures(const model::Call& call);
  // Null for a call that is proven without a key.
  static absl::StatusOr<const ssh::PublicKey*> OnlyCredential(const CallHeader& header,
                                                              const Signers& signers);
  absl::StatusOr<const Authenticator*> Choose(const CallHeader& header) const;
  absl::Status RememberNow(const Sha256Digest& digest, const CallHeader& header,
                           absl::Time now) const;

  const Options options_;
  const Clock& clock_;
  const std::vector<std::unique_ptr<Authenticator>> authenticators_;
  mutable ReplayCache replays_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_CALL_VERIFIER_H_
