// What the machine can do: the limits that every other figure is held against, measured in the same
// run, for machines differ and one machine differs from hour to hour.
#ifndef MAYFLY_TESTS_BENCH_PRIMITIVES_H_
#define MAYFLY_TESTS_BENCH_PRIMITIVES_H_

#include <string>

#include "absl/status/statusor.h"

namespace mayfly::bench {

// Operations per second of one core's CPU time (so other programs on the machine disturb little),
// over a message of 300 bytes, about what a certificate or a call's SSHSIG signs.
struct SignatureRates {
  double openssl_sign = 0, openssl_verify = 0;
  double sodium_sign = 0, sodium_verify = 0;

  double best_sign() const { return openssl_sign > sodium_sign ? openssl_sign : sodium_sign; }
  double best_verify() const {
    return openssl_verify > sodium_verify ? openssl_verify : sodium_verify;
  }
};
SignatureRates MeasureEd25519(double seconds_each);

// fdatasync a second, each after 4 KiB appended to a new file in `folder`; by the wall clock.
absl::StatusOr<double> MeasureFsync(const std::string& folder, double seconds);

}  // namespace mayfly::bench

#endif  // MAYFLY_TESTS_BENCH_PRIMITIVES_H_
