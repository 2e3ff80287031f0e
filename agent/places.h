#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vdiwatch::agent {

// Where a locator leads, in words of a help desk and at most `width` columns: "firmware product",
// "registry ProductName".
std::string PlaceName(std::string_view locator, std::size_t width);

// What sort of place that is, for many of them at once: "firmware", "registry", "services".
std::string PlaceKind(std::string_view locator, std::size_t width);

// How many columns a terminal needs: continuation bytes of UTF-8 take none.
std::size_t Columns(std::string_view text);

// The text, cut with "…" where it needs more columns.
std::string FitColumns(std::string_view text, std::size_t width);

}  // namespace vdiwatch::agent
