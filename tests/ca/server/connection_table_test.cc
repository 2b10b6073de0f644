#include "ca/server/connection_table.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "base/status.h"
#include "ca/server/admission.h"
#include "ca/server/open_calls_watch.h"
#include "fmt/format.h"
#include "gmock/gmock.h"

namespace mayfly::server {
namespace {

constexpr absl::Duration kBeginning = absl::Hours(1000);

sockaddr_storage PeerAt(const char* address, uint16_t port) {
  sockaddr_storage storage = {};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return storage;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  MAYFLY_CHECK(inet_pton(AF_INET6, address, &v6->sin6_addr) == 1);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  return storage;
}

class ConnectionTableTest : public ::testing::Test {
 protected:
  // A socket of the table's; ours is the other end, and reads the end when the table shuts it down.
  bool Admit(const char* address, uint16_t port) {
    std::array<int, 2> pair = {};
    MAYFLY_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0);
    ours_.emplace_back(pair[0]);
    keys_.push_back(pair[1]);
    peers_.push_back(PeerName(PeerAt(address, port)));
    const model::Fact<IpAddress> caller =
        model::Fact<IpAddress>::Known(IpAddress::Parse(address).value());
    return table_.Admit(FileDescriptor(pair[1]), PeerName(PeerAt(address, port)), SourceOf(caller),
                        now_);
  }
  int Open(size_t index, int calls) {
    return table_.SetOpenCalls({keys_.at(index), peers_.at(index)}, calls);
  }
  bool IsShut(size_t index) {
    char byte = 0;
    return recv(ours_.at(index).get(), &byte, 1, MSG_DONTWAIT) == 0;
  }

