#include "ca/authn/call_verifier.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/authn/namespaces.h"
#include "fmt/format.h"
#include "ssh/sshsig.h"

namespace mayfly::authn {
namespace {

// Untrusted text in a log line: whole where it is short, and never more.
std::string Quote(std::string_view text) {
  constexpr size_t kMaxQuoted = 100;
  const bool cut = text.size() > kMaxQuoted;
  return fmt::format("'{}{}'", EscapeForTerminal(text.substr(0, kMaxQuoted)), cut ? "…" : "");
}

absl::Status CheckSizes(const CallHeader& header, const model::Call& call) {
  const auto refuse = [](std::string_view what) { return Refuse(cause::kMalformed, what); };
  if (call.document.empty()) return refuse("the document is empty");
  if (call.document.size() > kMaxDocumentSize) {
    return refuse(fmt::format("the document has {} bytes; at most {} are allowed",
                              call.document.size(), kMaxDocumentSize));
  }
  if (header.nonce.size() < kMinNonceSize || header.nonce.size() > kMaxNonceSize) {
    return refuse(fmt::format("the nonce has {} bytes; expected {} to {}", header.nonce.size(),
                              kMinNonceSize, kMaxNonceSize));
  }
  if (call.signatures.size() > kMaxSignatures) {
    return refuse(fmt::format("{} signatures; at most {} are allowed", call.signatures.size(),
                              kMaxSignatures));
  }
  if (header.bearer.size() > kMaxBearerSize) {
    return refuse(fmt::format("the bearer credential has {} bytes; at most {} are allowed",
                              header.bearer.size(), kMaxBearerSize));
  }
  for (const Bytes& signature : call.signatures) {
    if (signature.size() > ssh::kMaxSshsigSize) {
      return refuse(fmt::format("a signature has {} bytes; at most {} are allowed",
                                signature.size(), ssh::kMaxSshsigSize));
    }
  }
  return absl::OkStatus();
}

// A bearer credential is good for the document that names it, and for no other.
absl::Status CheckBearer(const CallHeader& header) {
  if (!model::IsByBearer(header.credential)) {
    if (header.bearer.empty() && header.bearer_sha256.empty()) return absl::OkStatus();
    return Refuse(cause::kMalformed,
                  fmt::format("a credential of the kind {} comes without a bearer credential",
                              model::ProofName(header.credential)));
  }
  if (header.bearer.empty()) {
    return Refuse(cause::kNoCredential, fmt::format("no bearer credential for the kind {}",
                                                    model::ProofName(header.credential)));
  }
  const Sha256Digest digest = Sha256(header.bearer);
  if (!std::ranges::equal(digest, header.bearer_sha256)) {
    return Refuse(cause::kMalformed, "the document names another bearer credential");
  }
  return absl::OkStatus();
}

bool Holds(const std::vector<ssh::PublicKey>& keys, const ssh::PublicKey& key) {
  return std::ranges::find(keys, key) != keys.end();
}

}  // namespace

// The keys that signed the document, by what they signed it as.
struct CallVerifier::Signers {
  std::vector<ssh::PublicKey> credentials;
  std::vector<ssh::PublicKey> possessed;
  uint8_t sk_flags = 0;  // Of the last credential.
};

CallVerifier::CallVerifier(Options options, const Clock& clock,
                           std::vector<std::unique_ptr<Authenticator>> authenticators)
    : options_(std::move(options)),
      clock_(clock),
      authenticators_(std::move(authenticators)),
      replays_(options_.max_remembered) {}

absl::StatusOr<ProvenCall> CallVerifier::Verify(const CallHeader& header, const model::Call& call,
                                                std::optional<uid_t> local_peer_uid,
                                                bool may_wait) const {
  const absl::Time now = clock_.Now();
  MAYFLY_RETURN_IF_ERROR(CheckSizes(header, call));
  MAYFLY_RETURN_IF_ERROR(CheckAddressee(header, call));
  MAYFLY_RETURN_IF_ERROR(CheckFresh(header, now));
  MAYFLY_RETURN_IF_ERROR(CheckBearer(header));
  const Sha256Digest digest = Sha256(call.document);
  if (replays_.Contains(digest)) return RefuseReplay();
  MAYFLY_ASSIGN_OR_RETURN(Signers signers, VerifySignatures(call));
  MAYFLY_ASSIGN_OR_RETURN(const ssh::PublicKey* credential, OnlyCredential(header, signers));
  MAYFLY_ASSIGN_OR_RETURN(const Authenticator* authenticator, Choose(header));
  const AuthenticationContext context{
      header, call.peer, local_peer_uid, now, signers.possessed, may_wait, signers.sk_flags};
  MAYFLY_ASSIGN_OR_RETURN(model::Identity identity,
                          authenticator->Authenticate(credential, context));
  // Only now: whom we do not know must not fill the cache.
  MAYFLY_RETURN_IF_ERROR(RememberNow(digest, header, now));
  return ProvenCall{std::move(identity), std::move(signers.possessed)};
}

bool CallVerifier::IsCredentialKey(const ssh::PublicKey& key) const {
  return std::ranges::any_of(authenticators_, [&](const auto& authenticator) {
    return authenticator->IsCredentialKey(key);
  });
}

absl::Status CallVerifier::CheckAddressee(const CallHeader& header, const model::Call& call) const {
  if (header.method != call.method) {
    return Refuse(cause::kWrongMethod, fmt::format("signed for {}, but {} was called",
                                                   Quote(header.method), Quote(call.method)));
  }
  if (header.audience != options_.ca_id) {
    return Refuse(cause::kWrongAudience, fmt::format("signed for the CA {}; this is {}",
                                                     Quote(header.audience), options_.ca_id));
  }
  return absl::OkStatus();
}

absl::Status CallVerifier::CheckFresh(const CallHeader& header, absl::Time now) const {
  const absl::Duration age = now - header.issued_at;
  if (age <= options_.max_age && age >= -options_.max_age) return absl::OkStatus();
  return RefuseStale(
      now,
      fmt::format("signed at {}, {}; the clocks may differ by {}{}", TimeText(header.issued_at),
                  age > absl::ZeroDuration() ? "too long ago" : "in the future",
                  DurationText(options_.max_age),
                  header.clock_corrected ? ", and the client has corrected its clock" : ""));
}

absl::Status CallVerifier::RefuseReplay() {
  return Refuse(cause::kReplayed, "the same document was accepted before");
}

absl::StatusOr<CallVerifier::Signers> CallVerifier::VerifySignatures(const model::Call& call) {
  Signers signers;
  for (const Bytes& blob : call.signatures) {
    const absl::StatusOr<ssh::Sshsig> parsed = ssh::Sshsig::Parse(blob);
    if (!parsed.ok()) return Refuse(cause::kMalformed, Message(parsed.status()));
    const bool is_credential = parsed->name_space == kCredentialNamespace;
    if (!is_credential && parsed->name_space != kPossessionNamespace) {
      return Refuse(
          cause::kWrongNamespace,
          fmt::format("signed in the namespace {}; a call takes {} and {}",
                      Quote(parsed->name_space), kCredentialNamespace, kPossessionNamespace));
    }
    const absl::StatusOr<ssh::PublicKey> key =
        ssh::VerifySshsig(blob, parsed->name_space, call.document);
    // Possession that cannot be verified here is none. The call stands without it, so that whoever
    // wants that key certified is told why it cannot be (PossessedKey).
    if (!is_credential && absl::IsUnimplemented(key.status())) continue;
    if (!key.ok()) {
      return Refuse(cause::kBadSignature,
                    fmt::format("signature by {}: {}", parsed->key.Fingerprint().text,
                                Message(key.status())));
    }
    if (!is_credential && Holds(signers.possessed, *key)) {
      return Refuse(cause::kMalformed,
                    fmt::format("the key {} signed twice as possession", key->Fingerprint().text));
    }
    (is_credential ? signers.credentials : signers.possessed).push_back(*key);
    if (is_credential) signers.sk_flags = parsed->signature.sk_flags;
  }
  return signers;
}

absl::StatusOr<const ssh::PublicKey*> CallVerifier::OnlyCredential(const CallHeader& header,
                                                                   const Signers& signers) {
  const size_t count = signers.credentials.size();
  const size_t expected = model::IsByKey(header.credential) ? 1 : 0;
  if (count > expected) {
    return Refuse(cause::kTwoCredentials,
                  fmt::format("{} signatures in the namespace {}; expected {}", count,
                              kCredentialNamespace, expected));
  }
  if (count < expected) {
    return Refuse(cause::kNoCredential,
                  fmt::format("no signature in the namespace {}", kCredentialNamespace));
  }
  return count == 0 ? nullptr : &signers.credentials.front();
}

absl::StatusOr<const Authenticator*> CallVerifier::Choose(const CallHeader& header) const {
  for (const auto& authenticator : authenticators_) {
    if (authenticator->proof() != header.credential) continue;
    if (header.authenticator.empty() || header.authenticator == authenticator->name()) {
      return authenticator.get();
    }
  }
  return Refuse(cause::kUnknownAuthenticator,
                fmt::format("no authenticator {} takes a credential of the kind {}",
                            header.authenticator.empty() ? "" : Quote(header.authenticator),
                            model::ProofName(header.credential)));
}

absl::Status CallVerifier::RememberNow(const Sha256Digest& digest, const CallHeader& header,
                                       absl::Time now) const {
  switch (replays_.Remember(digest, header.issued_at + options_.max_age, now)) {
    case ReplayCache::Answer::kNew:
      return absl::OkStatus();
    case ReplayCache::Answer::kKnown:  // Two of the same at once: one of them.
      return RefuseReplay();
    case ReplayCache::Answer::kFull:
      break;
  }
  return ResourceExhausted(
      fmt::format("{} calls are fresh, which is as many as are remembered; try again in a minute",
                  options_.max_remembered));
}

}  // namespace mayfly::authn
