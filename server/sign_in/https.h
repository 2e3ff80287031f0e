#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vdiwatch::server {

// One request to the provider. A body makes it a POST of a form.
struct ProviderRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string form = {};
};
struct ProviderAnswer {
  int status = 0;
  std::string body;
};

// Over HTTPS with a verified certificate of `ca_file`, or of the system where that is empty;
// follows no redirect, waits 10 s for each step, reads at most 1 MiB. Unavailable names the host
// and the reason. Any thread may call.
Result<ProviderAnswer> AskProvider(const ProviderRequest& request,
                                   const std::filesystem::path& ca_file);

}  // namespace vdiwatch::server
