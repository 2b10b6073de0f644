#ifndef MAYFLY_CA_LEDGER_GENERATION_WATCH_H_
#define MAYFLY_CA_LEDGER_GENERATION_WATCH_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "ca/store/store.h"

namespace mayfly::ledger {

// The ledger's store, which also knows when the generation moves: every write that moves it passes
// here, for one process at a time has the store open. What was read while `moves()` had a certain
// value may be kept in memory until that changes. Thread-safe.
class GenerationWatch final : public store::Store {
 public:
  explicit GenerationWatch(std::unique_ptr<store::Store> store) : store_(std::move(store)) {}

  // Counts up before a write that moves the generation is answered, also when it failed: it may
  // have been made durable all the same.
  uint64_t moves() const { return moves_.load(std::memory_order_acquire); }

  absl::StatusOr<std::vector<store::Rows>> Write(std::vector<store::Operation> operations) override;
  void WriteThen(std::vector<store::Operation> operations, Written written) override;
  void WriteLater(std::vector<store::Operation> operations) override;
  absl::StatusOr<store::Rows> Read(const store::Operation& operation) override {
    return store_->Read(operation);
  }
  absl::StatusOr<std::vector<store::Rows>> ReadTogether(
      const std::vector<store::Operation>& operations) override {
    return store_->ReadTogether(operations);
  }
  absl::Status Condition() const override { return store_->Condition(); }
  absl::Status Migrate(const std::vector<store::Migration>& migrations) override {
    return store_->Migrate(migrations);
  }

 private:
  std::atomic<uint64_t> moves_ = 0;
  const std::unique_ptr<store::Store> store_;  // Last: what it answers as it closes is counted.
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_GENERATION_WATCH_H_
