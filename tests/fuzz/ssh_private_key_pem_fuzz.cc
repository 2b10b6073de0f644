// A PEM or PKCS#8 key that parses is whole: its private section reads back as the same key.
#include "base/secret_bytes.h"
#include "base/status.h"
#include "ssh/private_key.h"
#include "ssh/private_key_pem.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mayfly::SecretBytes;
  const SecretBytes text = SecretBytes::CopyOf(mayfly::BytesView(data, size));
  const SecretBytes passphrase = SecretBytes::CopyOf(mayfly::AsBytes("open sesame"));
  for (const SecretBytes* phrase : {static_cast<const SecretBytes*>(nullptr), &passphrase}) {
    const absl::StatusOr<mayfly::ssh::PrivateKey> key = mayfly::ssh::ParsePem(text, phrase);
    if (!key.ok()) continue;
    const absl::StatusOr<mayfly::ssh::PrivateKey> again =
        mayfly::ssh::PrivateKey::ParsePrivateSection(key->private_section());
    MAYFLY_CHECK(again.ok() && again->public_key() == key->public_key());
  }
  return 0;
}
