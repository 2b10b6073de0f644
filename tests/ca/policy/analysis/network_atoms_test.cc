#include "ca/policy/analysis/addresses.h"
#include "gtest/gtest.h"

namespace mayfly::policy {
namespace {

IpNetwork Network(const char* text) { return IpNetwork::Parse(text).value(); }
std::string Text(const std::optional<IpAddress>& address) {
  return address ? address->ToString() : "none";
}

TEST(Addresses, ComeAfterOneAnother) {
  EXPECT_EQ(Text(AddressAfter(IpAddress::Parse("10.0.255.255").value())), "10.1.0.0");
  EXPECT_EQ(Text(AddressAfter(IpAddress::Parse("255.255.255.255").value())), "none");
  EXPECT_EQ(Text(AddressAfter(IpAddress::Parse("2001:db8::ffff").value())), "2001:db8::1:0");
  EXPECT_EQ(Text(AddressAfter(IpAddress::Parse("::fffe:ffff:ffff").value())), "none");
  EXPECT_EQ(LastOf(Network("10.0.0.0/8")).ToString(), "10.255.255.255");
  EXPECT_EQ(LastOf(Network("10.1.2.3/32")).ToString(), "10.1.2.3");
}

TEST(Addresses, AreFoundOutsideOfParts) {
  const IpNetwork outer = Network("10.0.0.0/8");
  EXPECT_EQ(Text(AddressOutside(outer, {})), "10.0.0.0");
  EXPECT_EQ(Text(AddressOutside(outer, {Network("10.0.0.0/9"), Network("10.0.0.0/16")})),
            "10.128.0.0");
  EXPECT_EQ(Text(AddressOutside(outer, {Network("10.128.0.0/9"), Network("10.0.0.0/9")})), "none");
  EXPECT_EQ(Text(AddressOutside(Network("10.1.2.3/32"), {})), "10.1.2.3");
  EXPECT_EQ(Text(AddressOutside(Network("0.0.0.0/0"), {Network("0.0.0.0/1")})), "128.0.0.0");
}

}  // namespace
}  // namespace mayfly::policy
