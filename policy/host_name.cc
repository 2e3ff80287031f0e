#include "policy/host_name.h"

#include "base/text.h"

namespace vdiwatch::policy {

std::string HostNameOf(std::string_view written) {
  written = Trim(written);
  written = written.substr(written.rfind('\\') + 1);  // npos + 1 is 0
  return ToLower(Trim(written.substr(0, written.find('.'))));
}

}  // namespace vdiwatch::policy
