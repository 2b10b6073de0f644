#include "tests/bench/primitives.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <functional>

#include "base/bytes.h"
#include "base/file.h"
#include "base/status.h"

namespace mayfly::bench {
namespace {

constexpr size_t kMessageSize = 300;
constexpr size_t kBlock = 4096;

double ThreadCpuSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// How often a second of CPU time `once` can be done.
double Rate(double seconds, const std::function<bool()>& once) {
  for (int i = 0; i < 50; ++i) MAYFLY_CHECK(once());
  const double start = ThreadCpuSeconds();
  double elapsed = 0;
  uint64_t done = 0;
  while (elapsed < seconds) {
    for (int i = 0; i < 50; ++i) MAYFLY_CHECK(once());
    done += 50;
    elapsed = ThreadCpuSeconds() - start;
  }
  return static_cast<double>(done) / elapsed;
}

struct FreeOpenSsl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeOpenSsl>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeOpenSsl>;

}  // namespace

SignatureRates MeasureEd25519(double seconds_each) {
  MAYFLY_CHECK(sodium_init() >= 0);
  const Bytes message(kMessageSize, 0x5a);
  std::array<uint8_t, crypto_sign_PUBLICKEYBYTES> point;
  std::array<uint8_t, crypto_sign_SECRETKEYBYTES> secret;
  crypto_sign_keypair(point.data(), secret.data());
  std::array<uint8_t, crypto_sign_BYTES> signature;
  const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), 32));
  MAYFLY_CHECK(key != nullptr);

  SignatureRates rates;
  rates.sodium_sign = Rate(seconds_each, [&] {
    return crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                                secret.data()) == 0;
  });
  rates.sodium_verify = Rate(seconds_each, [&] {
    return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                       point.data()) == 0;
  });
  rates.openssl_sign = Rate(seconds_each, [&] {
    const Context context(EVP_MD_CTX_new());
    size_t size = signature.size();
    return EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) ==
               1;
  });
  rates.openssl_verify = Rate(seconds_each, [&] {
    const Context context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                            message.size()) == 1;
  });
  return rates;
}

absl::StatusOr<double> MeasureFsync(const std::string& folder, double seconds) {
  const std::string path = JoinPath(folder, "fsync");
  const FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return ErrnoStatus(errno, path);
  unlink(path.c_str());
  const Bytes block(kBlock, 0x5a);
  const auto start = std::chrono::steady_clock::now();
  std::chrono::duration<double> elapsed{0};
  int done = 0;
  for (; elapsed.count() < seconds; ++done) {
    if (write(file.get(), block.data(), block.size()) != static_cast<ssize_t>(block.size()) ||
        fdatasync(file.get()) != 0) {
      return ErrnoStatus(errno, path);
    }
    elapsed = std::chrono::steady_clock::now() - start;
  }
  return done / elapsed.count();
}

}  // namespace mayfly::bench
