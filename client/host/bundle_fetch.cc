#include "client/host/bundle_fetch.h"

#include <algorithm>

#include "base/status.h"
#include "client/failure.h"
#include "mayfly/v1/services.pb.h"

namespace mayfly::client {

absl::StatusOr<bundle::Manifest> FetchManifest(CaClient& ca, const ssh::Fingerprint& ca_id,
                                               uint64_t least_version, absl::Time now) {
  MAYFLY_ASSIGN_OR_RETURN(const v1::GetManifestResponse answer, ca.GetManifest());
  absl::StatusOr<bundle::Manifest> manifest = bundle::VerifyManifest(
      AsBytes(answer.manifest()), AsBytes(answer.signature()), ca_id, now, least_version);
  if (!manifest.ok()) return WithExitCode(manifest.status(), ExitCode::kNotTrusted);
  return manifest;
}

absl::StatusOr<Bytes> FetchPart(CaClient& ca, const bundle::Part& part) {
  MAYFLY_ASSIGN_OR_RETURN(const v1::GetPartResponse answer, ca.GetPart(part.sha256));
  MAYFLY_RETURN_IF_ERROR(
      WithExitCode(bundle::CheckPart(part, AsBytes(answer.contents())), ExitCode::kNotTrusted));
  return ToBytes(AsBytes(answer.contents()));
}

absl::StatusOr<std::set<Sha256Digest>> PinDigests(const std::vector<std::string>& pins) {
  constexpr std::string_view kPrefix = "sha256:";
  std::set<Sha256Digest> digests;
  for (const std::string& pin : pins) {
    if (!pin.starts_with(kPrefix)) return InvalidArgument("a TLS pin is malformed");
    MAYFLY_ASSIGN_OR_RETURN(const Bytes bytes, Base64Decode(pin.substr(kPrefix.size())));
    Sha256Digest digest;
    if (bytes.size() != digest.size()) return InvalidArgument("a TLS pin is malformed");
    std::ranges::copy(bytes, digest.begin());
    digests.insert(digest);
  }
  return digests;
}

}  // namespace mayfly::client
