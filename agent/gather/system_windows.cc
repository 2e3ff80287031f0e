#include "agent/gather/system_windows.h"

#include <fmt/format.h>
#include <windows.h>

#include <chrono>
#include <cstring>

#include "agent/gather/terms_windows.h"
#include "agent/probe/smbios.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

Reading Failed(std::string why) { return MissingReading{Missing::kFailed, std::move(why)}; }

// The machine beneath any emulation; under ARM's the processor's leaves are made up.
Reading NativeMachine() {
  USHORT process = 0, native = 0;
  if (!::IsWow64Process2(::GetCurrentProcess(), &process, &native)) {
    return MissingBecauseOfLastError();
  }
  switch (native) {
    case IMAGE_FILE_MACHINE_AMD64:
      return TextReading{"x64"};
    case IMAGE_FILE_MACHINE_ARM64:
      return TextReading{"arm64"};
    case IMAGE_FILE_MACHINE_I386:
      return TextReading{"x86"};
    default:
      return TextReading{fmt::format("0x{:04x}", native)};
  }
}

// What the firmware says is installed, not what is usable.
Reading InstalledMemory() {
  ULONGLONG kib = 0;
  if (!::GetPhysicallyInstalledSystemMemory(&kib)) return MissingBecauseOfLastError();
  return NumberReading{static_cast<std::int64_t>(kib)};
}

// Sleep and hibernation count as part of the boot, as does a start after Windows' "fast" shutdown.
Reading BootTime() {
  using namespace std::chrono;
  auto up = milliseconds(static_cast<std::int64_t>(::GetTickCount64()));
  auto booted = floor<seconds>(system_clock::now() - up);
  return NumberReading{booted.time_since_epoch().count()};
}

Reading LogicalProcessors() {
  DWORD count = ::GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
  return count == 0 ? MissingBecauseOfLastError() : Reading(NumberReading{count});
}

}  // namespace

Reading ReadApi(std::string_view name) {
  constexpr std::string_view kFeature = "processor_feature.";
  if (name == "logical_processors") return LogicalProcessors();
  if (name == "native_machine") return NativeMachine();
  if (name == "installed_memory_kib") return InstalledMemory();
  if (name == "boot_time") return BootTime();
  auto feature = name.starts_with(kFeature) ? ParseInteger(name.substr(kFeature.size()))
                                            : std::optional<std::int64_t>();
  if (!feature) return MissingReading{};
  return NumberReading{::IsProcessorFeaturePresent(static_cast<DWORD>(*feature)) ? 1 : 0};
}

Reading ReadFirmware(std::size_t max_bytes) {
  constexpr DWORD kSmbios = 'R' << 24 | 'S' << 16 | 'M' << 8 | 'B';
  std::string raw(max_bytes, '\0');
  ::SetLastError(ERROR_SUCCESS);
  UINT size = ::GetSystemFirmwareTable(kSmbios, 0, raw.data(), static_cast<DWORD>(raw.size()));
  if (size > raw.size()) return Failed(fmt::format("it is larger than {} bytes", max_bytes));
  if (size == 0) {
    const DWORD error = ::GetLastError();
    if (error != ERROR_SUCCESS && error != ERROR_NOT_FOUND) return MissingBecause(error);
    return MissingReading{Missing::kAbsent, "the firmware has no SMBIOS table"};
  }
  raw.resize(size);
  Reading structures = StructuresOf(raw);
  if (auto* bytes = std::get_if<BytesReading>(&structures)) {
    bytes->bytes = WithoutSerials(bytes->bytes);
  }
  return structures;
}

// RawSMBIOSData: method, major, minor, revision, length (Microsoft, GetSystemFirmwareTable).
Reading StructuresOf(std::string_view raw) {
  constexpr std::size_t kHeader = 8;
  if (raw.size() < kHeader) return Failed("the firmware's table is shorter than its header");
  std::uint32_t length = 0;
  std::memcpy(&length, raw.data() + 4, sizeof length);
  if (length > raw.size() - kHeader) return Failed("the firmware's table breaks off");
  return BytesReading{std::string(raw.substr(kHeader, length))};
}

}  // namespace vdiwatch::agent
