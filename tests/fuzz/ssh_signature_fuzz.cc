// A signature that parses encodes to the same bytes; no key takes one that it did not make. Each
// input is also tried as the bytes of an ECDSA signature, which have a form of their own.
#include <string>

#include "base/secret_bytes.h"
#include "base/status.h"
#include "ssh/private_key.h"
#include "ssh/signature.h"
#include "ssh/wire.h"

using mayfly::ssh::PublicKey;
using mayfly::ssh::Signature;

namespace {

// The base point of P-256 (SEC 2 section 2.4.2): its private key, 1, signs nothing here.
PublicKey EcdsaKey() {
  const auto point = mayfly::HexDecode(
      "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
  MAYFLY_CHECK(point.ok());
  auto key = PublicKey::ParseBlob(mayfly::ssh::Writer()
                                      .String("ecdsa-sha2-nistp256")
                                      .String("nistp256")
                                      .String(*point)
                                      .bytes());
  MAYFLY_CHECK(key.ok());
  return *key;
}

PublicKey Ed25519Key() {
  auto key = mayfly::ssh::PrivateKey::Ed25519FromSeed(mayfly::SecretBytes(32));
  MAYFLY_CHECK(key.ok());
  return key->public_key();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const PublicKey ecdsa = EcdsaKey(), ed25519 = Ed25519Key();
  const mayfly::BytesView input(data, size);
  Verify(ecdsa, mayfly::AsBytes("message"), {"ecdsa-sha2-nistp256", mayfly::ToBytes(input)})
      .IgnoreError();
  const absl::StatusOr<Signature> signature = Signature::Parse(input);
  if (!signature.ok()) {
    MAYFLY_CHECK(signature.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  MAYFLY_CHECK(mayfly::Equal(signature->Encode(), input));
  MAYFLY_CHECK(!Verify(ed25519, mayfly::AsBytes("message"), *signature).ok());
  Verify(ecdsa, mayfly::AsBytes("message"), *signature).IgnoreError();
  return 0;
}
