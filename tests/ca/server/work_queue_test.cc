#include "ca/server/work_queue.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "gtest/gtest.h"

namespace mayfly::server {
namespace {

// Holds work back until it is opened.
class Gate {
 public:
  void Pass() {
    MutexLock lock(mutex_);
    ++waiting_;
    changed_.NotifyAll();
    while (!open_) changed_.Wait(mutex_);
  }
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  void WaitForOne() {
    MutexLock lock(mutex_);
    while (waiting_ == 0) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  ConditionVariable changed_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST(WorkQueue, RunsEverythingThatItTook) {
  std::atomic<int> ran = 0;
  {
    WorkQueue queue(4, 1000);
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&] {
        for (int j = 0; j < 100; ++j) {
          while (!queue.Submit([&] { ++ran; })) std::this_thread::yield();
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
  }
  EXPECT_EQ(ran, 400);
}

TEST(WorkQueue, RefusesBeyondItsBoundAndLosesNothing) {
  Gate gate;
  std::atomic<int> ran = 0;
  auto queue = std::make_unique<WorkQueue>(1, 2);
  ASSERT_TRUE(queue->Submit([&] { gate.Pass(); }));
  gate.WaitForOne();
  EXPECT_TRUE(queue->Submit([&] { ++ran; }));
  EXPECT_TRUE(queue->Submit([&] { ++ran; }));
  EXPECT_FALSE(queue->Submit([&] { ++ran; }));
  gate.Open();
  queue.reset();
  EXPECT_EQ(ran, 2);
}

TEST(WorkQueue, WhatIsResumedComesFirstAndIsTakenWhenItIsFull) {
  Gate gate;
  std::string order;  // By the one thread, and read when it has ended.
  {
    WorkQueue queue(1, 1);
    ASSERT_TRUE(queue.Submit([&] { gate.Pass(); }));
    gate.WaitForOne();
    ASSERT_TRUE(queue.Submit([&] { order += "begun "; }));
    ASSERT_FALSE(queue.Submit([] {}));
    queue.Resume([&] {
      order += "resumed ";
      queue.Resume([&] { order += "again "; });
    });
    gate.Open();
  }
  EXPECT_EQ(order, "resumed again begun ");
}

}  // namespace
}  // namespace mayfly::server
