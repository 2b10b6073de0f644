#include "ssh/secret_writer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/status.h"

namespace mayfly::ssh {

SecretWriter& SecretWriter::Byte(uint8_t value) { return Raw(BytesView(&value, 1)); }

SecretWriter& SecretWriter::Uint32(uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) Byte(static_cast<uint8_t>(value >> shift));
  return *this;
}

SecretWriter& SecretWriter::String(BytesView value) {
  return Uint32(static_cast<uint32_t>(value.size())).Raw(value);
}

SecretWriter& SecretWriter::Mpint(BytesView magnitude) {
  while (!magnitude.empty() && magnitude[0] == 0) magnitude = magnitude.subspan(1);
  const bool sign_byte = !magnitude.empty() && magnitude[0] >= 0x80;
  Uint32(static_cast<uint32_t>(magnitude.size() + (sign_byte ? 1 : 0)));
  if (sign_byte) Byte(0);
  return Raw(magnitude);
}

SecretWriter& SecretWriter::Raw(BytesView value) {
  MAYFLY_CHECK(value.size() <= secret_.size() - used_);
  secret_.Fill([&](std::span<uint8_t> bytes) { std::ranges::copy(value, bytes.begin() + used_); });
  used_ += value.size();
  return *this;
}

SecretBytes SecretWriter::Take() {
  secret_.Truncate(used_);
  used_ = 0;
  return std::move(secret_);
}

}  // namespace mayfly::ssh
