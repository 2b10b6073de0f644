#ifndef MAYFLY_TESTS_TESTING_FAULTY_STORE_H_
#define MAYFLY_TESTS_TESTING_FAULTY_STORE_H_

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "base/status.h"
#include "ca/store/store.h"

namespace mayfly {

// A store whose n-th write (from 1, counted from construction) fails; all others are the real
// one's. Thread-safe.
class FaultyStore final : public store::Store {
 public:
  enum class Fault {
    kBefore,  // Nothing was written, as for a full disk.
    kAfter,   // It was written, but the answer was lost, as for a lost connection.
  };

  FaultyStore(std::unique_ptr<store::Store> real, int n, Fault fault = Fault::kBefore)
      : real_(std::move(real)), n_(n), fault_(fault) {}

  absl::StatusOr<std::vector<store::Rows>> Write(
      std::vector<store::Operation> operations) override {
    if (++writes_ != n_) return real_->Write(std::move(operations));
    if (fault_ == Fault::kAfter) real_->Write(std::move(operations)).status().IgnoreError();
    return ResourceExhausted("the disk is full (injected)");
  }
  void WriteThen(std::vector<store::Operation> operations, Written written) override {
    if (++writes_ != n_) return real_->WriteThen(std::move(operations), std::move(written));
    const absl::Status full = ResourceExhausted("the disk is full (injected)");
    if (fault_ == Fault::kBefore) return written(full);
    real_->WriteThen(std::move(operations),
                     [written = std::move(written), full](const auto&) { written(full); });
  }
  absl::StatusOr<store::Rows> Read(const store::Operation& operation) override {
    return real_->Read(operation);
  }
  absl::StatusOr<std::vector<store::Rows>> ReadTogether(
      const std::vector<store::Operation>& operations) override {
    return real_->ReadTogether(operations);
  }
  absl::Status Condition() const override { return real_->Condition(); }
  absl::Status Migrate(const std::vector<store::Migration>& migrations) override {
    return real_->Migrate(migrations);
  }

  bool failed() const { return writes_ >= n_; }

 private:
  const std::unique_ptr<store::Store> real_;
  const int n_;
  const Fault fault_;
  std::atomic<int> writes_ = 0;
};

}  // namespace mayfly

#endif  // MAYFLY_TESTS_TESTING_FAULTY_STORE_H_
