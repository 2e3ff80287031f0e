#include <fmt/format.h>

#include <array>
#include <functional>

#include "agent/config.h"
#include "agent/path.h"
#include "agent/pin.h"
#include "agent/proxy.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPoolBytes = 200;

std::string Origin(const SettingsLayer& layer, const Setting& setting) {
  return fmt::format("{} {}", layer.name, setting.place);
}

// Two settings that stand for each other; the second may be empty.
using Alternatives = std::array<std::string_view, 2>;
constexpr Alternatives kGroups[] = {
    {"collector", ""}, {"ca_file", "ca_pin"}, {"token", "token_file"},
    {"state_dir", ""}, {"canary_dir", ""},    {"proxy", ""},
    {"pool", ""},      {"vdi_mode", ""},
};

std::string Quoted(const Alternatives& names) {
  return names[1].empty() ? fmt::format("'{}'", names[0])
                          : fmt::format("one of '{}' and '{}'", names[0], names[1]);
}

// Whether a path may lie on another machine's disk.
enum class Share { kRefused, kFine };

// An absolute path stays as it is, and so does one of a share, which libstdc++ would make local.
Result<fs::path> PathIn(const fs::path& folder, std::string_view text, Share share) {
  const fs::path path = PathOf(text);
  if (text.starts_with("\\\\")) {
    if (share == Share::kFine) return path;
    return Invalid(fmt::format("'{}' is no folder of a local disk", Printable(text)));
  }
  if (path.has_root_name() && !path.has_root_directory()) {
    return Invalid(fmt::format("'{}' needs a backslash after its drive", Printable(text)));
  }
  return (folder / path).lexically_normal();
}

class Merge {
 public:
  explicit Merge(std::span<const SettingsLayer> layers) : layers_(layers) {
    for (const auto& layer : layers_) {
      mistakes_.insert(mistakes_.end(), layer.mistakes.begin(), layer.mistakes.end());
      config_.warnings.insert(config_.warnings.end(), layer.warnings.begin(), layer.warnings.end());
    }
    for (const auto& names : kGroups) Choose(names);
  }

  // Hands the value in force to `take`, which says what is wrong with it.
  void Take(std::string_view name,
            const std::function<Result<void>(const Setting&, const SettingsLayer&)>& take) {
    auto found = chosen_.find(name);
    if (found == chosen_.end() || !found->second.setting->problem.empty()) return;
    auto taken = take(*found->second.setting, *found->second.layer);
    if (!taken) Complain(found->second.setting->place, taken.error().message);
  }
  void Take(std::string_view name, std::string& into) {
    Take(name, [&](const Setting& setting, const SettingsLayer&) {
      into = setting.value;
      return Result<void>();
    });
  }
  void TakePath(std::string_view name, Share share, fs::path& into) {
    Take(name, [&](const Setting& setting, const SettingsLayer& layer) -> Result<void> {
      ASSIGN_OR_RETURN(into, PathIn(layer.folder, setting.value, share));
      return {};
    });
  }
  void Require(const Alternatives& names) {
    if (!mistakes_.empty() || chosen_.contains(names[0]) || chosen_.contains(names[1])) return;
    std::vector<std::string> places;
    for (const auto& layer : layers_) places.push_back(layer.place);
    Complain(Join(places, " or "), fmt::format("needs {}", Quoted(names)));
  }

  void Show(std::string_view name, std::string value) {
    ShownSetting shown{std::string(name), std::move(value), "default", {}};
    auto found = chosen_.find(name);
    if (found != chosen_.end()) {
      shown.won = Origin(*found->second.layer, *found->second.setting);
      shown.lost = found->second.lost;
    }
    config_.shown.push_back(std::move(shown));
  }

  AgentConfig& config() { return config_; }
  Result<AgentConfig> Finish() && {
    if (!mistakes_.empty()) return Invalid(Join(mistakes_, "\n"));
    return std::move(config_);
  }

 private:
  struct Choice {
    const SettingsLayer* layer = nullptr;
    const Setting* setting = nullptr;
    std::vector<std::string> lost;
  };

  void Complain(const std::string& place, const std::string& reason) {
    mistakes_.push_back(fmt::format("{}: {}", place, reason));
  }

