#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace vdiwatch::collector {

// What does not hold in a store's file, whatever happened to it, one line each: SQLite's own checks
// (pages, foreign keys), counts per profile against a recount, logs against the rows they tell of.
std::vector<std::string> BrokenInvariants(const std::filesystem::path& store_file);

}  // namespace vdiwatch::collector
