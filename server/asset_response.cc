#include "server/asset_response.h"

#include <algorithm>

#include "base/text.h"
#include "server/negotiate.h"

namespace vdiwatch::server {
namespace {

bool Lists(std::string_view header, std::string_view wanted) {
  return std::ranges::any_of(Split(header, ','), [&](std::string_view item) {
    return EqualsIgnoreCase(Trim(item.substr(0, item.find(';'))), wanted);
  });
}

const Asset* AssetAt(std::span<const Asset> assets, std::string_view path) {
  const auto found = std::ranges::find(assets, path, &Asset::path);
  return found == assets.end() ? nullptr : &*found;
}

HttpResponse Serve(const Asset& asset, const HttpRequest& request) {
  // Names under /assets/ carry a hash of their content, so they never change.
  const bool hashed = asset.path.starts_with("/assets/");
  HttpResponse response;
  response.headers = {
      {"Content-Type", std::string(asset.type)},
      {"Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache"},
      {"ETag", std::string(asset.etag)},
      {"Vary", "Accept-Encoding"}};
  if (ListsEtag(request.Header("if-none-match"), asset.etag)) {
    response.status = 304;
  } else if (!asset.gzip.empty() && Lists(request.Header("accept-encoding"), "gzip")) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = asset.gzip;
  } else {
    response.body = asset.bytes;
  }
  return response;
}

}  // namespace

std::optional<HttpResponse> FindAsset(std::span<const Asset> assets, const HttpRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  if (const Asset* asset = AssetAt(assets, request.path)) return Serve(*asset, request);
  const std::string_view accept = request.Header("accept");
  const bool page = Lists(accept, "text/html") && !request.path.starts_with("/api/") &&
                    !request.path.starts_with("/assets/");
  const bool front = request.path == "/" && Accepts(accept, "text/html");  // curl, a probe
  const Asset* index = page || front ? AssetAt(assets, "/index.html") : nullptr;
  if (index == nullptr) return std::nullopt;
  return Serve(*index, request);
}

}  // namespace vdiwatch::server
