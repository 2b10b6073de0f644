#include "bundle/manifest.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "mayfly/v1/bundle.pb.h"
#include "ssh/sshsig.h"

namespace mayfly::bundle {
namespace {

constexpr int64_t kMaxUnixSeconds = 253402300799;  // The end of year 9999, as protobuf's Timestamp.

v1::PartKind ToProto(PartKind kind) {
  switch (kind) {
    case PartKind::kUserCas:
      return v1::USER_CAS;
    case PartKind::kHostCas:
      return v1::HOST_CAS;
    case PartKind::kKrl:
      return v1::KRL;
    case PartKind::kPrincipals:
      return v1::PRINCIPALS;
    case PartKind::kTlsPins:
      return v1::TLS_PINS;
  }
  return v1::PART_KIND_UNSPECIFIED;
}

// False for a kind of the future.
bool FromProto(v1::PartKind proto, PartKind& kind) {
  for (const PartKind known : {PartKind::kUserCas, PartKind::kHostCas, PartKind::kKrl,
                               PartKind::kPrincipals, PartKind::kTlsPins}) {
    if (ToProto(known) != proto) continue;
    kind = known;
    return true;
  }
  return false;
}

absl::StatusOr<absl::Time> ReadTime(const google::protobuf::Timestamp& time,
                                    std::string_view field) {
  if (time.seconds() <= 0 || time.seconds() > kMaxUnixSeconds || time.nanos() != 0) {
    return InvalidArgument(fmt::format("its {} is not a time in whole seconds", field));
  }
  return absl::FromUnixSeconds(time.seconds());
}

absl::StatusOr<model::Labels> ReadLabels(const v1::Part& proto) {
  model::Labels labels;
  for (const std::string& text : proto.labels()) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos ||
        !labels.emplace(text.substr(0, equals), text.substr(equals + 1)).second) {
      return InvalidArgument("a part's labels are not key=value, each key once");
    }
  }
  MAYFLY_RETURN_IF_ERROR(model::CheckLabels(labels));
  return labels;
}

absl::StatusOr<Part> ReadPart(const v1::Part& proto, PartKind kind) {
  Part part;
  part.kind = kind;
  part.sha256 = ToBytes(proto.sha256());
  part.size = proto.size();
  if (part.sha256.size() != Sha256Digest().size()) {
    return InvalidArgument(fmt::format("the hash of its part {} has {} bytes, expected 32",
                                       PartKindName(kind), part.sha256.size()));
  }
  if (part.size > kMaxPartSize) {
    return InvalidArgument(
        fmt::format("its part {} is larger than {} bytes", PartKindName(kind), kMaxPartSize));
  }
  MAYFLY_ASSIGN_OR_RETURN(part.labels, ReadLabels(proto));
  if (kind != PartKind::kPrincipals && !part.labels.empty()) {
    return InvalidArgument(fmt::format("its part {} has labels", PartKindName(kind)));
  }
  return part;
}

absl::StatusOr<std::vector<Part>> ReadParts(const v1::Manifest& proto) {
  if (static_cast<size_t>(proto.parts_size()) > kMaxParts) {
    return InvalidArgument(fmt::format("it has more than {} parts", kMaxParts));
  }
  std::vector<Part> parts;
  std::set<std::pair<PartKind, model::Labels>> seen;
  for (const v1::Part& part_proto : proto.parts()) {
    PartKind kind;
    if (!FromProto(part_proto.kind(), kind)) continue;
    MAYFLY_ASSIGN_OR_RETURN(Part part, ReadPart(part_proto, kind));
    if (!seen.emplace(kind, part.labels).second) {
      return InvalidArgument(fmt::format("its part {} stands in it twice", PartKindName(kind)));
    }
    parts.push_back(std::move(part));
  }
  for (const PartKind kind :
       {PartKind::kUserCas, PartKind::kHostCas, PartKind::kKrl, PartKind::kTlsPins}) {
    if (!seen.contains({kind, {}})) {
      return InvalidArgument(fmt::format("it lacks the part {}", PartKindName(kind)));
    }
  }
  return parts;
}

absl::StatusOr<Manifest> ReadManifest(BytesView bytes) {
  if (bytes.size() > kMaxManifestSize) {
    return InvalidArgument(fmt::format("larger than {} bytes", kMaxManifestSize));
  }
  v1::Manifest proto;
  if (!proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return InvalidArgument("not a message of mayfly.v1.Manifest");
  }
  Manifest manifest;
  MAYFLY_ASSIGN_OR_RETURN(const ssh::Fingerprint ca_id, ssh::Fingerprint::Parse(proto.ca_id()));
  manifest.ca_id = ca_id.text;
  manifest.version = proto.version();
  if (manifest.version == 0) return InvalidArgument("it has no version");
  MAYFLY_ASSIGN_OR_RETURN(manifest.issued_at, ReadTime(proto.issued_at(), "issued_at"));
  MAYFLY_ASSIGN_OR_RETURN(manifest.valid_until, ReadTime(proto.valid_until(), "valid_until"));
  MAYFLY_ASSIGN_OR_RETURN(manifest.parts, ReadParts(proto));
  return manifest;
}

