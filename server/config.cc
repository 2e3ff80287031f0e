#include "server/config.h"

#include <Poco/Net/IPAddress.h>
#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "server/duration.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kMaxConfigBytes = 256 << 10;
constexpr Seconds kLeastHistory{30 * 24 * 60 * 60};

// One configuration file while it is read.
struct Reading {
  std::string file;
  std::filesystem::path directory;
  std::vector<Diagnostic> diagnostics;

  YamlMap Map(const Yaml& node, std::string_view what) {
    return YamlMap(node, what, file, diagnostics);
  }
  std::filesystem::path Path(YamlMap& map, std::string_view key) const {
    const std::string text = map.TextOr(key, "");
    return text.empty() ? std::filesystem::path() : (directory / text).lexically_normal();
  }
};

void ReadEndpoint(YamlMap& map, Endpoint& endpoint) {
  const Yaml* node = map.Optional("listen");
  if (node == nullptr) return;
  const auto parsed = ParseEndpoint(node->text);
  if (!parsed) {
    map.Complain(node->mark, "listen must be an IP address and a port, such as 127.0.0.1:7443");
    return;
  }
  endpoint = *parsed;
}

void ReadNames(YamlMap& map, std::vector<std::string>& names) {
  const Yaml* node = map.Optional("names");
  if (node == nullptr) return;
  names.clear();
  for (const Yaml& item : node->items) {
    if (item.kind != Yaml::Kind::kScalar || item.text.empty()) {
      map.Complain(item.mark, "a name is a DNS name or an IP address");
    } else {
      names.push_back(item.text);
    }
  }
  if (node->items.empty()) {
    map.Complain(node->mark, "names must list at least one DNS name or IP address");
  }
}

void ReadAgents(const Yaml& node, Reading& reading, AgentsConfig& agents) {
  YamlMap map = reading.Map(node, "agents");
  ReadEndpoint(map, agents.listen);
  ReadNames(map, agents.names);
  if (const Yaml* every = map.Optional("check_in_every")) {
    const auto span = ParseDuration(every->text);
    if (span && *span <= Seconds(24 * 60 * 60)) {
      agents.check_in_every = *span;
    } else {
      map.Complain(every->mark, "check_in_every must be a span of 1s to 24h, such as 15m");
    }
  }
  map.Finish();
}

void ReadPeople(const Yaml& node, Reading& reading, PeopleConfig& people) {
  YamlMap map = reading.Map(node, "people");
  ReadEndpoint(map, people.listen);
  people.certificate = reading.Path(map, "certificate");
  people.key = reading.Path(map, "key");
  if (people.certificate.empty() != people.key.empty()) {
    map.Complain(node.mark, "certificate and key go together");
  }
  map.Finish();
}

void ReadPostgres(YamlMap& map, const Reading& reading, collector::PostgresSettings& postgres) {
  if (const Yaml* connection = map.Required("connection")) {
    postgres.connection = connection->text;  // empty if it is no text
    if (auto good = collector::CheckPostgresConnection(connection->text); !good) {
      map.Complain(connection->mark, "connection " + good.error().message);
    }
  }
  postgres.password_file = reading.Path(map, "password_file");
}

void ReadStore(const Yaml& node, Reading& reading, StoreConfig& store) {
  YamlMap map = reading.Map(node, "store");
  const Yaml* engine = map.Required("engine");
  if (engine != nullptr && engine->text == "postgresql") {
    store.engine = StoreConfig::Engine::kPostgres;
    ReadPostgres(map, reading, store.postgres);
  } else if (engine != nullptr && engine->text != "sqlite") {
    map.Complain(engine->mark, "engine must be sqlite or postgresql");
  }
  map.Finish();
}

void ReadCa(const Yaml& node, Reading& reading, Config& config) {
  YamlMap map = reading.Map(node, "ca");
  config.ca_key_passphrase_file = reading.Path(map, "key_passphrase_file");
  map.Finish();
}

void ReadMetrics(const Yaml& node, Reading& reading, Config& config) {
  YamlMap map = reading.Map(node, "metrics");
  config.metrics_open = map.BoolOr("open", false);
  map.Finish();
}

Config ReadTop(const Yaml& node, Reading& reading) {
  Config config;
  YamlMap map = reading.Map(node, "the configuration");
  if (map.Required("data_dir") != nullptr) config.data_dir = reading.Path(map, "data_dir");
  if (const Yaml* agents = map.Optional("agents")) ReadAgents(*agents, reading, config.agents);
  if (const Yaml* people = map.Optional("people")) ReadPeople(*people, reading, config.people);
  if (const Yaml* store = map.Optional("store")) ReadStore(*store, reading, config.store);
  if (const Yaml* keep = map.Optional("keep_history")) {
    const auto span = ParseDuration(keep->text);
    if (span && *span >= kLeastHistory) {
      config.keep_history = *span;
    } else {
      map.Complain(keep->mark, "keep_history must be a span of at least 30d, such as 400d");
    }
  }
  if (const Yaml* ca = map.Optional("ca")) ReadCa(*ca, reading, config);
  if (const Yaml* oidc = map.Optional("oidc")) {
    config.oidc = ReadOidc(*oidc, reading.file, reading.directory, reading.diagnostics);
  }
  if (const Yaml* metrics = map.Optional("metrics")) ReadMetrics(*metrics, reading, config);
  config.policy_dir = reading.Path(map, "policy_dir");
  config.alerts_file = reading.Path(map, "alerts_file");
  config.built_in_pack = map.BoolOr("built_in_pack", true);
  map.Finish();
  return config;
}

Error AllOf(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics) lines.push_back(ToString(diagnostic));
  return Invalid(Join(lines, "\n"));
}

}  // namespace

std::optional<Endpoint> ParseEndpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view address = text.substr(0, colon);
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  const auto port = ParseInteger(text.substr(colon + 1));
  Poco::Net::IPAddress parsed;
  if (!port || *port < 0 || *port > 65'535 ||
      !Poco::Net::IPAddress::tryParse(std::string(address), parsed) ||
      bracketed != (parsed.family() == Poco::Net::IPAddress::IPv6)) {
    return std::nullopt;
  }
  return Endpoint{std::string(address), static_cast<std::uint16_t>(*port)};
}

std::string ToString(const Endpoint& endpoint) {
  const bool v6 = endpoint.address.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(v6 ? "[{}]:{}" : "{}:{}"), endpoint.address, endpoint.port);
}

Result<Config> ParseConfig(std::string_view text, const std::filesystem::path& file) {
  Reading reading{file.string(), std::filesystem::absolute(file).parent_path(), {}};
  const std::vector<Yaml> documents = ParseYaml(text, reading.file, reading.diagnostics);
  if (!reading.diagnostics.empty()) return AllOf(reading.diagnostics);
  if (documents.size() != 1) {
    return Invalid(fmt::format("{}:1:1: expected one document with data_dir", reading.file));
  }
  Config config = ReadTop(documents[0], reading);
  if (!reading.diagnostics.empty()) return AllOf(reading.diagnostics);
  return config;
}

Result<Config> LoadConfig(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMaxConfigBytes));
  return ParseConfig(text, file);
}

}  // namespace vdiwatch::server
