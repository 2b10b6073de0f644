#include "ssh/krl.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "base/status.h"
#include "ssh/krl_serials.h"

namespace mayfly::ssh {
namespace {

template <typename T>
void SortUnique(std::vector<T>& values) {
  if (!std::is_sorted(values.begin(), values.end())) std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

template <typename T>
void Append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// A section's parts; empty when it would revoke nothing.
std::vector<CertificatesPart> PartsOf(const SerialSet& serials,
                                      const std::vector<std::string>& key_ids,
                                      const std::vector<KrlExtension>& extensions) {
  std::vector<CertificatesPart> parts = EncodeSerials(serials);
  if (!key_ids.empty()) parts.emplace_back(KeyIdList{key_ids});
  parts.insert(parts.end(), extensions.begin(), extensions.end());
  return parts;
}

// Collects what a document revokes.
struct Collector {
  Krl& krl;
  // Of each CA, by its blob: merged at the end, because a set is cheap to build once.
  std::map<Bytes, std::vector<SerialRange>> ranges;

  void operator()(const CertificatesSection& section) {
    std::vector<SerialRange>& serials = ranges[section.ca];
    std::vector<std::string>* key_ids = &krl.key_ids;
    std::vector<KrlExtension>* extensions = &krl.any_ca_extensions;
    if (!section.ca.empty()) {
      CaRevocations& revocations = krl.ForCa(*PublicKey::ParseBlob(section.ca));
      key_ids = &revocations.key_ids;
      extensions = &revocations.extensions;
    }
    for (const CertificatesPart& part : section.parts) {
      if (const auto* list = std::get_if<SerialList>(&part)) {
        for (const uint64_t serial : list->serials) serials.push_back({serial, serial});
      } else if (const auto* range = std::get_if<SerialRange>(&part)) {
        serials.push_back(*range);
      } else if (const auto* bitmap = std::get_if<SerialBitmap>(&part)) {
        Append(serials, RangesOf(*bitmap));
      } else if (const auto* ids = std::get_if<KeyIdList>(&part)) {
        Append(*key_ids, ids->key_ids);
      } else {
        extensions->push_back(std::get<KrlExtension>(part));
      }
    }
  }
  void operator()(const ExplicitKeysSection& section) {
    for (const Bytes& blob : section.blobs) {
      absl::StatusOr<PublicKey> key = PublicKey::ParseBlob(blob);
      if (key.ok()) {
        krl.keys.push_back(*std::move(key));
      } else {
        krl.other_keys.push_back(blob);
      }
    }
  }
  void operator()(const Sha1Section& section) { Append(krl.sha1s, section.digests); }
  void operator()(const Sha256Section& section) { Append(krl.sha256s, section.digests); }
  void operator()(const KrlExtension& extension) { krl.extensions.push_back(extension); }
};

std::vector<Bytes> BlobsOf(const Krl& krl) {
  std::vector<Bytes> blobs = krl.other_keys;
  for (const PublicKey& key : krl.keys) blobs.push_back(ToBytes(key.blob()));
  SortUnique(blobs);
  return blobs;
}

}  // namespace

CaRevocations& Krl::ForCa(const PublicKey& ca) {
  for (CaRevocations& revocations : cas) {
    if (revocations.ca == ca) return revocations;
  }
  cas.push_back({.ca = ca, .serials = {}, .key_ids = {}, .extensions = {}});
  return cas.back();
}

void Krl::Merge(const Krl& other) {
  Append(key_ids, other.key_ids);
  Append(keys, other.keys);
  serials.Merge(other.serials);
  Append(cas, other.cas);
  Append(sha1s, other.sha1s);
  Append(sha256s, other.sha256s);
  Append(other_keys, other.other_keys);
  Append(extensions, other.extensions);
  Append(any_ca_extensions, other.any_ca_extensions);
  Normalize();
}

void Krl::Normalize() {
  std::vector<CaRevocations> joined;
  std::map<PublicKey, size_t> places;
  for (CaRevocations& entry : cas) {
    const auto [place, is_new] = places.try_emplace(entry.ca, joined.size());
    if (is_new) {
      joined.push_back(std::move(entry));
      continue;
    }
    CaRevocations& first = joined[place->second];
    first.serials.Merge(entry.serials);
    Append(first.key_ids, entry.key_ids);
    Append(first.extensions, entry.extensions);
  }
  cas.clear();
  for (CaRevocations& entry : joined) {
    if (entry.serials.empty() && entry.key_ids.empty() && entry.extensions.empty()) continue;
    SortUnique(entry.key_ids);
    cas.push_back(std::move(entry));
  }
  SortUnique(key_ids);
  SortUnique(keys);
  SortUnique(sha1s);
  SortUnique(sha256s);
  SortUnique(other_keys);
}

KrlDocument Krl::ToDocument() const {
  Krl krl = *this;
  krl.Normalize();
  KrlDocument document{version, generated_unix_s, comment, {}};
  const auto add_certificates = [&](Bytes ca, std::vector<CertificatesPart> parts) {
    if (parts.empty()) return;
    document.sections.emplace_back(CertificatesSection{std::move(ca), std::move(parts)});
  };
  add_certificates({}, PartsOf(krl.serials, krl.key_ids, krl.any_ca_extensions));
  for (const CaRevocations& entry : krl.cas) {
    add_certificates(ToBytes(entry.ca.blob()),
                     PartsOf(entry.serials, entry.key_ids, entry.extensions));
  }
  std::vector<Bytes> blobs = BlobsOf(krl);
  if (!blobs.empty()) document.sections.emplace_back(ExplicitKeysSection{std::move(blobs)});
  if (!krl.sha1s.empty()) document.sections.emplace_back(Sha1Section{std::move(krl.sha1s)});
  if (!krl.sha256s.empty()) document.sections.emplace_back(Sha256Section{std::move(krl.sha256s)});
  document.sections.insert(document.sections.end(), krl.extensions.begin(), krl.extensions.end());
  return document;
}

Bytes Krl::Encode() const { return ToDocument().Encode(); }

Krl Krl::Of(const KrlDocument& document) {
  Krl krl;
  krl.version = document.version;
  krl.generated_unix_s = document.generated_unix_s;
  krl.comment = document.comment;
  Collector collector{krl, {}};
  for (const KrlSection& section : document.sections) std::visit(std::ref(collector), section);
  for (auto& [ca, ranges] : collector.ranges) {
    SerialSet serials = *SerialSet::OfRanges(std::move(ranges));  // The document's are valid.
    if (ca.empty()) {
      krl.serials = std::move(serials);
    } else {
      krl.ForCa(*PublicKey::ParseBlob(ca)).serials = std::move(serials);
    }
  }
  krl.Normalize();
  return krl;
}

absl::StatusOr<Krl> Krl::Parse(BytesView blob) {
  MAYFLY_ASSIGN_OR_RETURN(const KrlDocument document, KrlDocument::Parse(blob));
  return Of(document);
}

}  // namespace mayfly::ssh