absl::Status CheckSignature(BytesView bytes, BytesView signature, const ssh::Fingerprint& ca_id) {
  MAYFLY_ASSIGN_OR_RETURN(
      const ssh::PublicKey key,
      Annotate(ssh::VerifySshsig(signature, kManifestNamespace, bytes), "manifest"));
  const ssh::Fingerprint signer = key.Fingerprint();
  if (signer == ca_id) return absl::OkStatus();
  return Unauthenticated(fmt::format(
      "this manifest is of the CA {}, and {} is trusted here: the answer comes from another CA or "
      "from someone in between; compare the CA id with your operator's",
      signer.text, ca_id.text));
}

}  // namespace

std::string_view PartKindName(PartKind kind) {
  switch (kind) {
    case PartKind::kUserCas:
      return "user-cas";
    case PartKind::kHostCas:
      return "host-cas";
    case PartKind::kKrl:
      return "krl";
    case PartKind::kPrincipals:
      return "principals";
    case PartKind::kTlsPins:
      return "tls-pins";
  }
  return "";
}

const Part& Manifest::part(PartKind kind) const {
  const auto found =
      std::ranges::find_if(parts, [&](const Part& candidate) { return candidate.kind == kind; });
  MAYFLY_CHECK(kind != PartKind::kPrincipals && found != parts.end());
  return *found;
}

const Part* Manifest::FindPrincipals(const model::Labels& labels) const {
  const auto found = std::ranges::find_if(parts, [&](const Part& candidate) {
    return candidate.kind == PartKind::kPrincipals && candidate.labels == labels;
  });
  return found == parts.end() ? nullptr : &*found;
}

Part MakePart(PartKind kind, BytesView contents, model::Labels labels) {
  const Sha256Digest digest = Sha256(contents);
  return Part{kind, Bytes(digest.begin(), digest.end()), contents.size(), std::move(labels)};
}

Bytes EncodeManifest(const Manifest& manifest) {
  v1::Manifest proto;
  proto.set_ca_id(manifest.ca_id);
  proto.set_version(manifest.version);
  proto.mutable_issued_at()->set_seconds(absl::ToUnixSeconds(manifest.issued_at));
  proto.mutable_valid_until()->set_seconds(absl::ToUnixSeconds(manifest.valid_until));
  for (const Part& part : manifest.parts) {
    v1::Part& part_proto = *proto.add_parts();
    part_proto.set_kind(ToProto(part.kind));
    part_proto.set_sha256(ToText(part.sha256));
    part_proto.set_size(part.size);
    for (const auto& [key, value] : part.labels) part_proto.add_labels(key + "=" + value);
  }
  return ToBytes(proto.SerializeAsString());
}

absl::StatusOr<Manifest> ParseManifest(BytesView bytes) {
  return Annotate(ReadManifest(bytes), "manifest");
}

absl::StatusOr<Manifest> VerifyManifest(BytesView bytes, BytesView signature,
                                        const ssh::Fingerprint& ca_id, absl::Time now,
                                        uint64_t min_version) {
  MAYFLY_RETURN_IF_ERROR(CheckSignature(bytes, signature, ca_id));
  MAYFLY_ASSIGN_OR_RETURN(Manifest manifest, ParseManifest(bytes));
  if (manifest.ca_id != ca_id.text) {
    return InvalidArgument(fmt::format("manifest: it names the CA {} and is signed by {}",
                                       manifest.ca_id, ca_id.text));
  }
  if (manifest.version < min_version) {
    return DataLoss(fmt::format(
        "the CA shows manifest {}, and {} was seen before: the CA was set back, or someone replays "
        "an old answer; ask your operator",
        manifest.version, min_version));
  }
  if (now >= manifest.valid_until) {
    return FailedPrecondition(fmt::format(
        "the manifest expired at {}, and it is {} here; check this machine's clock, then whether "
        "mayflyd runs",
        TimeText(manifest.valid_until), TimeText(now)));
  }
  return manifest;
}

absl::Status CheckPart(const Part& part, BytesView contents) {
  const Sha256Digest digest = Sha256(contents);
  if (contents.size() == part.size && Equal(digest, part.sha256)) return absl::OkStatus();
  return DataLoss(fmt::format(
      "the part {} has SHA-256 {}, and the manifest names {}: it was altered on its way; fetch it "
      "again",
      PartKindName(part.kind), HexEncode(digest), HexEncode(part.sha256)));
}

}  // namespace mayfly::bundle
