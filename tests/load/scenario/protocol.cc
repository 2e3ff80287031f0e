#include "tests/load/scenario/protocol.h"

#include <algorithm>

namespace vdiwatch::sim {

void Protocol::Figure(std::string name, std::string value) {
  figures_.emplace_back(std::move(name), std::move(value));
}

void Protocol::Add(std::string what, std::string expected, std::int64_t found, bool held) {
  if (!scope_.empty()) what = fmt::format("{}: {}", scope_, what);
  checks_.push_back({std::move(what), std::move(expected), fmt::format("{}", found), held});
}

void Protocol::Equal(std::string what, std::int64_t expected, std::int64_t found) {
  Add(std::move(what), fmt::format("{}", expected), found, found == expected);
}

void Protocol::AtMost(std::string what, std::int64_t most, std::int64_t found) {
  Add(std::move(what), fmt::format("at most {}", most), found, found <= most);
}

void Protocol::AtLeast(std::string what, std::int64_t least, std::int64_t found) {
  Add(std::move(what), fmt::format("at least {}", least), found, found >= least);
}

void Protocol::Broke(std::string why) {
  checks_.push_back({"played to its end", "yes", std::move(why), false});
}

bool Protocol::held() const {
  return !checks_.empty() && std::ranges::all_of(checks_, &Check::held);
}

std::string Protocol::ToText() const {
  std::string text = fmt::format("{}\n", scenario_);
  for (const auto& step : steps_) text += fmt::format("  - {}\n", step);
  for (const auto& check : checks_) {
    text +=
        fmt::format("  {} {}: {}{}\n", check.held ? "held    " : "NOT HELD", check.what,
                    check.found, check.held ? "" : fmt::format(" (must be {})", check.expected));
  }
  for (const auto& [name, value] : figures_) text += fmt::format("  {}: {}\n", name, value);
  return text + fmt::format("{}: {}\n", scenario_, held() ? "held" : "NOT HELD");
}

Json Protocol::ToJson() const {
  Json json = {{"scenario", scenario_}, {"held", held()}, {"steps", steps_}};
  json["checks"] = Json::array();
  for (const auto& check : checks_) {
    json["checks"].push_back({{"what", check.what},
                              {"expected", check.expected},
                              {"found", check.found},
                              {"held", check.held}});
  }
  json["figures"] = Json::object();
  for (const auto& [name, value] : figures_) json["figures"][name] = value;
  return json;
}

}  // namespace vdiwatch::sim
