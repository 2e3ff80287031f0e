#include <gtest/gtest.h>

#include <cstdlib>

#include "agent/proxy.h"

namespace vdiwatch::agent {
namespace {

// The environment of this process, as it was before afterwards.
class ProxyPosixTest : public testing::Test {
 protected:
  ~ProxyPosixTest() override {
    for (const char* name : {"HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"})
      ::unsetenv(name);
  }
  static std::string Chosen(const char* host) {
    auto choice = ChooseProxy("system", {.host = host, .port = 7443});
    if (!choice) return choice.error().message;
    return choice->host.empty() ? "straight" : ToString(*choice) + ", " + choice->source;
  }
};

TEST_F(ProxyPosixTest, SystemIsTheEnvironment) {
  EXPECT_EQ(Chosen("vdi.corp.example"), "straight");
  ::setenv("https_proxy", "http://small:1", 1);
  EXPECT_EQ(Chosen("vdi.corp.example"), "http://small:1, HTTPS_PROXY of the environment");
  ::setenv("HTTPS_PROXY", "http://big:2", 1);
  EXPECT_EQ(Chosen("vdi.corp.example"), "http://big:2, HTTPS_PROXY of the environment");
  ::setenv("NO_PROXY", "localhost,.corp.example", 1);
  EXPECT_EQ(Chosen("vdi.corp.example"), "straight");
  EXPECT_NE(Chosen("vdi.example"), "straight");
}

}  // namespace
}  // namespace vdiwatch::agent
