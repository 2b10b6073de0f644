// Bytes from hexadecimal literals of this program's own.
#ifndef MAYFLY_TESTS_SSH_HEX_H_
#define MAYFLY_TESTS_SSH_HEX_H_

#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/status.h"

namespace mayfly::ssh {

inline Bytes FromHex(std::string_view hex) {
  absl::StatusOr<Bytes> bytes = HexDecode(hex);
  MAYFLY_CHECK(bytes.ok());
  return *std::move(bytes);
}

}  // namespace mayfly::ssh

#endif  // MAYFLY_TESTS_SSH_HEX_H_
