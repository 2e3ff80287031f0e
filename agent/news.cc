#include "agent/news.h"

namespace vdiwatch::agent {

std::string_view WithoutNextTry(std::string_view text) {
  for (std::string_view end : {"; next try in ", ", next in "}) {
    if (std::size_t at = text.rfind(end); at != text.npos) return text.substr(0, at);
  }
  return text;
}

bool News::IsNew(std::string_view text, Time now) {
  constexpr Seconds kDay{24 * 60 * 60};
  if (now - day_ >= kDay) {
    day_ = now;
    said_in_day_ = 0;
  }
  std::string_view what = WithoutNextTry(text);
  if ((what == last_ && now - said_ < kDay) || said_in_day_ == kMostADay) return false;
  last_ = what;
  said_ = now;
  ++said_in_day_;
  return true;
}

}  // namespace vdiwatch::agent
