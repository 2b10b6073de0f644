#include "ssh/krl_index.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

namespace mayfly::ssh {
namespace {

template <typename T, typename U>
bool Holds(const std::vector<T>& sorted, const U& value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

bool HoldsBlob(const std::vector<PublicKey>& sorted, BytesView blob) {
  const auto place = std::lower_bound(
      sorted.begin(), sorted.end(), blob, [](const PublicKey& key, BytesView wanted) {
        return std::lexicographical_compare(key.blob().begin(), key.blob().end(), wanted.begin(),
                                            wanted.end());
      });
  return place != sorted.end() && Equal(place->blob(), blob);
}

std::optional<Revocation> FindIn(const SerialSet& serials, const std::vector<std::string>& key_ids,
                                 Serial serial, const std::string& key_id, bool for_any_ca) {
  if (Holds(key_ids, key_id)) {
    return Revocation{.by = RevokedBy::kKeyId, .for_any_ca = for_any_ca};
  }
  if (serials.Contains(serial.value)) {  // Never with 0.
    return Revocation{.by = RevokedBy::kSerial, .for_any_ca = for_any_ca};
  }
  return std::nullopt;
}

}  // namespace

std::string Revocation::Text() const {
  const std::string whose = of_the_ca ? "its CA's" : "its";
  const std::string_view scope = for_any_ca ? "for any CA" : "for its CA";
  switch (by) {
    case RevokedBy::kKey:
      return fmt::format("by {} key", whose);
    case RevokedBy::kSha1:
      return fmt::format("by {} key's SHA-1 fingerprint", whose);
    case RevokedBy::kSha256:
      return fmt::format("by {} key's SHA-256 fingerprint", whose);
    case RevokedBy::kKeyId:
      return fmt::format("by its key ID, {}", scope);
    case RevokedBy::kSerial:
      return fmt::format("by its serial, {}", scope);
  }
  return {};
}

KrlIndex::KrlIndex(Krl krl) : krl_(std::move(krl)) {
  krl_.Normalize();
  std::sort(krl_.cas.begin(), krl_.cas.end(),
            [](const CaRevocations& a, const CaRevocations& b) { return a.ca < b.ca; });
}

std::optional<Revocation> KrlIndex::FindBlob(BytesView blob) const {
  if (!krl_.sha1s.empty() && Holds(krl_.sha1s, Sha1(blob))) {
    return Revocation{.by = RevokedBy::kSha1};
  }
  if (!krl_.sha256s.empty() && Holds(krl_.sha256s, Sha256(blob))) {
    return Revocation{.by = RevokedBy::kSha256};
  }
  if (HoldsBlob(krl_.keys, blob) || Holds(krl_.other_keys, ToBytes(blob))) {
    return Revocation{.by = RevokedBy::kKey};
  }
  return std::nullopt;
}

std::optional<Revocation> KrlIndex::Find(const PublicKey& key) const {
  return FindBlob(key.blob());
}

std::optional<Revocation> KrlIndex::Find(const Certificate& certificate) const {
  const CertificateBody& body = certificate.body;
  return FindCertificate(body.key.blob(), body.serial, body.key_id, body.signature_key);
}

std::optional<Revocation> KrlIndex::FindCertificate(BytesView plain_blob, Serial serial,
                                                    const std::string& key_id,
                                                    const PublicKey& ca) const {
  if (auto found = FindBlob(plain_blob)) return found;
  const auto entry = std::lower_bound(
      krl_.cas.begin(), krl_.cas.end(), ca,
      [](const CaRevocations& a, const PublicKey& wanted) { return a.ca < wanted; });
  if (entry != krl_.cas.end() && entry->ca == ca) {
    if (auto found = FindIn(entry->serials, entry->key_ids, serial, key_id, false)) return found;
  }
  if (auto found = FindIn(krl_.serials, krl_.key_ids, serial, key_id, true)) return found;
  auto of_the_ca = Find(ca);
  if (of_the_ca) of_the_ca->of_the_ca = true;
  return of_the_ca;
}

}  // namespace mayfly::ssh
