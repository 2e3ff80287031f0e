#include "agent/places.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace vdiwatch::agent {
namespace {

constexpr std::pair<std::string_view, std::string_view> kFirmware[] = {
    {"bios.vendor", "BIOS maker"},          {"bios.version", "BIOS version"},
    {"bios.vm_bit", "BIOS's VM flag"},      {"system.manufacturer", "firmware maker"},
    {"system.product", "firmware product"}, {"system.version", "firmware version"},
    {"system.family", "firmware family"},   {"system.sku", "firmware SKU"},
    {"system.uuid", "firmware UUID"},       {"baseboard.manufacturer", "board maker"},
    {"baseboard.product", "board product"}, {"chassis.manufacturer", "chassis maker"},
    {"chassis.asset_tag", "chassis tag"},
};

struct Locator {
  std::string_view scheme, rest;
};
Locator Divide(std::string_view locator) {
  std::size_t colon = std::min(locator.find(':'), locator.size());
  return {locator.substr(0, colon), locator.substr(std::min(colon + 1, locator.size()))};
}

// "CurrentVersion@ProductName" -> "ProductName"; "…\Docker Desktop\" -> "Docker Desktop"
std::string LastStep(std::string_view path) {
  path = path.substr(0, path.find('#'));
  while (path.ends_with('\\') || path.ends_with('/')) path.remove_suffix(1);
  std::size_t cut = path.find_last_of("@\\/");
  return std::string(cut == path.npos || cut + 1 == path.size() ? path : path.substr(cut + 1));
}

// The name behind the longest of these words that leaves room for it, else cut.
std::string Worded(std::initializer_list<std::string_view> words, const std::string& name,
                   std::size_t width) {
  std::string text;
  for (std::string_view word : words) {
    text = std::string(word) + " " + name;
    if (Columns(text) <= width) break;
  }
  return FitColumns(text, width);
}

bool IsUsers(std::string_view registry) { return registry.starts_with("HKU"); }

// The path, or its last step where it is long.
std::string FileName(std::string_view path, std::size_t width) {
  if (path.starts_with("/proc/") || path.starts_with("/sys/")) return "kernel";
  path = path.substr(0, path.find('#'));
  return FitColumns(Columns(path) > width ? LastStep(path) : std::string(path), width);
}

}  // namespace

std::size_t Columns(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

std::string FitColumns(std::string_view text, std::size_t width) {
  if (Columns(text) <= width) return std::string(text);
  std::size_t end = 0, columns = 0;
  while (end < text.size()) {
    bool starts = (text[end] & 0xC0) != 0x80;
    if (starts && ++columns == width) break;
    ++end;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string PlaceKind(std::string_view locator, std::size_t width) {
  auto [scheme, rest] = Divide(locator);
  if (scheme == "cpuid") return "processor";
  if (scheme == "smbios") return "firmware";
  if (scheme == "registry") return IsUsers(rest) ? "users' registry" : "registry";
  if (scheme == "service") return "services";
  if (scheme == "feature") return "Windows features";
  if (scheme == "package") return FitColumns("package " + std::string(rest), width);
  if (scheme == "wmi") return "WMI";
  if (scheme == "imds") return "Azure metadata";
  if (scheme == "config") return "agent's settings";
  if (scheme == "processes") return "running programs";
  if (scheme == "sessions") return "user sessions";
  if (scheme == "api") return "operating system";
  bool file = scheme == "file" || scheme == "path";
  return file ? FileName(rest, width) : FitColumns(locator, width);
}

std::string PlaceName(std::string_view locator, std::size_t width) {
  auto [scheme, rest] = Divide(locator);
  if (scheme == "smbios") {
    auto found =
        std::ranges::find(kFirmware, rest, &std::pair<std::string_view, std::string_view>::first);
    if (found != std::end(kFirmware)) return std::string(found->second);
  }
  if (scheme == "registry" && IsUsers(rest)) {
    return Worded({"users' registry", "users'"}, LastStep(rest), width);
  }
  if (scheme == "registry") return Worded({"registry", "reg."}, LastStep(rest), width);
  if (scheme == "service") return Worded({"service"}, std::string(rest), width);
  if (scheme == "wmi") {
    return Worded({"WMI"}, std::string(rest.substr(rest.find(':') + 1)), width);
  }
  return PlaceKind(locator, width);
}

}  // namespace vdiwatch::agent
