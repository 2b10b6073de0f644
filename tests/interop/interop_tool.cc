// What interop_test.py needs of Mayfly's own readers and writers.
//   interop_tool make DIR PRINCIPAL   keys, and our certificates of them by CAs of each kind
//   interop_tool check FILE…          whether what others made parses, verifies and encodes to the
//                                     same bytes: a line each, as the clients print it
#include <cstdio>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "ssh/certificate.h"
#include "ssh/krl_document.h"
#include "ssh/private_key.h"

namespace mayfly::ssh {
namespace {

constexpr KeyType kTypes[] = {KeyType::kEd25519, KeyType::kEcdsaP256, KeyType::kEcdsaP384,
                              KeyType::kEcdsaP521, KeyType::kRsa};
constexpr KeyType kCas[] = {KeyType::kEd25519, KeyType::kEcdsaP256, KeyType::kRsa};

absl::StatusOr<PrivateKey> MakeKey(KeyType type, const std::string& path, Random& random) {
  MAYFLY_ASSIGN_OR_RETURN(PrivateKey key, PrivateKey::Generate(type, random));
  const SecretBytes text = key.SerializeFile("interop", random);
  MAYFLY_RETURN_IF_ERROR(
      text.Expose([&](BytesView bytes) { return WriteFileAtomically(path, AsText(bytes), 0600); }));
  MAYFLY_RETURN_IF_ERROR(
      WriteFileAtomically(path + ".pub", key.public_key().Line("interop") + "\n", 0644));
  return key;
}

CertificateBody Body(const PublicKey& key, const PublicKey& ca, const std::string& principal,
                     Random& random) {
  static uint64_t serial = 0;
  const auto now = static_cast<uint64_t>(absl::ToUnixSeconds(absl::Now()));
  CertificateBody body{.key = key,
                       .nonce = random.Take(32),
                       .serial = {++serial},
                       .kind = CertificateKind::kUser,
                       .key_id = "user:alice@people/1",
                       .principals = {principal, "env=production/deploy"},
                       .valid_after_unix_s = now - 60,
                       .valid_before_unix_s = now + 3600,
                       .critical_options = {},
                       .extensions = {},
                       .reserved = {},
                       .signature_key = ca};
  MAYFLY_CHECK(body.critical_options.AddText(kSourceAddress, "127.0.0.0/8,::1/128").ok());
  for (const char* extension : {"permit-port-forwarding", "permit-pty"}) {
    MAYFLY_CHECK(body.extensions.AddFlag(extension).ok());
  }
  return body;
}

absl::Status WriteLine(const std::string& path, const Certificate& certificate) {
  return WriteFileAtomically(path, certificate.Line("interop") + "\n", 0644);
}

// Certificates that every reader must refuse once it verifies: another's signature, a principal
// changed behind the CA's back, one whose time is over.
absl::Status MakeForgeries(const std::string& folder, const PrivateKey& key, const PrivateKey& ca,
                           const std::string& principal, Random& random) {
  const CertificateBody body = Body(key.public_key(), ca.public_key(), principal, random);
  MAYFLY_ASSIGN_OR_RETURN(const Certificate good, SignCertificate(body, ca.signer()));
  Certificate changed = good;
  changed.body.principals.emplace_back("root2");
  MAYFLY_RETURN_IF_ERROR(WriteLine(JoinPath(folder, "forged-principal-cert.pub"), changed));
  Certificate damaged = good;
  damaged.signature.bytes[10] ^= 1;
  MAYFLY_RETURN_IF_ERROR(WriteLine(JoinPath(folder, "forged-signature-cert.pub"), damaged));
  CertificateBody past = body;
  past.valid_after_unix_s -= 7200;
  past.valid_before_unix_s -= 7200;
  MAYFLY_ASSIGN_OR_RETURN(const Certificate over, SignCertificate(past, ca.signer()));
  return WriteLine(JoinPath(folder, "over-cert.pub"), over);
}

absl::Status Make(const std::string& directory, const std::string& principal) {
  SystemRandom random;
  for (const KeyType ca_type : kCas) {
    const std::string folder = JoinPath(directory, KeyTypeShortName(ca_type));
    MAYFLY_RETURN_IF_ERROR(MakeDirectory(folder, 0700));
    MAYFLY_ASSIGN_OR_RETURN(const PrivateKey ca, MakeKey(ca_type, JoinPath(folder, "ca"), random));
    for (const KeyType type : kTypes) {
      const std::string path = JoinPath(folder, KeyTypeShortName(type));
      MAYFLY_ASSIGN_OR_RETURN(const PrivateKey key, MakeKey(type, path, random));
      MAYFLY_ASSIGN_OR_RETURN(
          const Certificate certificate,
          SignCertificate(Body(key.public_key(), ca.public_key(), principal, random), ca.signer()));
      MAYFLY_RETURN_IF_ERROR(WriteLine(path + "-cert.pub", certificate));
      if (type == KeyType::kEd25519) {
        MAYFLY_RETURN_IF_ERROR(MakeForgeries(folder, key, ca, principal, random));
      }
    }
  }
  return MakeKey(KeyType::kEd25519, JoinPath(directory, "host"), random).status();
}

absl::Status CheckCertificate(std::string_view text) {
  std::string comment;
  MAYFLY_ASSIGN_OR_RETURN(const Certificate certificate, Certificate::ParseLine(text, &comment));
  MAYFLY_RETURN_IF_ERROR(certificate.VerifySignature());
  if (certificate.Line(comment) == TrimBlanks(text)) return absl::OkStatus();
  return Internal("it encodes to other bytes");
}

absl::Status CheckKrl(std::string_view bytes) {
  MAYFLY_ASSIGN_OR_RETURN(const KrlDocument krl, KrlDocument::Parse(AsBytes(bytes)));
  if (Equal(krl.Encode(), AsBytes(bytes))) return absl::OkStatus();
  return Internal("it encodes to other bytes");
}

absl::Status Check(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return text.starts_with("SSHKRL\n") ? CheckKrl(text) : CheckCertificate(text);
}

}  // namespace
}  // namespace mayfly::ssh

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 3 && arguments[0] == "make") {
    const absl::Status made = mayfly::ssh::Make(arguments[1], arguments[2]);
    if (made.ok()) return 0;
    fmt::print(stderr, "interop_tool: {}\n", mayfly::Message(made));
    return 1;
  }
  if (arguments.size() < 2 || arguments[0] != "check") return 2;
  for (size_t i = 1; i < arguments.size(); ++i) {
    const absl::Status status = mayfly::ssh::Check(arguments[i]);
    fmt::print("{}\t{}\n", arguments[i],
               status.ok() ? "ok" : fmt::format("no\t{}", mayfly::Message(status)));
  }
  return 0;
}
