#include "ca/ledger/generation_watch.h"

#include <algorithm>
#include <string>
#include <variant>

#include "base/status.h"
#include "ca/ledger/statements.h"

namespace mayfly::ledger {
namespace {

bool MovesGeneration(const std::vector<store::Operation>& operations) {
  return std::ranges::any_of(operations, [](const store::Operation& operation) {
    return operation.statement == &kAdvanceCounter &&
           operation.arguments.at(1) == store::Value(std::string("generation"));
  });
}

}  // namespace

absl::StatusOr<std::vector<store::Rows>> GenerationWatch::Write(
    std::vector<store::Operation> operations) {
  const bool moves = MovesGeneration(operations);
  absl::StatusOr<std::vector<store::Rows>> result = store_->Write(std::move(operations));
  if (moves) moves_.fetch_add(1, std::memory_order_acq_rel);
  return result;
}

void GenerationWatch::WriteThen(std::vector<store::Operation> operations, Written written) {
  if (!MovesGeneration(operations)) {
    return store_->WriteThen(std::move(operations), std::move(written));
  }
  store_->WriteThen(std::move(operations), [this, written = std::move(written)](auto result) {
    moves_.fetch_add(1, std::memory_order_acq_rel);
    written(std::move(result));
  });
}

void GenerationWatch::WriteLater(std::vector<store::Operation> operations) {
  // Nobody is told when it is written, so nobody could say when memory is out of date.
  MAYFLY_CHECK(!MovesGeneration(operations));
  store_->WriteLater(std::move(operations));
}

}  // namespace mayfly::ledger
