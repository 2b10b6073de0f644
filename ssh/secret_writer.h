// The wire encoding for secrets: what Writer does, in guarded memory.
#ifndef MAYFLY_SSH_SECRET_WRITER_H_
#define MAYFLY_SSH_SECRET_WRITER_H_

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/secret_bytes.h"

namespace mayfly::ssh {

// Appends values to a secret of bounded size. Unlike a growing vector it never leaves a copy behind
// in memory that is not wiped. Writing more than `capacity` bytes ends the process.
class SecretWriter {
 public:
  explicit SecretWriter(size_t capacity) : secret_(capacity) {}

  SecretWriter& Byte(uint8_t value);
  SecretWriter& Uint32(uint32_t value);
  SecretWriter& String(BytesView value);
  SecretWriter& String(std::string_view value) { return String(AsBytes(value)); }
  SecretWriter& Mpint(BytesView magnitude);
  SecretWriter& Raw(BytesView value);
  SecretWriter& Raw(std::string_view value) { return Raw(AsBytes(value)); }

  size_t size() const { return used_; }
  SecretBytes Take();

 private:
  SecretBytes secret_;
  size_t used_ = 0;
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_SECRET_WRITER_H_
