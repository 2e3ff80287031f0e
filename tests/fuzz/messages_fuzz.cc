// Any bytes as each message of the protocol: refused, or the same when written and read again.
#include "report/messages.h"
#include "tests/fuzz/sound_facts.h"

using namespace vdiwatch;

namespace {

template <class Message>
void Try(std::string_view bytes, Result<Message> (*parse)(std::string_view)) {
  auto message = parse(bytes);
  if (!message) return;
  const std::string written = ToJson(*message).dump();
  auto again = parse(written);
  fuzz::Demand(again.has_value(), "a message that can be read again");
  fuzz::Demand(ToJson(*again).dump() == written, "a message that stays the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Try(bytes, ParseEnrolRequest);
  Try(bytes, ParseEnrolResponse);
  Try(bytes, ParseRenewRequest);
  Try(bytes, ParseCheckInRequest);
  Try(bytes, ParseCheckInResponse);
  if (auto facts = FactsFileFromText(bytes, "fuzzed facts")) (void)FactSetDigest(*facts);
  return 0;
}
