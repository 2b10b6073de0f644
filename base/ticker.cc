#include "base/ticker.h"

#include <utility>

namespace mayfly {

Ticker::Ticker(std::chrono::milliseconds every, std::function<void()> tick)
    : every_(every), tick_(std::move(tick)), thread_([this] { Loop(); }) {}

Ticker::~Ticker() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void Ticker::Loop() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      if (!closing_) changed_.WaitFor(mutex_, every_);
      if (closing_) return;
    }
    tick_();
  }
}

}  // namespace mayfly
