#include "base/secret_bytes.h"

#include <sodium.h>

#include <algorithm>
#include <string>

#include "base/status.h"

namespace mayfly {

void SecretBytes::Free::operator()(uint8_t* bytes) const { sodium_free(bytes); }

SecretBytes::SecretBytes(size_t size) : size_(size) {
  // sodium_init is idempotent and cheap once done; guarded memory needs it.
  MAYFLY_CHECK(sodium_init() >= 0);
  bytes_.reset(static_cast<uint8_t*>(sodium_malloc(size == 0 ? 1 : size)));
  MAYFLY_CHECK(bytes_ != nullptr);
  std::fill_n(bytes_.get(), size, uint8_t{0});
}

SecretBytes SecretBytes::CopyOf(BytesView bytes) {
  SecretBytes copy(bytes.size());
  std::ranges::copy(bytes, copy.bytes_.get());
  return copy;
}

SecretBytes SecretBytes::Clone() const { return CopyOf({bytes_.get(), size_}); }

void SecretBytes::Truncate(size_t size) {
  MAYFLY_CHECK(size <= size_);
  sodium_memzero(bytes_.get() + size, size_ - size);
  size_ = size;
}

bool operator==(const SecretBytes& a, const SecretBytes& b) {
  return a.size_ == b.size_ &&
         (a.size_ == 0 || sodium_memcmp(a.bytes_.get(), b.bytes_.get(), a.size_) == 0);
}

void Wipe(std::span<uint8_t> bytes) { sodium_memzero(bytes.data(), bytes.size()); }
void Wipe(std::string& text) { sodium_memzero(text.data(), text.size()); }

}  // namespace mayfly
