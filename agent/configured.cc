#include "agent/configured.h"

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

constexpr std::string_view kPool = "config:pool", kMode = "config:vdi_mode";

Reading ReadingOf(const std::string& value) {
  if (value.empty()) return MissingReading{Missing::kAbsent, "not set"};
  return TextReading{value};
}

}  // namespace

void AddSettings(const AgentConfig& config, Evidence& evidence) {
  evidence.items.insert_or_assign(std::string(kPool), ReadingOf(config.pool));
  evidence.items.insert_or_assign(std::string(kMode), ReadingOf(config.vdi_mode));
}

void AddMissingSettings(const Error& why, Evidence& evidence) {
  Missing kind = Missing::kFailed;
  if (why.kind == ErrorKind::kDenied) kind = Missing::kDenied;
  if (why.kind == ErrorKind::kNotFound) kind = Missing::kAbsent;
  for (std::string_view locator : {kPool, kMode}) {
    evidence.items.insert_or_assign(std::string(locator),
                                    MissingReading{kind, std::string(Split(why.message, '\n')[0])});
  }
}

}  // namespace vdiwatch::agent
