// PROXY protocol v2: the header, and connections that begin with one.
#include "ca/server/proxy_header.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "base/text.h"
#include "ca/server/acceptor.h"
#include "gmock/gmock.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::server {
namespace {

// The signature of the specification, then what follows.
Bytes HeaderOf(const std::string& rest_hex) {
  return HexDecode("0d0a0d0a000d0a515549540a" + rest_hex).value();
}
constexpr char kFrom192[] = "2111000cc0000207c6336401d43101bb";  // 192.0.2.7 -> 198.51.100.1
constexpr char kFromV6[] =
    "2121002420010db800000000000000000000000720010db8000000000000000000000001d43101bb";

TEST(ProxyHeader, NamesTheCaller) {
  ASSERT_OK_AND_ASSIGN(const auto v4, ParseProxyHeader(HeaderOf(kFrom192)));
  EXPECT_EQ(v4->ToString(), "192.0.2.7");
  ASSERT_OK_AND_ASSIGN(const auto v6, ParseProxyHeader(HeaderOf(kFromV6)));
  EXPECT_EQ(v6->ToString(), "2001:db8::7");
}

TEST(ProxyHeader, OfTheProxysOwnNamesNobody) {
  ASSERT_OK_AND_ASSIGN(const auto caller, ParseProxyHeader(HeaderOf("20000000")));
  EXPECT_FALSE(caller.has_value());
}

TEST(ProxyHeader, WhatProxiesAddIsPassedOver) {
  std::string with_tlv = kFrom192;
  with_tlv.replace(4, 4, "0010");
  ASSERT_OK_AND_ASSIGN(const auto caller, ParseProxyHeader(HeaderOf(with_tlv + "04000100")));
  EXPECT_EQ(caller->ToString(), "192.0.2.7");
}

TEST(ProxyHeader, RefusesAnythingElse) {
  for (const char* wrong : {"3111000cc0000207c6336401d43101bb",  // Version 3.
                            "2211000cc0000207c6336401d43101bb",  // Command 2.
                            "2112000cc0000207c6336401d43101bb",  // UDP.
                            "21310000",                          // Unix socket.
                            "21110004c0000207",                  // Too short for its addresses.
                            "2111ffff"}) {                       // Longer than anybody sends.
    EXPECT_FALSE(ParseProxyHeader(HeaderOf(wrong)).ok()) << wrong;
  }
  EXPECT_FALSE(ProxyHeaderSize(AsBytes("PROXY TCP4 192.0.2.7 198.51.100.1 5 6\r\n")).ok());
  EXPECT_FALSE(ProxyHeaderSize({}).ok());
}

TEST(ProxiedPeers, KeepsTheFirstCallerOfAPortThatIsOpenTwice) {
  ProxiedPeers peers({IpNetwork::Parse("127.0.0.0/8").value()});
  const IpAddress proxy = IpAddress::Parse("127.0.0.1").value();
  EXPECT_TRUE(peers.Set(proxy, 4711, IpAddress::Parse("192.0.2.7").value()));
  EXPECT_FALSE(peers.Set(proxy, 4711, IpAddress::Parse("10.0.0.5").value()));
  EXPECT_EQ(peers.CallerOf("ipv4:127.0.0.1:4711").value().ToString(), "192.0.2.7");
  peers.Forget(proxy, 4711);
  EXPECT_TRUE(peers.Set(proxy, 4711, IpAddress::Parse("10.0.0.5").value()));
}

// An acceptor to which everybody on loopback is a proxy.
class ProxiedAcceptor : public ::testing::Test {
 protected:
  void SetUp() override {
    acceptor_ = TcpAcceptor::Listen(
                    "127.0.0.1:0", table_,
                    [this](FileDescriptor connection) {
                      MutexLock lock(mutex_);
                      taken_.push_back(std::move(connection));
                    },
                    *log_, &peers_)
                    .value();
  }
  FileDescriptor Connect(int* port) const {
    FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(acceptor_->port()));
    MAYFLY_CHECK(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    *port = ntohs(address.sin_port);
    return fd;
  }
  size_t WaitForTaken(size_t count) {
    for (int i = 0; i < 200; ++i) {
      {
        MutexLock lock(mutex_);
        if (taken_.size() >= count) return taken_.size();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    MutexLock lock(mutex_);
    return taken_.size();
  }
  std::string CallerAt(int port) const {
    const auto caller = peers_.CallerOf("ipv4:127.0.0.1:" + std::to_string(port));
    return caller.known() ? caller.value().ToString() : "unknown";
  }

  const std::unique_ptr<Log> log_ = MakeNullLog();
  Metrics metrics_;
  ConnectionTable table_{model::Limits(), metrics_};
  ProxiedPeers peers_{{IpNetwork::Parse("127.0.0.0/8").value()}};
  Mutex mutex_;
  std::vector<FileDescriptor> taken_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<TcpAcceptor> acceptor_;
};

TEST_F(ProxiedAcceptor, TakesTheHeaderOffAndNothingElse) {
  int port = 0;
  const FileDescriptor client = Connect(&port);
  EXPECT_EQ(CallerAt(port), "unknown");
  Bytes bytes = HeaderOf(kFrom192);
  for (const char c : std::string("hello")) bytes.push_back(static_cast<uint8_t>(c));
  // In pieces, as a network may deliver it.
  send(client.get(), bytes.data(), 5, 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  send(client.get(), bytes.data() + 5, 15, 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  send(client.get(), bytes.data() + 20, bytes.size() - 20, 0);
  ASSERT_EQ(WaitForTaken(1), 1u);
  EXPECT_EQ(CallerAt(port), "192.0.2.7");
  MutexLock lock(mutex_);
  std::string rest(5, ' ');
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(recv(taken_.front().get(), rest.data(), rest.size(), 0), 5);
  EXPECT_EQ(rest, "hello");
}

TEST_F(ProxiedAcceptor, ClosesWhatBeginsOtherwise) {
  int port = 0;
  const FileDescriptor client = Connect(&port);
  send(client.get(), "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello", 24, 0);
  char byte = 0;
  EXPECT_LE(recv(client.get(), &byte, 1, 0), 0);
  EXPECT_EQ(WaitForTaken(0), 0u);
  EXPECT_EQ(CallerAt(port), "unknown");
}

TEST_F(ProxiedAcceptor, OthersSpeakForThemselves) {
  EXPECT_EQ(peers_.CallerOf("ipv4:192.0.2.9:5").value().ToString(), "192.0.2.9");
}

}  // namespace
}  // namespace mayfly::server
