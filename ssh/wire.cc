#include "ssh/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/status.h"

namespace mayfly::ssh {
namespace {

template <typename Integer>
Integer BigEndian(BytesView bytes) {
  Integer value = 0;
  for (const uint8_t byte : bytes) value = static_cast<Integer>(value << 8 | byte);
  return value;
}

template <typename Integer>
std::array<uint8_t, sizeof(Integer)> BigEndianBytes(Integer value) {
  std::array<uint8_t, sizeof(Integer)> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(value >> 8 * (bytes.size() - 1 - i));
  }
  return bytes;
}

}  // namespace

absl::Status Reader::Truncated(std::string_view what, size_t wanted, size_t left) const {
  return InvalidArgument(fmt::format("truncated at byte {}: expected {} of {} bytes, {} left",
                                     offset(), what, wanted, left));
}

absl::StatusOr<uint8_t> Reader::ReadByte() {
  MAYFLY_ASSIGN_OR_RETURN(const BytesView bytes, ReadRaw(1));
  return bytes[0];
}

absl::StatusOr<bool> Reader::ReadBoolean() {
  if (!rest_.empty() && rest_[0] > 1) {
    return InvalidArgument(
        fmt::format("a boolean must be 0 or 1, not {} (at byte {})", rest_[0], offset()));
  }
  MAYFLY_ASSIGN_OR_RETURN(const uint8_t byte, ReadByte());
  return byte == 1;
}

absl::StatusOr<uint32_t> Reader::ReadUint32() {
  MAYFLY_ASSIGN_OR_RETURN(const BytesView bytes, ReadRaw(4));
  return BigEndian<uint32_t>(bytes);
}

absl::StatusOr<uint64_t> Reader::ReadUint64() {
  MAYFLY_ASSIGN_OR_RETURN(const BytesView bytes, ReadRaw(8));
  return BigEndian<uint64_t>(bytes);
}

absl::StatusOr<BytesView> Reader::ReadString() {
  if (rest_.size() < 4) return Truncated("the length of a string", 4, rest_.size());
  const size_t size = BigEndian<uint32_t>(rest_.first(4));
  if (size > rest_.size() - 4) return Truncated("a string", size, rest_.size() - 4);
  const BytesView value = rest_.subspan(4, size);
  rest_ = rest_.subspan(4 + size);
  return value;
}

absl::StatusOr<std::string> Reader::ReadText() {
  const BytesView before = rest_;
  MAYFLY_ASSIGN_OR_RETURN(const BytesView value, ReadString());
  std::string text = ToText(value);
  if (text.find('\0') != std::string::npos) {
    rest_ = before;
    return InvalidArgument(fmt::format("a text holds a NUL byte (at byte {})", offset()));
  }
  return text;
}

absl::StatusOr<BytesView> Reader::ReadMpint(size_t max_bytes) {
  const BytesView before = rest_;
  MAYFLY_ASSIGN_OR_RETURN(BytesView value, ReadString());
  const auto refuse = [&](const std::string& why) {
    rest_ = before;
    return InvalidArgument(fmt::format("{} (at byte {})", why, offset()));
  };
  if (!value.empty() && value[0] >= 0x80) return refuse("an integer is negative");
  if (!value.empty() && value[0] == 0) {
    if (value.size() == 1 || value[1] < 0x80) return refuse("an integer has a needless zero byte");
    value = value.subspan(1);
  }
  if (value.size() > max_bytes) {
    return refuse(
        fmt::format("an integer has {} bytes: at most {} are allowed", value.size(), max_bytes));
  }
  return value;
}

absl::StatusOr<BytesView> Reader::ReadRaw(size_t size) {
  if (size > rest_.size()) return Truncated("a value", size, rest_.size());
  const BytesView value = rest_.first(size);
  rest_ = rest_.subspan(size);
  return value;
}

absl::Status Reader::ExpectEnd() const {
  if (rest_.empty()) return absl::OkStatus();
  return InvalidArgument(
      fmt::format("{} bytes too many at the end, from byte {} on", rest_.size(), offset()));
}

Writer& Writer::Byte(uint8_t value) {
  bytes_.push_back(value);
  return *this;
}

Writer& Writer::Uint32(uint32_t value) { return Raw(BigEndianBytes(value)); }

Writer& Writer::Uint64(uint64_t value) { return Raw(BigEndianBytes(value)); }

Writer& Writer::String(BytesView value) {
  MAYFLY_CHECK(value.size() <= UINT32_MAX);
  return Uint32(static_cast<uint32_t>(value.size())).Raw(value);
}

Writer& Writer::Mpint(BytesView magnitude) {
  while (!magnitude.empty() && magnitude[0] == 0) magnitude = magnitude.subspan(1);
  const bool sign_byte = !magnitude.empty() && magnitude[0] >= 0x80;
  MAYFLY_CHECK(magnitude.size() < UINT32_MAX);
  Uint32(static_cast<uint32_t>(magnitude.size() + (sign_byte ? 1 : 0)));
  if (sign_byte) Byte(0);
  return Raw(magnitude);
}

void Writer::SetSizeAt(size_t start) {
  const size_t size = bytes_.size() - start - sizeof(uint32_t);
  MAYFLY_CHECK(size <= UINT32_MAX);
  std::ranges::copy(BigEndianBytes(static_cast<uint32_t>(size)),
                    bytes_.begin() + static_cast<ptrdiff_t>(start));
}

Writer& Writer::Raw(BytesView value) {
  // Most certificates are shorter: growing up to that would copy them six times.
  constexpr size_t kFirstCapacity = 512;
  if (bytes_.capacity() == 0) bytes_.reserve(kFirstCapacity);
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  return *this;
}

}  // namespace mayfly::ssh
