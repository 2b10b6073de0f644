// What a login by a token costs the CA, and that a provider that hangs costs others nothing.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <thread>

#include "base/mutex.h"
#include "base/status.h"
#include "ca/provider/provider.h"
#include "ca/token/verify_token.h"
#include "fmt/format.h"
#include "tests/testing/token_maker.h"

namespace mayfly {
namespace {

constexpr char kIssuer[] = "https://id.example.com";

// Of this thread's CPU time: what else the machine does is not in it.
double MicrosecondsEach(int times, const std::function<void()>& work) {
  const auto now = [] {
    timespec time = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
  };
  const double start = now();
  for (int i = 0; i < times; ++i) work();
  return (now() - start) / times;
}

double MillisecondsNow() {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Answers once, and then never.
class HangingClient final : public http::Client {
 public:
  explicit HangingClient(std::string keys) : keys_(std::move(keys)) {}
  absl::StatusOr<http::Response> Fetch(const http::Request&) override {
    MutexLock lock(mutex_);
    if (++calls_ > 1) {
      while (!ended_) changed_.Wait(mutex_);
      return Unavailable("ended");
    }
    http::Response response;
    response.status = 200;
    response.body = keys_;
    return response;
  }
  void End() {
    MutexLock lock(mutex_);
    ended_ = true;
    changed_.NotifyAll();
  }

 private:
  const std::string keys_;
  Mutex mutex_;
  ConditionVariable changed_;
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

int Run() {
  const IssuerKey rsa = IssuerKey::Rsa();
  const IssuerKey p256 = IssuerKey::P256();
  const IssuerKey ed25519 = IssuerKey::Ed25519();
  const std::string jwks = JwkSet({rsa.Jwk("r"), p256.Jwk("e"), ed25519.Jwk("d")});
  const token::KeySet keys = token::KeySet::Parse(jwks).value();
  const absl::Time now = absl::Now();
  const std::string claims = fmt::format(
      R"({{"iss":"{}","aud":"mayfly","sub":"a1","iat":{},"exp":{},"jti":"x","email":"alice@example.com",)"
      R"("groups":["engineering","sre","oncall"],"nonce":"{}"}})",
      kIssuer, absl::ToUnixSeconds(now), absl::ToUnixSeconds(now) + 300, std::string(43, 'n'));
  token::TokenRules rules;
  rules.issuer = kIssuer;
  rules.audiences = {"mayfly"};
  bool sound = true;
  const auto verify = [&](const std::string& text, const token::KeySet& set) {
    sound = token::VerifyToken(text, set, rules, now).ok() && sound;
  };
  const std::string by_rsa = MakeToken(rsa, "RS256", "r", claims);
  const std::string by_ec = MakeToken(p256, "ES256", "e", claims);
  const std::string by_ed = MakeToken(ed25519, "EdDSA", "d", claims);
  const double rs256 = MicrosecondsEach(5000, [&] { verify(by_rsa, keys); });
  std::cout << fmt::format("verify RS256        {:>8.1f} us (at most 200)\n", rs256);
  std::cout << fmt::format("verify ES256        {:>8.1f} us\n",
                           MicrosecondsEach(5000, [&] { verify(by_ec, keys); }));
  std::cout << fmt::format("verify EdDSA        {:>8.1f} us\n",
                           MicrosecondsEach(5000, [&] { verify(by_ed, keys); }));

  // The provider answers its first request and hangs in the second; two wait for it.
  const SystemClock clock;
  const std::unique_ptr<Log> log = MakeNullLog();
  auto client = std::make_unique<HangingClient>(jwks);
  HangingClient& hanging = *client;
  provider::Provider::Options options;
  options.issuer = kIssuer;
  options.jwks_uri = "https://id.example.com/jwks";
  options.min_interval = absl::ZeroDuration();
  options.wait = absl::Seconds(2);
  provider::Provider provider(options, std::move(client), clock, *log);
  while (!provider.Current().ok()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::thread first([&] { provider.Refresh(); });
  std::thread second([&] { provider.Refresh(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  double longest = 0;
  const double meanwhile = MicrosecondsEach(5000, [&] {
    const double start = MillisecondsNow();
    verify(by_rsa, **provider.Current());
    longest = std::max(longest, MillisecondsNow() - start);
  });
  std::cout << fmt::format(
      "RS256, provider hung{:>8.1f} us, the longest wait {:.1f} ms (two wait for the provider)\n",
      meanwhile, longest);
  hanging.End();
  first.join();
  second.join();
  if (!sound) std::cerr << "bench: a token was not taken\n";
  return sound && rs256 <= 200 ? 0 : 1;
}

}  // namespace
}  // namespace mayfly

int main() { return mayfly::Run(); }
