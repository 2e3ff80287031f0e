#include "server/alert/sink_reading.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "server/duration.h"

namespace vdiwatch::server::alert {
namespace {

constexpr std::size_t kMaxSecretBytes = 4 << 10;

// The error names the file, and nothing of what it holds.
Result<std::string> ReadSecret(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(std::string secret, ReadFile(path, kMaxSecretBytes));
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) return Invalid(fmt::format("{}: holds no secret", path.string()));
  if (!IsUtf8(secret) || FindControl(secret) || secret.find_first_of("\n\t") != std::string::npos) {
    return Invalid(fmt::format("{}: a secret is one line of text", path.string()));
  }
  return secret;
}

}  // namespace

YamlMap SinkReading::Map(const Yaml& node, std::string_view what) const {
  return YamlMap(node, what, file, diagnostics);
}

std::vector<std::string> SinkReading::Texts(YamlMap& map, std::string_view key) const {
  const Yaml* node = map.Optional(key);
  if (node == nullptr) return {};
  const std::vector<Yaml> alone{*node};
  std::vector<std::string> texts;
  for (const Yaml& item : node->kind == Yaml::Kind::kSequence ? node->items : alone) {
    if (item.kind != Yaml::Kind::kScalar || item.text.empty()) {
      map.Complain(item.mark, fmt::format("{} must be a text, or a list of texts", key));
      return {};
    }
    texts.push_back(item.text);
  }
  if (texts.empty()) map.Complain(node->mark, fmt::format("{} must not be empty", key));
  return texts;
}

std::filesystem::path SinkReading::Path(YamlMap& map, std::string_view key) const {
  const std::string text = map.TextOr(key, "");
  return text.empty() ? std::filesystem::path() : (directory / text).lexically_normal();
}

std::string SinkReading::Secret(YamlMap& map, std::string_view key) const {
  const std::filesystem::path path = Path(map, key);
  if (path.empty()) return "";
  auto secret = ReadSecret(path);
  if (secret) return *std::move(secret);
  map.Complain(map.Optional(key)->mark, fmt::format("{}: {}", key, secret.error().message));
  return "";
}

std::vector<std::string> SinkReading::Secrets(YamlMap& map, std::string_view key) const {
  std::vector<std::string> secrets;
  for (const std::string& name : Texts(map, key)) {
    auto secret = ReadSecret((directory / name).lexically_normal());
    if (!secret) {
      map.Complain(map.Optional(key)->mark, fmt::format("{}: {}", key, secret.error().message));
      return {};
    }
    secrets.push_back(*std::move(secret));
  }
  return secrets;
}

Seconds SinkReading::Span(YamlMap& map, std::string_view key, Seconds fallback) const {
  const Yaml* node = map.Optional(key);
  if (node == nullptr) return fallback;
  if (const auto span = ParseDuration(node->text)) return *span;
  map.Complain(node->mark, fmt::format("{} must be a span such as 30s, 15m or 12h", key));
  return fallback;
}

}  // namespace vdiwatch::server::alert
