#include "ca/token/algorithm.h"

namespace mayfly::token {

std::string_view AlgorithmName(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
      return "RS256";
    case Algorithm::kRs384:
      return "RS384";
    case Algorithm::kRs512:
      return "RS512";
    case Algorithm::kPs256:
      return "PS256";
    case Algorithm::kPs384:
      return "PS384";
    case Algorithm::kPs512:
      return "PS512";
    case Algorithm::kEs256:
      return "ES256";
    case Algorithm::kEs384:
      return "ES384";
    case Algorithm::kEdDsa:
      return "EdDSA";
  }
  return "unknown";
}

const std::vector<Algorithm>& AllAlgorithms() {
  static const auto& all = *new std::vector<Algorithm>{
      Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512, Algorithm::kPs256, Algorithm::kPs384,
      Algorithm::kPs512, Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEdDsa};
  return all;
}

std::optional<Algorithm> ParseAlgorithm(std::string_view name) {
  for (const Algorithm algorithm : AllAlgorithms()) {
    if (name == AlgorithmName(algorithm)) return algorithm;
  }
  return std::nullopt;
}

}  // namespace mayfly::token
