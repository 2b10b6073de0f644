// Why a call was refused: a sentence for the log, and one stable word for counters and tests.
#ifndef MAYFLY_CA_AUTHN_REFUSAL_H_
#define MAYFLY_CA_AUTHN_REFUSAL_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace mayfly::authn {

// The words. They name counters and ledger events (docs/formats/signed-call.md): never change one.
namespace cause {
inline constexpr std::string_view kMalformed =
    "malformed";  // Sizes, counts, unreadable signatures.
inline constexpr std::string_view kWrongMethod = "wrong_method";
inline constexpr std::string_view kWrongAudience = "wrong_audience";
inline constexpr std::string_view kStale = "stale";  // Too old, or from the future.
inline constexpr std::string_view kReplayed = "replayed";
inline constexpr std::string_view kReplayCacheFull = "replay_cache_full";
inline constexpr std::string_view kWrongNamespace = "wrong_namespace";
inline constexpr std::string_view kBadSignature = "bad_signature";
inline constexpr std::string_view kNoCredential = "no_credential";
inline constexpr std::string_view kTwoCredentials = "two_credentials";
inline constexpr std::string_view kUnknownAuthenticator = "unknown_authenticator";
inline constexpr std::string_view kUnknownKey = "unknown_key";
inline constexpr std::string_view kCertifiedKey = "certified_key";
inline constexpr std::string_view kTokenExpired = "token_expired";
inline constexpr std::string_view kTokenElsewhere = "token_elsewhere";  // Of another authenticator.
inline constexpr std::string_view kWrongNetwork = "wrong_network";
inline constexpr std::string_view kWrongName = "wrong_name";
inline constexpr std::string_view kSessionEnded = "session_ended";
inline constexpr std::string_view kSessionExpired = "session_expired";
inline constexpr std::string_view kNotEnrolled = "not_enrolled";  // Left the users file since.
inline constexpr std::string_view kTokenKeyUnknown = "token_key_unknown";  // Of no key we know.
inline constexpr std::string_view kTokenNonce = "token_nonce";    // Made for another login.
inline constexpr std::string_view kTokenClaims = "token_claims";  // Not what is required of it.
inline constexpr std::string_view kProviderUnavailable = "provider_unavailable";
inline constexpr std::string_view kWeakProof = "weak_proof";  // Not in hardware, or without a PIN.
inline constexpr std::string_view kBadCertificate = "bad_certificate";  // Of a TLS client.
inline constexpr std::string_view kBadDocument = "bad_document";        // Of a cloud's instance.
inline constexpr std::string_view kWrongAccount = "wrong_account";      // Or another region.
inline constexpr std::string_view kHostRetired = "host_retired";
inline constexpr std::string_view kNotLocal = "not_local";
inline constexpr std::string_view kUnavailable = "unavailable";  // Our state could not be read.
}  // namespace cause

// kUnauthenticated with `message` for the log. The caller never sees it: strangers get one answer.
absl::Status Refuse(std::string_view cause, std::string_view message);

// `refusal`, and the sentence that its caller may read all the same: for somebody whose token is
// genuine, but does not do.
absl::Status Tell(absl::Status refusal, std::string_view sentence);
std::string SentenceFor(const absl::Status& status);  // Empty: one answer for all causes.

// Not a refusal: the answer needs a word from the provider behind `authenticator`, and this thread
// has others to serve. The same call is to be verified again by one that may wait.
absl::Status MustWait(std::string_view authenticator);
std::string WaitsFor(
    const absl::Status& status);  // That authenticator; empty for any other status.

// The cause of a status that CallVerifier::Verify returned; "unavailable" where it carries none.
std::string CauseOf(const absl::Status& status);

// The payload of a refusal for staleness, the only one that the caller is told: the server's time,
// so that a client with a wrong clock signs once more. Its value is nanoseconds since 1970, in
// decimal.
inline constexpr char kStaleCallPayload[] = "mayfly/stale-call";
std::optional<absl::Time> ServerTimeOf(const absl::Status& status);  // Of a stale call.
absl::Status RefuseStale(absl::Time server_time, std::string_view message);

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_REFUSAL_H_
