// The manifest of the trust bundle, as clients and hosts verify it and the CA makes it. Format:
// docs/formats/bundle.md.
#ifndef MAYFLY_BUNDLE_MANIFEST_H_
#define MAYFLY_BUNDLE_MANIFEST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "ca/model/subject.h"
#include "ssh/public_key.h"

namespace mayfly::bundle {

// The SSHSIG namespace of a manifest's signature.
inline constexpr std::string_view kManifestNamespace = "manifest.v1@mayfly";

inline constexpr size_t kMaxManifestSize = 1 << 20;
inline constexpr size_t kMaxParts = 4096;         // One for each set of labels, mostly.
inline constexpr size_t kMaxPartSize = 16 << 20;  // As ssh::kMaxKrlSize: the KRL is the largest.

enum class PartKind { kUserCas, kHostCas, kKrl, kPrincipals, kTlsPins };
std::string_view PartKindName(PartKind kind);  // "user-cas", "krl" …: for people and file names.

struct Part {
  PartKind kind = PartKind::kUserCas;
  Bytes sha256;          // 32 bytes.
  uint64_t size = 0;     // At most kMaxPartSize.
  model::Labels labels;  // kPrincipals only.
  friend bool operator==(const Part&, const Part&) = default;
};

// If you hold one that came from VerifyManifest, the trust key signed it; each kind (kPrincipals:
// each set of labels) stands in it at most once, and all but kPrincipals exactly once.
struct Manifest {
  std::string ca_id;
  uint64_t version = 0;  // From 1.
  absl::Time issued_at;  // Whole seconds, both.
  absl::Time valid_until;
  std::vector<Part> parts;

  const Part& part(PartKind kind) const;  // Of a parsed manifest; not for kPrincipals.
  // The principals map of hosts with exactly these labels; null when there is none.
  const Part* FindPrincipals(const model::Labels& labels) const;
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

Part MakePart(PartKind kind, BytesView contents, model::Labels labels = {});

// The bytes to be signed.
Bytes EncodeManifest(const Manifest& manifest);
// Reads them without asking who signed: for bytes of our own and for tests. Fields and kinds of
// parts that this program does not know are passed over. kInvalidArgument.
absl::StatusOr<Manifest> ParseManifest(BytesView bytes);

// Verifies first and parses then. `min_version` is that of the manifest held already; 0 without
// one.
//   kUnauthenticated     the signature does not verify, or another CA's key made it (both CA ids
//   named) kInvalidArgument     malformed kFailedPrecondition  valid_until has passed kDataLoss
//   older than `min_version`: the CA was set back, or somebody replays
absl::StatusOr<Manifest> VerifyManifest(BytesView bytes, BytesView signature,
                                        const ssh::Fingerprint& ca_id, absl::Time now,
                                        uint64_t min_version);

// Whether `contents` is what the manifest means by `part`; kDataLoss otherwise.
absl::Status CheckPart(const Part& part, BytesView contents);

}  // namespace mayfly::bundle

#endif  // MAYFLY_BUNDLE_MANIFEST_H_
