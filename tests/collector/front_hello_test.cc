#include "collector/front_hello.h"

#include <gtest/gtest.h>

#include <string>

namespace vdiwatch::collector {
namespace {

using namespace std::string_literals;

std::string Hello(std::size_t length) {
  std::string record = "\x16\x03\x01"s;
  record += static_cast<char>(length >> 8);
  record += static_cast<char>(length & 0xff);
  return record + std::string(length, 'x');
}

TEST(CheckHello, WaitsForTheWholeRecord) {
  std::string hello = Hello(300);
  for (std::size_t size = 0; size < hello.size(); ++size) {
    EXPECT_EQ(CheckHello(hello.substr(0, size)), HelloState::kNeedMore) << size;
  }
  EXPECT_EQ(CheckHello(hello), HelloState::kComplete);
  EXPECT_EQ(CheckHello(hello + "more"), HelloState::kComplete);
}

TEST(CheckHello, TellsOtherProtocolsAtTheFirstByte) {
  EXPECT_EQ(CheckHello("G"), HelloState::kNotTls);
  EXPECT_EQ(CheckHello("\x17\x03\x03\x00\x10"s), HelloState::kNotTls);
  EXPECT_EQ(CheckHello("\x80\x2e"s), HelloState::kNotTls);
  EXPECT_EQ(CheckHello("\x16\x02"s), HelloState::kNotTls);
}

TEST(CheckHello, BuffersNoMoreThanAnHonestClientSends) {
  EXPECT_EQ(CheckHello(Hello(8192)), HelloState::kComplete);
  EXPECT_EQ(CheckHello(Hello(8193).substr(0, 5)), HelloState::kNotTls);
  EXPECT_EQ(CheckHello("\x16\x03\x01\x00\x00"s), HelloState::kNotTls);
}

}  // namespace
}  // namespace vdiwatch::collector