  Metrics metrics_;
  absl::Duration now_ = kBeginning;
  ConnectionTable table_{model::Limits{.max_connections = 6,
                                       .max_connections_per_source = 4,
                                       .max_silent_connections = 3,
                                       .max_silent_connections_per_source = 2,
                                       .first_call_within = absl::Seconds(10),
                                       .max_streams_per_connection = 5,
                                       .max_in_flight_per_source = 3},
                         metrics_};
  std::vector<FileDescriptor> ours_;
  std::vector<int> keys_;
  std::vector<std::string> peers_;
};

TEST(PeerName, IsAsGrpcHasIt) {
  EXPECT_EQ(PeerName(PeerAt("192.0.2.7", 4711)), "ipv4:192.0.2.7:4711");
  EXPECT_EQ(PeerName(PeerAt("2001:db8::1", 1)), "ipv6:%5B2001:db8::1%5D:1");
  EXPECT_EQ(PeerName(PeerAt("::ffff:192.0.2.7", 1)), "ipv4:192.0.2.7:1");
}

TEST_F(ConnectionTableTest, TheOldestSilentOneOfASourceMakesRoom) {
  ASSERT_TRUE(Admit("192.0.2.7", 1));
  ASSERT_TRUE(Admit("192.0.2.7", 2));
  ASSERT_TRUE(Admit("192.0.2.7", 3));
  EXPECT_TRUE(IsShut(0));
  EXPECT_FALSE(IsShut(1));
  EXPECT_FALSE(IsShut(2));
  EXPECT_EQ(table_.silent(), 2);
  EXPECT_EQ(metrics_.Get(Counter::kSilentConnectionsClosed), 1);
}

TEST_F(ConnectionTableTest, OneThatSpokeIsNeverClosedToMakeRoom) {
  ASSERT_TRUE(Admit("192.0.2.7", 1));
  table_.Heard("ipv4:192.0.2.7:1");
  for (uint16_t port = 2; port < 20; ++port) Admit("192.0.2.7", port);
  now_ += absl::Hours(1);
  table_.CloseSilent(now_);
  EXPECT_FALSE(IsShut(0));
}

TEST_F(ConnectionTableTest, HearsLinkLocalCallers) {
  for (uint16_t port = 1; port <= 3; ++port) {
    ASSERT_TRUE(Admit("fe80::1", port));
    table_.Heard(fmt::format("ipv6:%5Bfe80::1%252%5D:{}", port));
  }
  now_ += absl::Hours(1);
  table_.CloseSilent(now_);
  EXPECT_EQ(table_.silent(), 0);
  for (size_t index = 0; index < 3; ++index) EXPECT_FALSE(IsShut(index));
}

TEST_F(ConnectionTableTest, ManySourcesTogetherHaveABound) {
  ASSERT_TRUE(Admit("192.0.2.1", 1));
  ASSERT_TRUE(Admit("192.0.2.2", 1));
  ASSERT_TRUE(Admit("192.0.2.3", 1));
  ASSERT_TRUE(Admit("192.0.2.4", 1));
  EXPECT_TRUE(IsShut(0));
  EXPECT_EQ(table_.silent(), 3);
}

TEST_F(ConnectionTableTest, RefusesBeyondASourceAndBeyondAllUntilOneEnds) {
  for (uint16_t port = 1; port <= 4; ++port) {
    ASSERT_TRUE(Admit("192.0.2.7", port));
    table_.Heard(PeerName(PeerAt("192.0.2.7", port)));
  }
  EXPECT_FALSE(Admit("192.0.2.7", 5));
  ASSERT_TRUE(Admit("192.0.2.8", 1));
  table_.Heard("ipv4:192.0.2.8:1");
  ASSERT_TRUE(Admit("2001:db8::1", 1));
  EXPECT_FALSE(Admit("192.0.2.9", 1));
  EXPECT_EQ(metrics_.Get(Counter::kConnectionsRefused), 2);
  table_.Ended(keys_[0]);
  EXPECT_EQ(table_.size(), 5);
  EXPECT_TRUE(Admit("192.0.2.7", 6));
  table_.Ended(424242);  // Nobody's.
}

TEST_F(ConnectionTableTest, WhosePeerEndedItsHalfIsEnded) {
  ASSERT_TRUE(Admit("192.0.2.7", 1));
  FileDescriptor grpcs(dup(keys_[0]));  // As gRPC holds it: the connection stays while it does.
  EXPECT_FALSE(IsShut(0));
  table_.Ended(keys_[0]);
  EXPECT_TRUE(IsShut(0));
  EXPECT_EQ(table_.size(), 0);
}

TEST_F(ConnectionTableTest, SilenceEndsInTime) {
  ASSERT_TRUE(Admit("192.0.2.7", 1));
  now_ += absl::Seconds(5);
  ASSERT_TRUE(Admit("192.0.2.7", 2));
  now_ += absl::Seconds(5);
  table_.CloseSilent(now_);
  EXPECT_FALSE(IsShut(0)) << "at the edge";
  now_ += absl::Milliseconds(1);
  table_.CloseSilent(now_);
  EXPECT_TRUE(IsShut(0));
  EXPECT_FALSE(IsShut(1));
}

TEST_F(ConnectionTableTest, AtTheEndAllAreClosed) {
  EXPECT_TRUE(Admit("192.0.2.1", 1));
  EXPECT_TRUE(Admit("192.0.2.2", 2));
  table_.Heard(peers_.at(1));
  Open(1, 1);
  EXPECT_FALSE(IsShut(0));
  table_.CloseAll();
  EXPECT_TRUE(IsShut(0));
  EXPECT_TRUE(IsShut(1)) << "also one with a call";
}

TEST_F(ConnectionTableTest, OneWithTooManyOpenCallsIsClosed) {
  ASSERT_TRUE(Admit("192.0.2.7", 1));
  ASSERT_TRUE(Admit("192.0.2.7", 2));
  EXPECT_EQ(Open(0, 10), 0) << "at the edge";
  EXPECT_EQ(Open(1, 11), 1);
  EXPECT_FALSE(IsShut(0));
  EXPECT_TRUE(IsShut(1));
  EXPECT_EQ(metrics_.Get(Counter::kConnectionsClosedForCalls), 1);
  EXPECT_EQ(table_.silent(), 1) << "one that is being closed is not silent too";
}

TEST_F(ConnectionTableTest, ASourceWithTooManyOpenCallsLosesTheConnectionWithMost) {
  ASSERT_TRUE(Admit("192.0.2.7", 1));
  table_.Heard("ipv4:192.0.2.7:1");
  ASSERT_TRUE(Admit("192.0.2.7", 2));
  table_.Heard("ipv4:192.0.2.7:2");
  ASSERT_TRUE(Admit("192.0.2.8", 1));
  EXPECT_EQ(Open(2, 9), 0);
  EXPECT_EQ(Open(0, 7), 0);
  EXPECT_EQ(Open(1, 5), 0) << "four times what may be in flight, at the edge";
  EXPECT_EQ(Open(1, 6), 1);
  EXPECT_TRUE(IsShut(0));
  EXPECT_FALSE(IsShut(1));
  EXPECT_FALSE(IsShut(2)) << "another source's";
  // What was closed counts no more, nor what has ended.
  EXPECT_EQ(Open(1, 10), 0);
  table_.Ended(keys_[1]);
  ASSERT_TRUE(Admit("192.0.2.7", 3));
  EXPECT_EQ(Open(3, 10), 0);
}

TEST_F(ConnectionTableTest, OpenCallsOfWhoHasGoneAreNobodys) {
  ASSERT_TRUE(Admit("192.0.2.7", 1));
  EXPECT_EQ(table_.SetOpenCalls({keys_[0], "ipv4:192.0.2.7:9"}, 100), 0)
      << "another had its number";
  EXPECT_EQ(table_.SetOpenCalls({424242, "ipv4:192.0.2.7:1"}, 100), 0);
  EXPECT_FALSE(IsShut(0));
}

TEST(OpenCalls, AreReadFromWhatChannelzWrites) {
  EXPECT_THAT(ServersOf(R"({"end":true,"server":[{"data":{},"ref":{"serverId":"1"}},)"
                        R"({"ref":{"serverId":"12"}}]})"),
              ::testing::ElementsAre(1, 12));
  std::multimap<std::string, int64_t> sockets;
  EXPECT_EQ(AddSockets(R"({"socketRef":[{"name":"chttp2 ipv4:127.0.0.1:46038","socketId":"3"},)"
                       R"({"name":"chttp2 ipv6:%5B::1%5D:46050","socketId":"4"}]})",
                       &sockets),
            5);
  EXPECT_EQ(
      AddSockets(R"({"end":true,"socketRef":[{"name":"chttp2 unix:","socketId":"7"}]})", &sockets),
      std::nullopt);
  EXPECT_EQ(AddSockets(R"({"end":true,"socketRef":[{"name":"chttp2 ipv4:127.0.0.1:46038",)"
                       R"("socketId":"9"}]})",
                       &sockets),
            std::nullopt);
  // One port of theirs may be connected to two addresses of ours.
  EXPECT_THAT(sockets, ::testing::UnorderedElementsAre(::testing::Pair("ipv4:127.0.0.1:46038", 3),
                                                       ::testing::Pair("ipv4:127.0.0.1:46038", 9),
                                                       ::testing::Pair("ipv6:%5B::1%5D:46050", 4),
                                                       ::testing::Pair("unix:", 7)));
  EXPECT_EQ(OpenCallsOf(R"({"socket":{"data":{"streamsFailed":"2","streamsStarted":"300",)"
                        R"("streamsSucceeded":"8"},"ref":{"socketId":"3"}}})"),
            290);
  for (const char* nothing : {"", "{", "[]", R"({"server":7})", R"({"socketRef":[7]})",
                              R"({"socket":{"data":{"streamsStarted":5}}})"}) {
    sockets.clear();
    EXPECT_EQ(OpenCallsOf(nothing), 0) << nothing;
    EXPECT_EQ(AddSockets(nothing, &sockets), std::nullopt) << nothing;
    EXPECT_TRUE(sockets.empty()) << nothing;
  }
}

TEST_F(ConnectionTableTest, APortThatIsUsedAgainBeforeTheEndWasSeen) {
  ASSERT_TRUE(Admit("192.0.2.7", 1));
  ASSERT_TRUE(Admit("192.0.2.7", 1));
  table_.Ended(keys_[0]);
  table_.Heard("ipv4:192.0.2.7:1");
  EXPECT_EQ(table_.silent(), 0);
}

}  // namespace
}  // namespace mayfly::server
