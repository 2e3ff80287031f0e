#include "server/assets.h"

#include <gtest/gtest.h>
#include <re2/re2.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "base/digest.h"

namespace vdiwatch::server {
namespace {

const Asset* Find(std::string_view path) {
  const auto assets = Assets();
  const auto found = std::ranges::find(assets, path, &Asset::path);
  return found == assets.end() ? nullptr : &*found;
}

std::string Page() {
  const Asset* page = Find("/index.html");
  return page == nullptr ? "" : std::string(page->bytes);
}

// Inflates a gzip member that is known to be of this size; empty if it is not.
std::string Gunzip(std::string_view gzip, std::size_t size) {
  std::string bytes(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return "";
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  const bool whole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  return whole ? bytes : "";
}

TEST(Assets, HoldThePage) {
  const Asset* page = Find("/index.html");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->type, "text/html; charset=utf-8");
  EXPECT_TRUE(page->bytes.starts_with("<!doctype html>")) << page->bytes.substr(0, 40);
}

TEST(Assets, HaveDistinctPathsAndKnownTypes) {
  const std::set<std::string_view> types = {"text/html; charset=utf-8",
                                            "text/javascript; charset=utf-8",
                                            "text/css; charset=utf-8", "image/svg+xml"};
  std::set<std::string_view> paths;
  for (const Asset& asset : Assets()) {
    EXPECT_TRUE(asset.path.starts_with('/')) << asset.path;
    EXPECT_TRUE(paths.insert(asset.path).second) << asset.path << " is there twice";
    EXPECT_TRUE(types.contains(asset.type)) << asset.path << " is of type " << asset.type;
  }
}

TEST(Assets, AreNamedByTheHashOfTheirBytes) {
  for (const Asset& asset : Assets()) {
    EXPECT_EQ(asset.etag, '"' + Hex(Sha256(asset.bytes)) + '"') << asset.path;
  }
}

TEST(Assets, InflateToTheSameBytes) {
  for (const Asset& asset : Assets()) {
    if (asset.gzip.empty()) continue;
    EXPECT_LT(asset.gzip.size(), asset.bytes.size()) << asset.path;
    EXPECT_EQ(Gunzip(asset.gzip, asset.bytes.size()), asset.bytes) << asset.path;
  }
}

TEST(Assets, HoldWhateverThePageAsksFor) {
  const std::string page = Page();
  re2::StringPiece rest(page);
  std::string reference;
  while (RE2::FindAndConsume(&rest, R"re((?:src|href)="([^"]*)")re", &reference)) {
    EXPECT_NE(Find(reference), nullptr) << reference << " is not embedded";
  }
}

// The page's Content-Security-Policy allows neither inline scripts nor inline styles.
TEST(Assets, KeepThePageFreeOfInlineCode) {
  const std::string page = Page();
  EXPECT_EQ(page.find("<style"), std::string::npos);
  re2::StringPiece rest(page);
  std::string attributes;
  while (RE2::FindAndConsume(&rest, R"(<script([^>]*)>)", &attributes)) {
    EXPECT_TRUE(RE2::PartialMatch(attributes, R"(\ssrc=)")) << attributes;
  }
  EXPECT_FALSE(RE2::PartialMatch(page, R"(\s(style|on[a-z]+)=)"));
}

}  // namespace
}  // namespace vdiwatch::server
