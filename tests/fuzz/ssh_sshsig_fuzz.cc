// An SSHSIG that parses encodes to the same bytes, survives its armor, and verifies or not without
// a crash. The input is also tried as armor.
#include "base/status.h"
#include "ssh/sshsig.h"

using mayfly::ssh::Sshsig;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const mayfly::BytesView input(data, size);
  const absl::StatusOr<Sshsig> armored = Sshsig::ParseArmored(mayfly::AsText(input));
  const absl::StatusOr<Sshsig> sshsig = armored.ok() ? armored : Sshsig::Parse(input);
  if (!sshsig.ok()) {
    MAYFLY_CHECK(sshsig.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  const mayfly::Bytes encoded = sshsig->Encode();
  MAYFLY_CHECK(armored.ok() || mayfly::Equal(encoded, input));
  const absl::StatusOr<Sshsig> again = Sshsig::ParseArmored(sshsig->Armor());
  MAYFLY_CHECK(again.ok() && again->Encode() == encoded);
  mayfly::ssh::VerifySshsig(encoded, sshsig->name_space, mayfly::AsBytes("message\n"))
      .status()
      .IgnoreError();
  return 0;
}