  void Choose(const Alternatives& names) {
    Choice* winner = nullptr;
    for (const auto& layer : layers_) {
      for (std::string_view name : names) {
        auto found = layer.settings.find(name);
        if (name.empty() || found == layer.settings.end()) continue;
        if (winner == nullptr) {
          winner = &chosen_[std::string(name)];
          *winner = {&layer, &found->second, {}};
          if (!found->second.problem.empty()) Complain(found->second.place, found->second.problem);
        } else if (winner->layer == &layer) {
          Complain(found->second.place, fmt::format("needs {}, not both", Quoted(names)));
        } else {
          winner->lost.push_back(Origin(layer, found->second));
          if (found->second.problem.empty()) continue;
          config_.warnings.push_back(
              fmt::format("{}: {}", found->second.place, found->second.problem));
        }
      }
    }
  }

  std::span<const SettingsLayer> layers_;
  std::map<std::string, Choice, std::less<>> chosen_;
  std::vector<std::string> mistakes_;
  AgentConfig config_;
};

void TakePlaces(Merge& merge) {
  AgentConfig& config = merge.config();
  config.state_dir = DefaultStateDir();
  merge.TakePath("state_dir", Share::kRefused, config.state_dir);
  config.canary_dir = config.state_dir;
  merge.TakePath("canary_dir", Share::kRefused, config.canary_dir);
}

void TakeCollector(Merge& merge) {
  AgentConfig& config = merge.config();
  merge.Take("collector", [&](const Setting& setting, const SettingsLayer&) -> Result<void> {
    ASSIGN_OR_RETURN(config.collector, ParseCollectorAddress(setting.value));
    return {};
  });
  merge.TakePath("ca_file", Share::kFine, config.ca_file);
  merge.Take("ca_pin", [&](const Setting& setting, const SettingsLayer&) -> Result<void> {
    ASSIGN_OR_RETURN(config.ca_pins, ParsePins(setting.value));
    return {};
  });
  merge.Take("token", config.token);
  merge.TakePath("token_file", Share::kFine, config.token_file);
  config.proxy = DefaultProxy();
  merge.Take("proxy", [&](const Setting& setting, const SettingsLayer&) -> Result<void> {
    RETURN_IF_ERROR(CheckProxy(setting.value));
    config.proxy = setting.value;
    return {};
  });
}

void TakeDesktop(Merge& merge) {
  AgentConfig& config = merge.config();
  merge.Take("pool", [&](const Setting& setting, const SettingsLayer&) -> Result<void> {
    if (setting.value.size() > kMaxPoolBytes) {
      return Invalid(fmt::format("'pool' is over {} bytes long", kMaxPoolBytes));
    }
    config.pool = setting.value;
    return {};
  });
  merge.Take("vdi_mode", [&](const Setting& setting, const SettingsLayer&) -> Result<void> {
    if (setting.value != "persistent" && setting.value != "non_persistent") {
      return Invalid(fmt::format("'vdi_mode' is 'persistent' or 'non_persistent', not '{}'",
                                 Printable(setting.value, 80)));
    }
    config.vdi_mode = setting.value;
    return {};
  });
}

std::string PinTexts(const std::vector<std::string>& pins) {
  std::vector<std::string> texts;
  for (const auto& pin : pins) texts.push_back(PinText(pin));
  return Join(texts, " ");
}

void ShowAll(Merge& merge) {
  const AgentConfig& config = merge.config();
  merge.Show("collector", ToString(config.collector));
  if (!config.ca_file.empty()) merge.Show("ca_file", config.ca_file.string());
  if (!config.ca_pins.empty()) merge.Show("ca_pin", PinTexts(config.ca_pins));
  if (!config.token.empty()) merge.Show("token", "<secret>");
  if (!config.token_file.empty()) merge.Show("token_file", config.token_file.string());
  merge.Show("state_dir", config.state_dir.string());
  merge.Show("canary_dir", config.canary_dir.string());
  merge.Show("proxy", config.proxy);
  if (!config.pool.empty()) merge.Show("pool", config.pool);
  if (!config.vdi_mode.empty()) merge.Show("vdi_mode", config.vdi_mode);
}

}  // namespace

Result<AgentConfig> MergeSettings(std::span<const SettingsLayer> layers, Needs needs) {
  Merge merge(layers);
  TakePlaces(merge);
  TakeCollector(merge);
  TakeDesktop(merge);
  if (needs == Needs::kAll) {
    for (const auto& names : {kGroups[0], kGroups[1], kGroups[2]}) merge.Require(names);
  }
  ShowAll(merge);
  return std::move(merge).Finish();
}

}  // namespace vdiwatch::agent
