#include "ca/provider/provider.h"

#include <map>

#include "base/file.h"
#include "ca/provider/roots.h"
#include "ca/provider/static_keys.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/token_maker.h"

namespace mayfly::provider {
namespace {

using ::testing::HasSubstr;
using Code = absl::StatusCode;

constexpr char kIssuer[] = "https://id.example.com";
constexpr char kDiscovery[] = "https://id.example.com/.well-known/openid-configuration";
constexpr char kKeys[] = "https://id.example.com/jwks";

// The provider's side: pages by address, how often each was fetched, and whether it hangs.
class Site {
 public:
  void Put(const std::string& url, std::string body) {
    MutexLock lock(mutex_);
    pages_[url] = std::move(body);
  }
  void SetUp(bool up) {
    MutexLock lock(mutex_);
    up_ = up;
  }
  void Hang(bool hang) {
    MutexLock lock(mutex_);
    hang_ = hang;
    changed_.NotifyAll();
  }
  int Hits(const std::string& url) {
    MutexLock lock(mutex_);
    return hits_[url];
  }
  absl::StatusOr<http::Response> Get(const http::Request& request) {
    MutexLock lock(mutex_);
    ++hits_[request.url];
    while (hang_) changed_.Wait(mutex_);
    if (!up_) return Unavailable("connection refused");
    const auto page = pages_.find(request.url);
    http::Response response;
    response.status = page == pages_.end() ? 404 : 200;
    if (page == pages_.end()) return response;
    if (page->second.size() > request.max_size) return ResourceExhausted("too large");
    if (request.url.ends_with("/me") && request.bearer != "access") {
      response.status = 401;
    } else {
      response.body = page->second;
    }
    return response;
  }

 private:
  Mutex mutex_;
  ConditionVariable changed_;
  std::map<std::string, std::string> pages_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> hits_ ABSL_GUARDED_BY(mutex_);
  bool up_ ABSL_GUARDED_BY(mutex_) = true;
  bool hang_ ABSL_GUARDED_BY(mutex_) = false;
};

class SiteClient final : public http::Client {
 public:
  explicit SiteClient(Site& site) : site_(site) {}
  absl::StatusOr<http::Response> Fetch(const http::Request& request) override {
    return site_.Get(request);
  }

