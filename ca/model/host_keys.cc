#include "ca/model/host_keys.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "fmt/format.h"
#include "ssh/wire.h"

namespace mayfly::model {

Sha256Digest HostKeysDigest(std::vector<Bytes> blobs) {
  std::ranges::sort(blobs);
  ssh::Writer writer;
  for (const Bytes& blob : blobs) writer.String(BytesView(blob));
  return Sha256(writer.Take());
}

std::string EnrolmentAudience(std::string_view ca_id, const Sha256Digest& host_keys) {
  ssh::Writer writer;
  writer.String(ca_id);
  writer.String(BytesView(host_keys));
  return "mayfly:host:" + HexEncode(Sha256(writer.Take()));
}

std::string AzureNonce(const Sha256Digest& host_keys) {
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof number; ++i) number = number << 8 | host_keys[i];
  return fmt::format("{:010}", number % 10'000'000'000u);
}

}  // namespace mayfly::model
