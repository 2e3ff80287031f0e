#include "server/alert/address_guard.h"

#include <gtest/gtest.h>

namespace vdiwatch::server::alert {
namespace {

TEST(AddressGuard, LetsThePublicNetworkThrough) {
  for (const char* address : {"93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946",
                              "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
    EXPECT_EQ(WhyRefused(address, false), std::nullopt) << address;
  }
}

TEST(AddressGuard, PrivateNetworksAreForThoseWhoSaySo) {
  for (const char* address :
       {"127.0.0.1", "127.1.2.3", "::1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "100.64.0.1", "fc00::1", "fdff::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"}) {
    EXPECT_NE(WhyRefused(address, false), std::nullopt) << address;
    EXPECT_EQ(WhyRefused(address, true), std::nullopt) << address;
  }
}

TEST(AddressGuard, MetadataAndWhatIsNoHostIsForNobody) {
  for (const char* address : {"169.254.169.254",   "::ffff:169.254.169.254",
                              "::ffff:a9fe:a9fe",  "64:ff9b::a9fe:a9fe",
                              "169.254.170.2",     "168.63.129.16",
                              "100.100.100.200",   "fd00:ec2::254",
                              "fd20:ce::254",      "192.0.0.192",
                              "fe80::1",           "fec0::1",
                              "0.0.0.0",           "::",
                              "::127.0.0.1",       "224.0.0.1",
                              "240.0.0.1",         "255.255.255.255",
                              "ff02::1",           "192.0.2.1",
                              "2001:db8::1",       "2001::1",
                              "2002:a9fe:a9fe::1", "100::1",
                              "localhost",         ""}) {
    EXPECT_NE(WhyRefused(address, true), std::nullopt) << address;
  }
}

TEST(AddressGuard, KnowsAnAddressInEveryFormThatAResolverTakes) {
  for (const char* host : {"2852039166", "0xa9fea9fe", "0xA9FEA9FE.", "169.254.169.254.",
                           "169.254.43518", "0251.0376.0251.0376", "fe80::1"}) {
    EXPECT_EQ(WhyHostRefused(host, true).value_or("").find("a link-local address"), 0u) << host;
  }
  for (const char* host :
       {"127.1", "2130706433", "0177.1", "127.0.0.1..", "localhost", "LocalHost.", "a.localhost",
        "::1", "::ffff:127.0.0.1", "10.1", "0x7f.1"}) {
    EXPECT_NE(WhyHostRefused(host, false), std::nullopt) << host;
    EXPECT_EQ(WhyHostRefused(host, true), std::nullopt) << host;
  }
  for (const char* host : {"8.8.8.8", "134744072", "hooks.example", "hooks.example.", "1e100.net",
                           "127.0.0.1.example", "localhost.example"}) {
    EXPECT_EQ(WhyHostRefused(host, false), std::nullopt) << host;
  }
}

TEST(AddressGuard, NamesTheRange) {
  EXPECT_EQ(WhyRefused("10.1.2.3", false), "a private address (10.0.0.0/8)");
  EXPECT_EQ(WhyRefused("169.254.169.254", true), "a link-local address (169.254.0.0/16)");
}

}  // namespace
}  // namespace vdiwatch::server::alert
