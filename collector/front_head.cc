#include "collector/front_head.h"

#include <fmt/format.h>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <limits>
#include <optional>

#include "base/text.h"
#include "collector/front_response.h"

namespace vdiwatch::collector {
namespace {

namespace http = boost::beast::http;

using Parser = http::request_parser<http::empty_body>;
using Fields = http::fields;

constexpr std::size_t kMaxHeadBytes = 8 << 10;
constexpr std::size_t kMaxTargetBytes = 1 << 10;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

Response Bad(std::string_view message) { return Refusal(400, ErrorKind::kInvalid, message); }

Response FromParser(const boost::beast::error_code& error) {
  if (error == http::error::bad_version) {
    return Refusal(505, ErrorKind::kInvalid, "only HTTP/1.1 is spoken here");
  }
  return Bad("the request is not HTTP: " + error.message());
}

std::string Bearer(const Fields& fields) {
  constexpr std::string_view kScheme = "Bearer ";
  std::string_view value = View(fields[http::field::authorization]);
  if (!EqualsIgnoreCase(value.substr(0, kScheme.size()), kScheme)) return {};
  return std::string(Trim(value.substr(kScheme.size())));
}

bool MayHaveNoLength(const Parser::value_type& message) {
  return message.method() == http::verb::get || message.method() == http::verb::head ||
         message.method() == http::verb::delete_ || message.method() == http::verb::options;
}

std::optional<Response> CheckShape(const Parser::value_type& message) {
  std::string_view target = View(message.target());
  if (target.size() > kMaxTargetBytes) {
    return Refusal(414, ErrorKind::kInvalid, "the request's target is too long");
  }
  if (!target.starts_with('/')) return Bad("the request's target is not a path");
  if (message.version() >= 11 && message.count(http::field::host) != 1) {
    return Bad("the request needs one Host header");
  }
  if (message.count(http::field::authorization) > 1) {
    return Bad("the request has more than one Authorization header");
  }
  std::string_view expect = View(message[http::field::expect]);
  if (!expect.empty() && !EqualsIgnoreCase(expect, "100-continue")) {
    return Refusal(417, ErrorKind::kInvalid, "only 100-continue may be expected");
  }
  return std::nullopt;
}

std::optional<Response> CheckLength(const Parser& parser, std::uint64_t max_body_bytes) {
  bool has_length = parser.content_length().has_value();
  if (parser.get().count(http::field::transfer_encoding) != 0 ||
      (!has_length && !MayHaveNoLength(parser.get()))) {
    return Refusal(411, ErrorKind::kInvalid, "a body needs a Content-Length");
  }
  if (has_length && *parser.content_length() > max_body_bytes) {
    return Refusal(413, ErrorKind::kInvalid,
                   fmt::format("the body is over {} bytes", max_body_bytes));
  }
  return std::nullopt;
}

ParsedHead Collect(const Parser& parser, std::size_t size) {
  const auto& message = parser.get();
  ParsedHead parsed;
  parsed.head.method = std::string(View(message.method_string()));
  parsed.head.target = std::string(View(message.target()));
  parsed.head.bearer = Bearer(message);
  parsed.head.content_length = parser.content_length().value_or(0);
  parsed.size = size;
  parsed.keep_alive = message.version() >= 11 && parser.keep_alive();
  parsed.expects_continue = message.count(http::field::expect) != 0;
  return parsed;
}

}  // namespace

std::variant<NeedMore, ParsedHead, Response> ParseHead(std::string_view bytes,
                                                       std::uint64_t max_body_bytes) {
  std::size_t end = bytes.substr(0, kMaxHeadBytes).find(kEndOfHead);
  if (end == std::string_view::npos) {
    if (bytes.size() < kMaxHeadBytes) return NeedMore{};
    return Refusal(431, ErrorKind::kInvalid,
                   fmt::format("the request's head is over {} bytes", kMaxHeadBytes));
  }
  std::size_t size = end + kEndOfHead.size();
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(kMaxHeadBytes));
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // we judge it ourselves
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(bytes.data(), size), error);
  if (error) return FromParser(error);
  if (!parser.is_header_done()) return Bad("the request is not HTTP");
  if (auto refusal = CheckShape(parser.get())) return *std::move(refusal);
  if (auto refusal = CheckLength(parser, max_body_bytes)) return *std::move(refusal);
  return Collect(parser, size);
}

}  // namespace vdiwatch::collector
