#include "ssh/weak_key_list.h"

#include <openssl/evp.h>

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::ssh {
namespace {

constexpr size_t kMd5Size = 16;

}  // namespace

const std::vector<std::string>& WeakKeyList::Files() {
  static const auto& files = *new std::vector<std::string>{
      "/usr/share/ssh/blacklist.RSA-2048", "/usr/share/ssh/blacklist.RSA-4096",
      "/etc/ssh/blacklist.RSA-2048", "/etc/ssh/blacklist.RSA-4096"};
  return files;
}

absl::StatusOr<WeakKeyList> WeakKeyList::Load(
    const std::function<absl::StatusOr<std::string>(const std::string& path)>& read) {
  WeakKeyList list;
  for (const std::string& path : Files()) {
    const absl::StatusOr<std::string> text = read(path);
    if (absl::IsNotFound(text.status())) continue;
    if (!text.ok()) return text.status();
    MAYFLY_RETURN_IF_ERROR(Annotate(list.Add(*text), path));
  }
  return list;
}

absl::Status WeakKeyList::Add(std::string_view text) {
  std::vector<Digest> added;
  size_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = TrimBlanks(text.substr(begin, end - begin));
    begin = end + 1;
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    Digest digest;
    const absl::StatusOr<Bytes> bytes = HexDecode(line);
    if (!bytes.ok() || bytes->size() != digest.size()) {
      return InvalidArgument(fmt::format(
          "line {}: expected the last 20 hexadecimal digits of a key's MD5 fingerprint", number));
    }
    std::ranges::copy(*bytes, digest.begin());
    added.push_back(digest);
  }
  digests_.insert(digests_.end(), added.begin(), added.end());
  std::ranges::sort(digests_);
  digests_.erase(std::unique(digests_.begin(), digests_.end()), digests_.end());
  return absl::OkStatus();
}

bool WeakKeyList::Contains(const PublicKey& key) const {
  if (digests_.empty()) return false;
  std::array<uint8_t, kMd5Size> md5;
  size_t size = 0;
  // A library without MD5 must not make every listed key a good one.
  MAYFLY_CHECK(EVP_Q_digest(nullptr, "MD5", nullptr, key.blob().data(), key.blob().size(),
                            md5.data(), &size) == 1 &&
               size == md5.size());
  Digest digest;
  std::copy(md5.end() - digest.size(), md5.end(), digest.begin());
  return std::ranges::binary_search(digests_, digest);
}

}  // namespace mayfly::ssh
