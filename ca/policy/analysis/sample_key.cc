#include "ca/policy/analysis/situation.h"
#include "ssh/wire.h"

namespace mayfly::policy {
namespace {

// The curves' own base points (SEC 2, section 2): on the curve, and nobody's key.
constexpr std::string_view kP256 =
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb"
    "4a7c0f9e162bce33576b315ececbb6406837bf51f5";
constexpr std::string_view kP384 =
    "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e"
    "3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e81"
    "9d7a431d7c90ea0e5f";
constexpr std::string_view kP521 =
    "0400c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe"
    "1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66011839296a789a3bc0045c8a5fb42c7d1bd998f544"
    "49579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd166"
    "50";
constexpr size_t kEd25519Size = 32;
constexpr size_t kMldsa44Size = 1312;  // FIPS 204, table 2.

Bytes FromHex(std::string_view hex) { return HexDecode(hex).value(); }

void WriteEcdsa(std::string_view curve, std::string_view point, ssh::Writer* writer) {
  writer->String(curve).String(FromHex(point));
}

// An odd modulus of exactly so many bits.
void WriteRsa(int bits, ssh::Writer* writer) {
  Bytes modulus(static_cast<size_t>(bits + 7) / 8, 0x55);
  modulus.front() = static_cast<uint8_t>(1 << ((bits - 1) % 8));
  writer->Mpint(FromHex("010001")).Mpint(modulus);
}

}  // namespace

ssh::PublicKey SampleKey(ssh::KeyType type, int rsa_bits) {
  ssh::Writer writer;
  writer.String(ssh::KeyTypeName(type));
  const Bytes ed25519(kEd25519Size, 0x66);
  switch (type) {
    case ssh::KeyType::kEd25519:
      writer.String(ed25519);
      break;
    case ssh::KeyType::kEcdsaP256:
      WriteEcdsa("nistp256", kP256, &writer);
      break;
    case ssh::KeyType::kEcdsaP384:
      WriteEcdsa("nistp384", kP384, &writer);
      break;
    case ssh::KeyType::kEcdsaP521:
      WriteEcdsa("nistp521", kP521, &writer);
      break;
    case ssh::KeyType::kRsa:
      WriteRsa(rsa_bits, &writer);
      break;
    case ssh::KeyType::kMldsa44Ed25519:
      writer.String(Bytes(kMldsa44Size + kEd25519Size, 0x66));
      break;
    case ssh::KeyType::kSkEd25519:
      writer.String(ed25519).String("ssh:");
      break;
    case ssh::KeyType::kSkEcdsaP256:
      WriteEcdsa("nistp256", kP256, &writer);
      writer.String("ssh:");
      break;
  }
  return ssh::PublicKey::ParseBlob(writer.bytes()).value();
}

}  // namespace mayfly::policy
