#include <fmt/format.h>

#include <system_error>

#include "agent/private_folder.h"

namespace vdiwatch::agent {

// Who may look in is the package's to say; each file that holds a secret has mode 0600.
Result<void> MakePrivateFolder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  std::string message = fmt::format("cannot make {}: {}", folder.string(), error.message());
  return error == std::errc::permission_denied ? Denied(message) : Unavailable(message);
}

}  // namespace vdiwatch::agent
