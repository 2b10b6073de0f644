// Prints what the machine can do: ed25519 by both libraries, and the disk.
#include <filesystem>
#include <iostream>

#include "base/status.h"
#include "fmt/format.h"
#include "tests/bench/primitives.h"

int main() {
  const mayfly::bench::SignatureRates rates = mayfly::bench::MeasureEd25519(0.5);
  const auto row = [](const char* what, double per_second) {
    std::cout << fmt::format("{:<24} {:>10.0f} /s {:>8.1f} us\n", what, per_second,
                             1e6 / per_second);
  };
  row("ed25519 sign, OpenSSL", rates.openssl_sign);
  row("ed25519 sign, libsodium", rates.sodium_sign);
  row("ed25519 verify, OpenSSL", rates.openssl_verify);
  row("ed25519 verify, libsodium", rates.sodium_verify);
  // The current folder, for that is the disk that was asked about; /tmp may be memory.
  const absl::StatusOr<double> fsync =
      mayfly::bench::MeasureFsync(std::filesystem::current_path().string(), 1.0);
  if (!fsync.ok()) {
    std::cerr << "bench: " << mayfly::Message(fsync.status()) << "\n";
    return 1;
  }
  row("fdatasync", *fsync);
  return 0;
}
