// A certificate in parts that no code of ours has looked at, so that a test can break exactly one
// of them and sign the result: what is refused then is refused for that part.
#ifndef MAYFLY_TESTS_SSH_RAW_CERTIFICATE_H_
#define MAYFLY_TESTS_SSH_RAW_CERTIFICATE_H_

#include <string>
#include <vector>

#include "base/secret_bytes.h"
#include "base/status.h"
#include "ssh/private_key.h"
#include "ssh/wire.h"

namespace mayfly::ssh {

inline PrivateKey Ed25519Key(std::string_view name) {
  absl::StatusOr<PrivateKey> key =
      PrivateKey::Ed25519FromSeed(SecretBytes::CopyOf(Sha256(AsBytes(name))));
  MAYFLY_CHECK(key.ok());
  return *std::move(key);
}

inline Bytes Strings(const std::vector<std::string>& texts) {
  Writer writer;
  for (const std::string& text : texts) writer.String(text);
  return writer.Take();
}

struct RawCertificate {
  std::string type = "ssh-ed25519-cert-v01@openssh.com";
  Bytes nonce = Bytes(32, 7);
  Bytes key_fields = Writer().String(Ed25519Key("subject").public_key().point()).Take();
  uint64_t serial = 5;
  uint32_t kind = 1;
  std::string key_id = "user:alice@people/1";
  Bytes principals = Strings({"alice", "deploy"});
  uint64_t valid_after = 1772442000, valid_before = 1772445600;
  Bytes critical = Strings({"force-command", std::string("\0\0\0\2ls", 6)});
  Bytes extensions = Strings({"permit-port-forwarding", "", "permit-pty", ""});
  std::string reserved;
  Bytes signature_key = ToBytes(Ed25519Key("ca").public_key().blob());

  Bytes Body() const {
    Writer writer;
    writer.String(type).String(nonce).Raw(key_fields).Uint64(serial).Uint32(kind).String(key_id);
    writer.String(principals).Uint64(valid_after).Uint64(valid_before).String(critical);
    return writer.String(extensions).String(reserved).String(signature_key).Take();
  }
  Bytes Encode() const {
    const absl::StatusOr<Signature> signature = Ed25519Key("ca").Sign(Body());
    MAYFLY_CHECK(signature.ok());
    return Writer().Raw(Body()).String(signature->Encode()).Take();
  }
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_TESTS_SSH_RAW_CERTIFICATE_H_
