// The namespaces of everything that is signed as an SSHSIG: a signature made for one purpose is
// worth nothing for another. The table is docs/formats/signed-call.md; a test tries each in every
// other place.
#ifndef MAYFLY_CA_AUTHN_NAMESPACES_H_
#define MAYFLY_CA_AUTHN_NAMESPACES_H_

#include <array>
#include <string_view>

#include "ssh/krl_signature.h"

namespace mayfly::authn {

// Over a CallDocument, by the key that says who is asking.
inline constexpr std::string_view kCredentialNamespace = "credential.v1@mayfly";
// Over a CallDocument, by each key that it asks to have certified or accepted.
inline constexpr std::string_view kPossessionNamespace = "possession.v1@mayfly";
// Over a Manifest, by the trust key.
inline constexpr std::string_view kManifestNamespace = "manifest.v1@mayfly";
// Over a recovery statement, by the offline recovery key.
inline constexpr std::string_view kRecoveryNamespace = "recovery.v1@mayfly";

// Over the bytes of a revocation list, by whom its users choose to believe.
inline constexpr std::string_view kKrlNamespace = ssh::kKrlNamespace;

inline constexpr std::array<std::string_view, 5> kAllNamespaces = {
    kCredentialNamespace, kPossessionNamespace, kManifestNamespace, kRecoveryNamespace,
    kKrlNamespace};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_NAMESPACES_H_
