// The SSH wire encoding (RFC 4251 section 5): the one reader and the one writer of bytes.
#ifndef MAYFLY_SSH_WIRE_H_
#define MAYFLY_SSH_WIRE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"

namespace mayfly::ssh {

// Reads values from bytes that it does not own; they must outlive it and every view it hands out.
// A read takes a whole value or nothing: after an error the position is unchanged. It never
// allocates by a length that the input names. Every error is kInvalidArgument and says at which
// byte of `bytes` it stopped.
class Reader {
 public:
  explicit Reader(BytesView bytes) : size_(bytes.size()), rest_(bytes) {}

  absl::StatusOr<uint8_t> ReadByte();
  absl::StatusOr<bool> ReadBoolean();  // 0 or 1; RFC 4251 asks writers for no other value.
  absl::StatusOr<uint32_t> ReadUint32();
  absl::StatusOr<uint64_t> ReadUint64();
  absl::StatusOr<BytesView> ReadString();  // Length and bytes.
  // A string that must be text: no NUL (OpenSSH's sshbuf_get_cstring refuses one).
  absl::StatusOr<std::string> ReadText();
  // A positive, minimally encoded mpint, as its magnitude without the sign byte (so possibly empty
  // for zero). At most `max_bytes` bytes of magnitude; OpenSSH's limit is 2048 (16,384 bits).
  absl::StatusOr<BytesView> ReadMpint(size_t max_bytes = 2048);
  absl::StatusOr<BytesView> ReadRaw(size_t size);

  // Every parser ends with this: kInvalidArgument when bytes are left over.
  absl::Status ExpectEnd() const;
  bool AtEnd() const { return rest_.empty(); }
  BytesView rest() const { return rest_; }
  size_t offset() const { return size_ - rest_.size(); }  // How much was read.

 private:
  absl::Status Truncated(std::string_view what, size_t wanted, size_t left) const;
  size_t size_;
  BytesView rest_;
};

// Appends values to a growing byte string.
class Writer {
 public:
  Writer& Byte(uint8_t value);
  Writer& Boolean(bool value) { return Byte(value ? 1 : 0); }
  Writer& Uint32(uint32_t value);
  Writer& Uint64(uint64_t value);
  Writer& String(BytesView value);
  Writer& String(std::string_view value) { return String(AsBytes(value)); }
  Writer& String(const char* value) { return String(std::string_view(value)); }
  Writer& String(const std::string& value) { return String(std::string_view(value)); }
  // `magnitude` big-endian, leading zeroes allowed; written minimal and positive.
  Writer& Mpint(BytesView magnitude);
  Writer& Raw(BytesView value);
  // A string whose contents `write` appends to the writer that it is given.
  template <typename Write>
  Writer& Nested(const Write& write) {
    const size_t start = bytes_.size();
    Uint32(0);
    write(*this);
    SetSizeAt(start);
    return *this;
  }

  const Bytes& bytes() const { return bytes_; }
  Bytes Take() { return std::move(bytes_); }

 private:
  // The string that begins at `start` has all of its contents.
  void SetSizeAt(size_t start);
  Bytes bytes_;
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_WIRE_H_
