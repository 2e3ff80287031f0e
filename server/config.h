#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/postgres_settings.h"

namespace vdiwatch::server {

struct Endpoint {
  std::string address;
  std::uint16_t port = 0;  // 0: any free one
};
// "127.0.0.1:7443", "[::1]:7443"; nothing if it is not an IP address and a port.
std::optional<Endpoint> ParseEndpoint(std::string_view text);
std::string ToString(const Endpoint& endpoint);

// The agents' listener.
struct AgentsConfig {
  Endpoint listen{"127.0.0.1", 7443};
  // DNS names and addresses that agents call; the CA issues the certificate for them.
  std::vector<std::string> names{"localhost", "127.0.0.1"};
  Seconds check_in_every{15 * 60};
};

// The people's listener: dashboard and API.
struct PeopleConfig {
  Endpoint listen{"127.0.0.1", 7444};
  // Both or none; none: a certificate of our own CA, for the agents' names.
  std::filesystem::path certificate;
  std::filesystem::path key;
};

// Where the fleet is kept: a file in data_dir, or a PostgreSQL database.
struct StoreConfig {
  enum class Engine { kSqlite, kPostgres };
  Engine engine = Engine::kSqlite;
  collector::PostgresSettings postgres;
};

// vdiwatch.yaml; docs/operations.md describes each member. Relative paths start at the file.
struct Config {
  std::filesystem::path data_dir;
  AgentsConfig agents;
  PeopleConfig people;
  StoreConfig store;
  std::filesystem::path ca_key_passphrase_file;  // empty: the CA's keys are not encrypted
  Seconds keep_history{400LL * 24 * 60 * 60};
  std::filesystem::path policy_dir;   // empty: none
  std::filesystem::path alerts_file;  // empty: alerts are kept, and sent to nobody
  bool built_in_pack = true;

  std::filesystem::path store_file() const { return data_dir / "vdiwatch.db"; }
  std::filesystem::path ca_dir() const { return data_dir / "ca"; }
  std::filesystem::path ports_file() const { return data_dir / "ports.json"; }
};

// Pure. Every mistake as a "file:line:col: message" line of one Invalid error.
Result<Config> ParseConfig(std::string_view text, const std::filesystem::path& file);
Result<Config> LoadConfig(const std::filesystem::path& file);

}  // namespace vdiwatch::server
