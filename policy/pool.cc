#include "policy/pool.h"

namespace vdiwatch::policy {

std::string_view ToString(Docker docker) {
  switch (docker) {
    case Docker::kRequired:
      return "required";
    case Docker::kAllowed:
      return "allowed";
    case Docker::kNone:
      return "none";
  }
  return "allowed";
}

std::optional<Docker> ParseDocker(std::string_view text) {
  for (Docker docker : {Docker::kRequired, Docker::kAllowed, Docker::kNone}) {
    if (ToString(docker) == text) return docker;
  }
  return std::nullopt;
}

}  // namespace vdiwatch::policy
