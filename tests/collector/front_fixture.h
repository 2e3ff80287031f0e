#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collector/ca.h"
#include "collector/front.h"
#include "tests/collector/front_client.h"

namespace vdiwatch::collector {

inline constexpr Seconds kDay{24 * 60 * 60};

// A CA in a folder of its own, which goes with it.
struct TestCa {
  explicit TestCa(std::string the_folder);
  ~TestCa();
  std::string folder;
  Ca ca;

  // A new client identity; `lifetime` may be negative, for one that has expired.
  KeyPair Client(Seconds lifetime = kDay) const;
};

// Answers 200 with what it was told, unless a test puts something else in.
class TestHandler : public FrontHandler {
 public:
  std::function<std::optional<Response>(const RequestHead&)> admit;
  std::function<void(RequestHead, std::string, std::function<void(Response)>)> handle;

  std::optional<Response> Admit(const RequestHead& head) override;
  void Handle(RequestHead head, std::string body, std::function<void(Response)> reply) override;

  std::vector<RequestHead> heads() const;  // that reached Handle

 private:
  mutable std::mutex mutex_;
  std::vector<RequestHead> heads_;
};

class FrontTest : public testing::Test {
 protected:
  FrontTest();

  void StartFront();
  FrontClient Connect(KeyPair identity = {}, SSL_SESSION* session = nullptr,
                      int version = TLS1_3_VERSION) const;

  // Made once for all tests.
  static const TestCa& Authority();
  static const KeyPair& Agent();

  FrontOptions options_;
  TestHandler handler_;
  Log log_{Log::Level::kError};
  std::unique_ptr<Front> front_;
};

std::string KeyOf(const KeyPair& identity);

}  // namespace vdiwatch::collector
