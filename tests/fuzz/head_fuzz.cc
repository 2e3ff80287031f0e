// Any bytes as what a stranger sends to the agents' listener: a ClientHello, a request's head.
#include "collector/front_head.h"
#include "collector/front_hello.h"
#include "tests/fuzz/sound_facts.h"

using namespace vdiwatch;
using namespace vdiwatch::collector;

namespace {

constexpr std::uint64_t kMaxBody = 256 << 10;

void DemandSoundHead(std::string_view bytes, const ParsedHead& parsed) {
  fuzz::Demand(parsed.size <= bytes.size(), "a head within what was sent");
  fuzz::Demand(parsed.head.content_length <= kMaxBody, "a body within the limit");
  fuzz::Demand(parsed.head.target.starts_with('/'), "a target that is a path");
  auto shorter = ParseHead(bytes.substr(0, parsed.size - 1), kMaxBody);
  fuzz::Demand(std::holds_alternative<NeedMore>(shorter), "one byte less is not enough");
  // What follows belongs to the body or the next request.
  auto alone = ParseHead(bytes.substr(0, parsed.size), kMaxBody);
  fuzz::Demand(std::holds_alternative<ParsedHead>(alone), "a head does not need what follows");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)CheckHello(bytes);
  auto outcome = ParseHead(bytes, kMaxBody);
  if (const auto* parsed = std::get_if<ParsedHead>(&outcome)) DemandSoundHead(bytes, *parsed);
  if (const auto* refusal = std::get_if<Response>(&outcome)) {
    fuzz::Demand(refusal->status >= 400 && refusal->status < 600, "a refusal is an error");
  }
  return 0;
}
