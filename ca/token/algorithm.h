#ifndef MAYFLY_CA_TOKEN_ALGORITHM_H_
#define MAYFLY_CA_TOKEN_ALGORITHM_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mayfly::token {

// The signature algorithms that a token may have (RFC 7518, RFC 8037). There is no "none", and
// none with a shared secret: a verifier that knew the secret could make tokens itself.
enum class Algorithm { kRs256, kRs384, kRs512, kPs256, kPs384, kPs512, kEs256, kEs384, kEdDsa };

std::optional<Algorithm> ParseAlgorithm(std::string_view name);  // "RS256"
std::string_view AlgorithmName(Algorithm algorithm);
const std::vector<Algorithm>& AllAlgorithms();

}  // namespace mayfly::token

#endif  // MAYFLY_CA_TOKEN_ALGORITHM_H_
