#include "collector/front_hello.h"

#include <cstddef>

namespace vdiwatch::collector {
namespace {

constexpr unsigned char kHandshakeRecord = 22;
constexpr std::size_t kRecordHeaderBytes = 5;
// Post-quantum key shares make some 1.8 KiB; nothing honest comes near this.
constexpr std::size_t kMaxHelloBytes = 8 << 10;

std::size_t ByteAt(std::string_view bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

}  // namespace

HelloState CheckHello(std::string_view bytes) {
  if (!bytes.empty() && ByteAt(bytes, 0) != kHandshakeRecord) return HelloState::kNotTls;
  if (bytes.size() > 1 && ByteAt(bytes, 1) != 3) return HelloState::kNotTls;
  if (bytes.size() < kRecordHeaderBytes) return HelloState::kNeedMore;
  std::size_t length = ByteAt(bytes, 3) << 8 | ByteAt(bytes, 4);
  if (length == 0 || length > kMaxHelloBytes) return HelloState::kNotTls;
  return bytes.size() >= kRecordHeaderBytes + length ? HelloState::kComplete
                                                     : HelloState::kNeedMore;
}

}  // namespace vdiwatch::collector
