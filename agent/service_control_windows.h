#pragma once

#include <filesystem>

#include "base/result.h"

namespace vdiwatch::agent {

inline constexpr wchar_t kServiceName[] = L"vdiwatch-agent";

// The service as the service control manager keeps it; each needs an administrator. Installing
// again brings an older installation up to date. Removing stops it first; its state stays.
Result<void> InstallService(const std::filesystem::path& program, const std::wstring& arguments);
Result<void> RemoveService();
// What Windows Installer does not set well, or an older version set otherwise: recovery, delayed
// start, privileges, SID, time before a shutdown. By the running service itself; in force from its
// next start. (learn.microsoft.com/windows/win32/msi/msiconfigureservices-action)
void RenewServiceSettings();
// Wait until it runs, or has stopped.
Result<void> StartInstalledService();
Result<void> StopInstalledService();

}  // namespace vdiwatch::agent
