#include "ca/server/request_id.h"

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"

namespace mayfly::server {

std::string MakeRequestId(absl::Time now, Random& random) {
  constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  const uint64_t milliseconds = static_cast<uint64_t>(absl::ToUnixMillis(now)) & 0xffffffffffff;
  const Bytes noise = random.Take(10);
  uint64_t high = milliseconds << 16 | uint64_t{noise[0]} << 8 | noise[1];
  uint64_t low = 0;
  for (size_t i = 2; i < noise.size(); ++i) low = low << 8 | noise[i];
  std::string id;
  for (int i = 0; i < 26; ++i) {
    id += kAlphabet[low & 31];
    low = low >> 5 | high << 59;
    high >>= 5;
  }
  std::ranges::reverse(id);
  return id;
}

}  // namespace mayfly::server
