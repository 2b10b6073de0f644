#include "ca/revocation/bundle.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "bundle/parts.h"
#include "fmt/format.h"
#include "ssh/krl.h"
#include "ssh/krl_index.h"
#include "ssh/sshsig.h"

namespace mayfly::revocation {
namespace {

using bundle::PartKind;

bool Contains(const std::vector<ssh::PublicKey>& keys, const ssh::PublicKey& key) {
  return std::ranges::find(keys, key) != keys.end();
}

absl::Status CheckKeys(const BundleContents& contents, const ssh::PublicKey& trust) {
  for (const ssh::PublicKey& key : contents.user_cas) {
    if (Contains(contents.host_cas, key)) {
      return FailedPrecondition(
          fmt::format("{} is both a user CA and a host CA; each needs a key of its own",
                      key.Fingerprint().text));
    }
  }
  if (Contains(contents.user_cas, trust) || Contains(contents.host_cas, trust)) {
    return FailedPrecondition("the trust key is also a CA key; each needs a key of its own");
  }
  return absl::OkStatus();
}

absl::Status CheckKrl(const BundleContents& contents) {
  MAYFLY_ASSIGN_OR_RETURN(ssh::Krl krl, Annotate(ssh::Krl::Parse(contents.krl), "KRL"));
  const ssh::KrlIndex index(std::move(krl));
  for (const std::vector<ssh::PublicKey>* cas : {&contents.user_cas, &contents.host_cas}) {
    for (const ssh::PublicKey& ca : *cas) {
      if (!index.Find(ca)) continue;
      return FailedPrecondition(fmt::format(
          "the KRL revokes the CA key {}, which the bundle still trusts; rotate that CA first",
          ca.Fingerprint().text));
    }
  }
  return absl::OkStatus();
}

// Each part's reader on its contents, as hosts will run it.
absl::Status ReadBackParts(const bundle::Manifest& manifest, const SignedBundle& signed_bundle) {
  const auto contents = [&](PartKind kind) -> const Bytes& {
    return signed_bundle.parts.at(manifest.part(kind).sha256);
  };
  MAYFLY_RETURN_IF_ERROR(
      Annotate(bundle::ParseCaKeys(contents(PartKind::kUserCas)).status(), "user CAs"));
  MAYFLY_RETURN_IF_ERROR(
      Annotate(bundle::ParseCaKeys(contents(PartKind::kHostCas)).status(), "host CAs"));
  MAYFLY_RETURN_IF_ERROR(bundle::ParseTlsPins(contents(PartKind::kTlsPins)).status());
  for (const bundle::Part& part : manifest.parts) {
    const Bytes& bytes = signed_bundle.parts.at(part.sha256);
    MAYFLY_RETURN_IF_ERROR(bundle::CheckPart(part, bytes));
    if (part.kind != PartKind::kPrincipals) continue;
    MAYFLY_RETURN_IF_ERROR(bundle::ParsePrincipalsMap(bytes).status());
  }
  return absl::OkStatus();
}

absl::Status ReadBack(const SignedBundle& signed_bundle, const ssh::PublicKey& trust,
                      absl::Time now, uint64_t version) {
  MAYFLY_ASSIGN_OR_RETURN(const bundle::Manifest manifest,
                          bundle::VerifyManifest(signed_bundle.manifest, signed_bundle.signature,
                                                 trust.Fingerprint(), now, version));
  return ReadBackParts(manifest, signed_bundle);
}

void AddPart(SignedBundle& signed_bundle, bundle::Manifest& manifest, PartKind kind, Bytes contents,
             model::Labels labels = {}) {
  bundle::Part part = bundle::MakePart(kind, contents, std::move(labels));
  signed_bundle.parts[part.sha256] = std::move(contents);
  manifest.parts.push_back(std::move(part));
}

}  // namespace

absl::StatusOr<SignedBundle> BuildBundle(const BundleContents& contents, uint64_t version,
                                         absl::Time now, const keys::Signer& trust,
                                         absl::Duration validity) {
  const ssh::PublicKey& trust_key = trust.public_key();
  MAYFLY_RETURN_IF_ERROR(CheckKeys(contents, trust_key));
  MAYFLY_RETURN_IF_ERROR(CheckKrl(contents));

  bundle::Manifest manifest;
  manifest.ca_id = trust_key.Fingerprint().text;
  manifest.version = version;
  manifest.issued_at = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
  manifest.valid_until = manifest.issued_at + validity;
  SignedBundle result;
  AddPart(result, manifest, PartKind::kUserCas, bundle::EncodeCaKeys(contents.user_cas));
  AddPart(result, manifest, PartKind::kHostCas, bundle::EncodeCaKeys(contents.host_cas));
  AddPart(result, manifest, PartKind::kKrl, contents.krl);
  AddPart(result, manifest, PartKind::kTlsPins, bundle::EncodeTlsPins(contents.tls_pins));
  for (const PrincipalsPart& part : contents.principals) {
    AddPart(result, manifest, PartKind::kPrincipals, bundle::EncodePrincipalsMap(part.map),
            part.labels);
  }

  result.manifest = bundle::EncodeManifest(manifest);
  MAYFLY_ASSIGN_OR_RETURN(result.signature,
                          ssh::SignSshsig(
                              trust_key, [&](BytesView message) { return trust.Sign(message); },
                              bundle::kManifestNamespace, result.manifest));
  MAYFLY_RETURN_IF_ERROR(ReadBack(result, trust_key, now, version));
  return result;
}

}  // namespace mayfly::revocation
