// A private key file that parses is written and read again as the same key, whose signature
// verifies. An input without armor is armored first, so that mutations reach what is inside.
#include <string>

#include "base/random.h"
#include "base/status.h"
#include "ssh/private_key.h"

using mayfly::SecretBytes;
using mayfly::ssh::PrivateKey;

namespace {

SecretBytes Armored(mayfly::BytesView input) {
  std::string text = mayfly::ToText(input);
  if (!text.starts_with("-----")) {
    text = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + mayfly::Base64Encode(input) +
           "\n-----END OPENSSH PRIVATE KEY-----\n";
  }
  return SecretBytes::CopyOf(mayfly::AsBytes(text));
}

// Instead of bcrypt, which would take all of the fuzzer's time.
absl::StatusOr<SecretBytes> Zeroes(const SecretBytes&, mayfly::BytesView, uint32_t, size_t size) {
  return SecretBytes(size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const SecretBytes passphrase(1);
  std::string comment;
  const absl::StatusOr<PrivateKey> key =
      PrivateKey::ParseFile(Armored({data, size}), &passphrase, Zeroes, &comment);
  if (!key.ok()) {
    MAYFLY_CHECK(key.status().code() == absl::StatusCode::kInvalidArgument ||
                 key.status().code() == absl::StatusCode::kUnauthenticated);
    return 0;
  }
  mayfly::SystemRandom random;
  const absl::StatusOr<PrivateKey> again =
      PrivateKey::ParseFile(key->SerializeFile(comment, random));
  MAYFLY_CHECK(again.ok() && again->private_section() == key->private_section());
  const auto signature = again->Sign(mayfly::AsBytes("message"));
  if (!signature.ok()) return 0;  // RSA with a modulus that is too small for a digest.
  // The factors of an RSA key are not proven prime here, so its signature need not verify.
  const absl::Status verified = Verify(again->public_key(), mayfly::AsBytes("message"), *signature);
  MAYFLY_CHECK(verified.ok() || again->public_key().type() == mayfly::ssh::KeyType::kRsa);
  return 0;
}
