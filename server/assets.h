#pragma once

#include <span>
#include <string_view>

namespace vdiwatch::server {

// One file of the dashboard, embedded at build time.
struct Asset {
  std::string_view path;  // "/assets/index-3f2a.js"
  std::string_view type;  // media type
  std::string_view etag;  // strong, with its quotes
  std::string_view bytes;
  std::string_view gzip;  // the same, compressed; empty where that does not pay
};
std::span<const Asset> Assets();

}  // namespace vdiwatch::server
