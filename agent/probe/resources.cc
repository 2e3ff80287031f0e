#include <charconv>

#include "agent/probe/look.h"
#include "agent/probe/subjects.h"
#include "base/json.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

Fact LogicalProcessors(const Evidence& evidence) {
  Look look(evidence);
  auto count = look.Number("api:logical_processors");
  return count && *count > 0 ? look.Answer(*count) : look.NoAnswer();
}

// Linux counts memory in blocks of one size, online or not: what is installed.
std::optional<std::int64_t> BlocksMib(Look& look) {
  auto count = look.Number("api:memory_blocks");
  auto size = look.Text("file:/sys/devices/system/memory/block_size_bytes");
  if (!count || !size) return std::nullopt;
  std::string_view hex = Trim(*size);
  std::int64_t bytes = 0;
  auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), bytes, 16);
  constexpr std::int64_t kLargest = std::int64_t{1} << 40;
  if (error != std::errc() || end != hex.data() + hex.size()) return std::nullopt;
  if (bytes < 1 << 20 || bytes > kLargest || *count < 1 || *count > 1 << 20) return std::nullopt;
  return *count * (bytes >> 20);
}

// MemTotal leaves out what the kernel took for itself, a little else each boot: rounded up, the
// same machine says the same.
std::optional<std::int64_t> MemInfoMib(Look& look) {
  auto text = look.Text("file:/proc/meminfo");
  if (!text) return std::nullopt;
  for (std::string_view line : Split(*text, '\n')) {
    if (!line.starts_with("MemTotal:") || !line.ends_with(" kB")) continue;
    auto kib = ParseInteger(Trim(line.substr(9, line.size() - 12)));
    if (!kib || *kib < 0 || *kib > std::int64_t{1} << 50) return std::nullopt;
    std::int64_t mib = *kib / 1024;
    std::int64_t step = mib > 8192 ? 1024 : 256;
    return (mib + step - 1) / step * step;
  }
  return std::nullopt;
}

Fact Memory(const Evidence& evidence) {
  Look look(evidence);
  if (evidence.os == "windows") {
    // GetPhysicallyInstalledSystemMemory tells KiB.
    auto kib = look.Number("api:installed_memory_kib");
    return kib && *kib > 0 ? look.Answer(*kib / 1024) : look.NoAnswer();
  }
  if (auto mib = BlocksMib(look)) return look.Answer(*mib);
  auto mib = MemInfoMib(look);
  return mib ? look.Answer(*mib) : look.NoAnswer();
}

// The answer of the instance metadata service, or null. Source: Azure IMDS documentation.
Json AzureMetadata(Look& look) {
  auto text = look.Text("imds:azure/instance");
  if (!text) return nullptr;
  auto json = ParseJson(*text, "imds");
  return json ? *std::move(json) : nullptr;
}

std::string TextAt(const Json& json, std::string_view pointer) {
  const Json::json_pointer at{std::string(pointer)};
  if (!json.is_object() || !json.contains(at)) return "";
  const Json& value = json.at(at);
  return value.is_string() ? Printable(value.get<std::string>(), 200) : "";
}

void ProbeAzure(const Evidence& evidence, Facts& facts) {
  const Fact& kind = FactOf(facts, "platform.kind");
  if (kind.value() && kind.AsText() != "azure") {
    facts["azure.vm_size"] = Unknown(Missing::kAbsent, kind.sources);
    facts["azure.security_type"] = Unknown(Missing::kAbsent, kind.sources);
    return;
  }
  Look look(evidence);
  const Json metadata = AzureMetadata(look);
  // An error text is no document: without `compute` nothing was told.
  bool told =
      metadata.is_object() && metadata.contains("compute") && metadata["compute"].is_object();
  if (!told && look.evidence().items.contains("imds:azure/instance")) look.Fail();
  std::string size = TextAt(metadata, "/compute/vmSize");
  facts["azure.vm_size"] = size.empty() ? look.NoAnswer() : look.Answer(size);
  if (!told) {
    facts["azure.security_type"] = look.NoAnswer();
    return;
  }
  std::string type = TextAt(metadata, "/compute/securityProfile/securityType");
  facts["azure.security_type"] = look.Answer(type.empty() ? "Standard" : type);
  std::string image = TextAt(metadata, "/compute/storageProfile/imageReference/id");
  if (!image.empty()) facts["vdi.image"] = look.Answer(image);
}

}  // namespace

void ProbeResources(const Evidence& evidence, Facts& facts) {
  facts["cpu.logical_processors"] = LogicalProcessors(evidence);
  facts["memory.total_mib"] = Memory(evidence);
  ProbeAzure(evidence, facts);
}

}  // namespace vdiwatch::agent
