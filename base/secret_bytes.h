// SecretBytes keeps a key, a passphrase or a PIN.
#ifndef MAYFLY_BASE_SECRET_BYTES_H_
#define MAYFLY_BASE_SECRET_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "base/bytes.h"

namespace mayfly {

// Bytes that nobody else may see: move-only, in libsodium's guarded memory (locked where the
// system's memlock limit allows, kept out of core dumps), wiped on destruction. Its bytes are
// reached only through Expose and Fill, so `git grep 'Expose('` lists every place that touches a
// secret. Not thread-safe; const access from several threads is.
class SecretBytes {
 public:
  SecretBytes() = default;            // Empty.
  explicit SecretBytes(size_t size);  // Zeroes.
  // Copies, for bytes that come from a file or a prompt; wipe the source yourself.
  static SecretBytes CopyOf(BytesView bytes);
  SecretBytes(SecretBytes&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  SecretBytes Clone() const;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Calls `use` with the bytes and returns what it returns. The span must not outlive the call.
  template <typename Use>
  decltype(auto) Expose(Use&& use) const {
    return std::forward<Use>(use)(BytesView(bytes_.get(), size_));
  }
  // The same, writable: to fill it in place.
  template <typename Use>
  decltype(auto) Fill(Use&& use) {
    return std::forward<Use>(use)(std::span<uint8_t>(bytes_.get(), size_));
  }
  // Shortens to `size` bytes (a file was read into a buffer that was too large); wipes the rest.
  void Truncate(size_t size);

  // Constant-time for equal sizes.
  friend bool operator==(const SecretBytes& a, const SecretBytes& b);

 private:
  struct Free {
    void operator()(uint8_t* bytes) const;
  };
  std::unique_ptr<uint8_t[], Free> bytes_;
  size_t size_ = 0;
};

// Wipes memory that is not a SecretBytes, in a way that no optimiser removes.
void Wipe(std::span<uint8_t> bytes);
void Wipe(std::string& text);

}  // namespace mayfly

#endif  // MAYFLY_BASE_SECRET_BYTES_H_
