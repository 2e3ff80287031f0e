#pragma once

#include <span>
#include <string_view>

namespace vdiwatch::policy {

// How verdicts name one fact. `says` holds {} for the value; for a flag it is the sentence for
// true, and `denies` the one for false; `unseen` is the reason why the collector cannot tell it. A
// fact without an entry is called by its key.
struct FactWords {
  std::string_view key;
  std::string_view noun;
  std::string_view says;
  std::string_view denies;
  std::string_view unseen = {};
};
std::span<const FactWords> FactVocabulary();

// How a value of an enumeration is called, if not by itself.
struct ValueWords {
  std::string_view value;
  std::string_view label;
};
std::span<const ValueWords> ValueVocabulary();

}  // namespace vdiwatch::policy