 private:
  Site& site_;
};

class ProviderTest : public ::testing::Test {
 protected:
  ProviderTest() {
    options.issuer = kIssuer;
    options.wait = absl::Seconds(20);
    site.Put(kDiscovery, R"({"issuer":"https://id.example.com",)"
                         R"("jwks_uri":"https://id.example.com/jwks",)"
                         R"("userinfo_endpoint":"https://id.example.com/me"})");
    site.Put(kKeys, JwkSet({IssuerKey::P256().Jwk("one")}));
  }
  ~ProviderTest() override { site.Hang(false); }

  Provider& Start() {
    provider = std::make_unique<Provider>(options, std::make_unique<SiteClient>(site), clock, *log);
    return *provider;
  }
  bool Has(const char* kid) const {
    const auto keys = provider->Current();
    return keys.ok() && (*keys)->Holds(kid);
  }
  // As the first caller whose token names an unknown key.
  void StartAndWait() {
    Start().Refresh();
    ASSERT_TRUE(Has("one"));
  }

  Site site;
  FakeClock clock;
  std::unique_ptr<Log> log = MakeNullLog();
  Provider::Options options;
  std::unique_ptr<Provider> provider;
};

TEST_F(ProviderTest, FetchesAtStartWithoutBeingAsked) {
  Start();
  for (int i = 0; i < 1000 && !Has("one"); ++i) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_TRUE(Has("one"));
}

TEST_F(ProviderTest, AnUnknownKeyIsAskedForOnceAndThenNotAgainForAWhile) {
  StartAndWait();
  const int before = site.Hits(kKeys);
  site.Put(kKeys, JwkSet({IssuerKey::P256().Jwk("two")}));
  provider->Refresh();  // Within min_interval: the issuer was asked a moment ago.
  EXPECT_FALSE(Has("two"));
  EXPECT_EQ(site.Hits(kKeys), before);
  clock.Advance(absl::Seconds(11));
  provider->Refresh();
  EXPECT_TRUE(Has("two"));
  for (int i = 0; i < 100; ++i) provider->Refresh();
  EXPECT_EQ(site.Hits(kKeys), before + 1);
}

TEST_F(ProviderTest, TheLastGoodKeysSurviveAnOutageForAsLongAsIsConfigured) {
  StartAndWait();
  site.SetUp(false);
  clock.Advance(absl::Hours(23));
  provider->Refresh();
  EXPECT_TRUE(Has("one"));
  clock.Advance(absl::Hours(2));
  const absl::Status status = provider->Current().status();
  EXPECT_THAT(status, StatusIs(Code::kUnavailable, HasSubstr("too long ago")));
  EXPECT_THAT(status, StatusIs(Code::kUnavailable, HasSubstr("connection refused")));
  site.SetUp(true);
  provider->Refresh();
  EXPECT_TRUE(Has("one"));
}

TEST_F(ProviderTest, WhatIsNoKeySetLeavesTheLastGoodOneInForce) {
  StartAndWait();
  for (const std::string& bad : {std::string("<html>moved</html>"), std::string(10 << 20, 'x'),
                                 std::string(R"({"keys":[]})")}) {
    site.Put(kKeys, bad);
    clock.Advance(absl::Seconds(31));
    provider->Refresh();
    EXPECT_TRUE(Has("one"));
  }
}

TEST_F(ProviderTest, AnIssuerWhosePrivateKeyIsOutIsNoLongerBelieved) {
  StartAndWait();
  site.Put(kKeys, JwkSet({IssuerKey::P256().Jwk("one"), IssuerKey::P256().PrivateJwk("leaked")}));
  clock.Advance(absl::Seconds(31));
  provider->Refresh();
  EXPECT_THAT(provider->Current(), StatusIs(Code::kUnavailable, HasSubstr("leaked: a private")));
  site.Put(kKeys, JwkSet({IssuerKey::P256().Jwk("two")}));
  clock.Advance(absl::Seconds(31));
  provider->Refresh();
  EXPECT_TRUE(Has("two"));
}

TEST_F(ProviderTest, AProviderThatHangsHoldsUpNobodyWhoDoesNotWait) {
  StartAndWait();
  provider = nullptr;
  options.wait = absl::Milliseconds(300);
  site.Hang(true);
  Start();
  // Current never blocks; Refresh for as long as is configured.
  EXPECT_THAT(provider->Current(), StatusIs(Code::kUnavailable));
  const absl::Time before = absl::Now();
  provider->Refresh();
  EXPECT_LT(absl::Now() - before, absl::Seconds(5));
  EXPECT_THAT(provider->Current(), StatusIs(Code::kUnavailable));
  site.Hang(false);
}

TEST_F(ProviderTest, AnotherIssuersDiscoveryIsRefused) {
  site.Put(kDiscovery, R"({"issuer":"https://evil.example",)"
                       R"("jwks_uri":"https://id.example.com/jwks"})");
  Start().Refresh();
  EXPECT_THAT(provider->Current(),
              StatusIs(Code::kUnavailable, HasSubstr("the issuer 'https://evil.example'")));
}

TEST_F(ProviderTest, KeysAreNeverFetchedInPlainText) {
  site.Put(kDiscovery,
           R"({"issuer":"https://id.example.com","jwks_uri":"http://id.example.com/k"})");
  Start().Refresh();
  EXPECT_THAT(provider->Current(), StatusIs(Code::kUnavailable, HasSubstr("jwks_uri")));
}

TEST_F(ProviderTest, UserinfoIsWhatTheIssuerSaysOfAnAccessToken) {
  StartAndWait();
  site.Put("https://id.example.com/me", R"({"sub":"a1","groups":["x"]})");
  ASSERT_OK_AND_ASSIGN(const token::Claims claims, provider->Userinfo("access"));
  EXPECT_EQ(claims.Text("sub"), "a1");
  EXPECT_THAT(provider->Userinfo("stolen"), StatusIs(Code::kUnavailable, HasSubstr("401")));
  site.SetUp(false);
  EXPECT_THAT(provider->Userinfo("access"), StatusIs(Code::kUnavailable));
}

TEST(StaticKeysTest, AFileThatIsWrongLeavesTheLastGoodKeys) {
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::Create("keys"));
  const std::string path = JoinPath(folder.path(), "jwks.json");
  EXPECT_THAT(StaticKeys::Load(path), StatusIs(Code::kNotFound, HasSubstr("jwks.json")));
  ASSERT_OK(WriteFileAtomically(path, JwkSet({IssuerKey::P256().Jwk("one")}), 0644));
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<StaticKeys> keys, StaticKeys::Load(path));
  ASSERT_OK(WriteFileAtomically(path, "{}", 0644));
  EXPECT_THAT(keys->Reload(), StatusIs(Code::kInvalidArgument, HasSubstr("jwks.json")));
  EXPECT_TRUE((*keys->Current())->Holds("one"));
  ASSERT_OK(WriteFileAtomically(path, JwkSet({IssuerKey::P256().Jwk("two")}), 0644));
  ASSERT_OK(keys->Reload());
  EXPECT_TRUE((*keys->Current())->Holds("two"));
  ASSERT_OK(WriteFileAtomically(path, JwkSet({IssuerKey::P256().PrivateJwk("leaked")}), 0644));
  EXPECT_THAT(keys->Reload(), StatusIs(Code::kFailedPrecondition));
  EXPECT_THAT(keys->Current(), StatusIs(Code::kUnavailable, HasSubstr("a private key")));
}

TEST(Roots, AreCertificatesOrAMistake) {
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::Create("roots"));
  const std::string path = JoinPath(folder.path(), "roots.pem");
  ASSERT_OK(WriteFileAtomically(path, "", 0644));
  EXPECT_THAT(ReadRoots(path), StatusIs(Code::kInvalidArgument, HasSubstr("no certificate")));
  ASSERT_OK(WriteFileAtomically(path, "-----BEGIN CERTIFICATE-----\nx", 0644));
  EXPECT_OK(ReadRoots(path));
}

}  // namespace
}  // namespace mayfly::provider
