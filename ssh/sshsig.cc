#include "ssh/sshsig.h"

#include <fmt/format.h>
#include <sodium.h>

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

constexpr std::string_view kMagic = "SSHSIG";
constexpr uint32_t kVersion = 1;
constexpr std::string_view kSha256 = "sha256";
constexpr std::string_view kSha512 = "sha512";
constexpr std::string_view kBegin = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view kEnd = "-----END SSH SIGNATURE-----";
constexpr size_t kColumns = 70;
constexpr size_t kMaxArmoredSize = 2 * kMaxSshsigSize;  // Base64 adds a third, line ends a little.

Bytes HashOf(std::string_view algorithm, BytesView message) {
  if (algorithm == kSha256) {
    const Sha256Digest digest = Sha256(message);
    return Bytes(digest.begin(), digest.end());
  }
  Bytes digest(crypto_hash_sha512_BYTES);
  crypto_hash_sha512(digest.data(), message.data(), message.size());
  return digest;
}

// What the key signs: PROTOCOL.sshsig section 3, which the magic keeps apart from all else that SSH
// signs.
Bytes SignedData(std::string_view name_space, std::string_view hash_algorithm, BytesView message) {
  return Writer()
      .Raw(AsBytes(kMagic))
      .String(name_space)
      .String("")
      .String(hash_algorithm)
      .String(BytesView(HashOf(hash_algorithm, message)))
      .Take();
}

// The base64 between the armor's two lines, without line ends.
absl::StatusOr<std::string> Unarmored(std::string_view text) {
  text = TrimBlanks(text);
  if (!text.starts_with(kBegin) || !text.ends_with(kEnd) ||
      text.size() < kBegin.size() + kEnd.size()) {
    return InvalidArgument(
        fmt::format("an SSH signature starts with \"{}\" and ends with \"{}\"", kBegin, kEnd));
  }
  text.remove_prefix(kBegin.size());
  text.remove_suffix(kEnd.size());
  std::string base64;
  for (const char c : text) {
    if (c != '\n' && c != '\r') base64 += c;
  }
  return base64;
}

}  // namespace

absl::StatusOr<Sshsig> Sshsig::Parse(BytesView blob) {
  if (blob.size() > kMaxSshsigSize) {
    return InvalidArgument(fmt::format("an SSH signature has at most {} bytes, this has {}",
                                       kMaxSshsigSize, blob.size()));
  }
  Reader reader(blob);
  const auto magic = reader.ReadRaw(kMagic.size());
  if (!magic.ok() || AsText(*magic) != kMagic) {
    return InvalidArgument("not an SSH signature: it does not start with SSHSIG");
  }
  MAYFLY_ASSIGN_OR_RETURN(const uint32_t version,
                          Annotate(reader.ReadUint32(), "SSH signature: version"));
  if (version != kVersion) {
    return InvalidArgument(
        fmt::format("SSH signature: version must be {}, not {}", kVersion, version));
  }
  MAYFLY_ASSIGN_OR_RETURN(const BytesView key_blob,
                          Annotate(reader.ReadString(), "SSH signature: public key"));
  MAYFLY_ASSIGN_OR_RETURN(PublicKey key,
                          Annotate(PublicKey::ParseBlob(key_blob), "SSH signature: public key"));
  MAYFLY_ASSIGN_OR_RETURN(std::string name_space,
                          Annotate(reader.ReadText(), "SSH signature: namespace"));
  if (name_space.empty()) return InvalidArgument("SSH signature: the namespace is empty");
  MAYFLY_ASSIGN_OR_RETURN(const BytesView reserved,
                          Annotate(reader.ReadString(), "SSH signature: reserved field"));
  if (!reserved.empty()) return InvalidArgument("SSH signature: the reserved field is not empty");
  MAYFLY_ASSIGN_OR_RETURN(std::string hash,
                          Annotate(reader.ReadText(), "SSH signature: hash algorithm"));
  if (hash != kSha256 && hash != kSha512) {
    return InvalidArgument(
        fmt::format("SSH signature: the hash algorithm must be sha512 or sha256, not \"{}\"",
                    EscapeForTerminal(hash.substr(0, 32))));
  }
  MAYFLY_ASSIGN_OR_RETURN(const BytesView signature_blob,
                          Annotate(reader.ReadString(), "SSH signature"));
  MAYFLY_ASSIGN_OR_RETURN(Signature signature,
                          Annotate(Signature::Parse(signature_blob), "SSH signature"));
  MAYFLY_RETURN_IF_ERROR(Annotate(reader.ExpectEnd(), "SSH signature"));
  return Sshsig{std::move(key), std::move(name_space), std::move(hash), std::move(signature)};
}

absl::StatusOr<Sshsig> Sshsig::ParseArmored(std::string_view text) {
  if (text.size() > kMaxArmoredSize) {
    return InvalidArgument(fmt::format("an SSH signature file has at most {} bytes, this has {}",
                                       kMaxArmoredSize, text.size()));
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::string base64, Unarmored(text));
  MAYFLY_ASSIGN_OR_RETURN(const Bytes blob, Annotate(Base64Decode(base64), "SSH signature"));
  return Parse(blob);
}

Bytes Sshsig::Encode() const {
  return Writer()
      .Raw(AsBytes(kMagic))
      .Uint32(kVersion)
      .String(key.blob())
      .String(name_space)
      .String("")
      .String(hash_algorithm)
      .String(BytesView(signature.Encode()))
      .Take();
}

std::string Sshsig::Armor() const {
  const std::string base64 = Base64Encode(Encode());
  std::string text = fmt::format("{}\n", kBegin);
  for (size_t i = 0; i < base64.size(); i += kColumns) {
    text += base64.substr(i, kColumns);
    text += '\n';
  }
  text += fmt::format("{}\n", kEnd);
  return text;
}

absl::StatusOr<Bytes> SignSshsig(const PublicKey& key, const SignFunction& sign,
                                 std::string_view name_space, BytesView message) {
  if (name_space.empty()) return InvalidArgument("the namespace of an SSH signature is empty");
  MAYFLY_ASSIGN_OR_RETURN(Signature signature, sign(SignedData(name_space, kSha512, message)));
  return Sshsig{key, std::string(name_space), std::string(kSha512), std::move(signature)}.Encode();
}

absl::StatusOr<PublicKey> VerifySshsig(BytesView blob, std::string_view name_space,
                                       BytesView message, const VerifyOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(SshsigSigner signer,
                          VerifySshsigSigner(blob, name_space, message, options));
  return std::move(signer.key);
}

absl::StatusOr<SshsigSigner> VerifySshsigSigner(BytesView blob, std::string_view name_space,
                                                BytesView message, const VerifyOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(Sshsig sshsig, Sshsig::Parse(blob));
  if (sshsig.name_space != name_space) {
    return Unauthenticated(fmt::format("the SSH signature is for the namespace \"{}\", not \"{}\"",
                                       EscapeForTerminal(sshsig.name_space.substr(0, 64)),
                                       EscapeForTerminal(name_space)));
  }
  const Bytes signed_data = SignedData(name_space, sshsig.hash_algorithm, message);
  MAYFLY_RETURN_IF_ERROR(Verify(sshsig.key, signed_data, sshsig.signature, options));
  const HolderProof proof = HolderProofOf(sshsig.signature);
  return SshsigSigner{std::move(sshsig.key), proof};
}

}  // namespace mayfly::ssh
