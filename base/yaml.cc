#include "base/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <tuple>

#include "base/text.h"

namespace vdiwatch {
namespace {

constexpr std::size_t kMaxMistakes = 100;  // a file of nothing but mistakes ends here

Mark At(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

std::string_view LineOf(std::string_view text, const Mark& mark) {
  for (int line = 1; line < mark.line; ++line) {
    auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

bool IsIndentedByTab(std::string_view line) {
  auto tab = line.find('\t');
  return tab != std::string_view::npos && tab <= line.find_first_not_of(" \t");
}

// What yaml-cpp says, in words that help to find the mistake.
std::string Plain(const std::string& message) {
  using namespace YAML::ErrorMsg;
  auto is = [&](auto... known) { return ((message == known) || ...); };
  if (is(END_OF_MAP, END_OF_SEQ)) {
    return "this does not continue what is above it; check the indentation and for stray text";
  }
  if (is(MAP_VALUE)) return "a second ':' in one value; put it in quotes";
  if (is(END_OF_MAP_FLOW)) return "a '{' that is never closed";
  if (is(END_OF_SEQ_FLOW)) return "a '[' that is never closed";
  if (is(FLOW_END)) return "a '}' or ']' that was never opened";
  if (is(EOF_IN_SCALAR)) return "a quote that is never closed";
  if (is(UNKNOWN_TOKEN)) return "this character cannot begin a value";
  if (is(ALIAS_NOT_FOUND, UNKNOWN_ANCHOR, CHAR_IN_ALIAS)) {
    return "aliases (*name) are not allowed; put text that begins with '*' in quotes";
  }
  if (is(ANCHOR_NOT_FOUND, CHAR_IN_ANCHOR)) {
    return "anchors (&name) are not allowed; put text that begins with '&' in quotes";
  }
  if (is(INVALID_HEX) || message.starts_with(INVALID_ESCAPE)) {
    return "in double quotes a '\\' begins an escape; write it twice, or use single quotes";
  }
  return message;
}

std::string Plain(const YAML::Exception& error, const Mark& mark, std::string_view text) {
  constexpr int kLongestKey = 1024;  // YAML 1.2, section 7.4.3
  if (IsIndentedByTab(LineOf(text, mark))) return "indent with blanks: YAML takes no tabs there";
  if (error.msg == YAML::ErrorMsg::MAP_VALUE && mark.column > kLongestKey) {
    return fmt::format("a key of over {} characters", kLongestKey);
  }
  return Plain(error.msg);
}

// Builds trees from yaml-cpp's events. A limit that is passed ends the parse by yaml-cpp's own
// exception, since there is no other way out of its recursion; everything else is collected.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::string_view file, std::vector<Diagnostic>& diagnostics,
              const YamlLimits& limits)
      : text_(text), file_(file), diagnostics_(diagnostics), limits_(limits) {}

  std::vector<Yaml> TakeDocuments() { return std::move(documents_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    // yaml-cpp takes whatever follows a complete value for the next document.
    bool explicit_start = TextFrom(mark).starts_with("---");
    if (started_++ > 0 && !explicit_start) {
      throw YAML::ParserException(mark, YAML::ErrorMsg::END_OF_MAP);
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseAnchor(mark, anchor);
    Add(Node(Yaml::Kind::kNull, mark));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Complain(At(mark), "aliases (*name) are not allowed; write the value out");
    Add(Node(Yaml::Kind::kNull, mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (value.size() > limits_.max_scalar_bytes) {
      throw YAML::ParserException(
          mark, fmt::format("a value of over {} bytes", limits_.max_scalar_bytes));
    }
    RefuseAnchor(mark, anchor);
    Yaml node = Node(Yaml::Kind::kScalar, mark);
    node.quoted = tag == "!";
    if (node.quoted) {
      RequireClosingQuote(mark);
    } else if (tag != "?" && !tag.empty()) {
      RefuseTag(mark);
    }
    if (auto control = FindControl(value)) {
      Complain(At(mark), fmt::format("a value with the control character {}", *control));
    }
    node.text = value;
    Add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Yaml::Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(Yaml::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Level {
    Yaml node;
    std::optional<Yaml> key;     // of a map, while its value is awaited
    std::set<std::string> keys;  // of a map
  };

  std::string_view TextFrom(const YAML::Mark& mark) const {
    auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
    return at < text_.size() ? text_.substr(at) : std::string_view();
  }

  void Complain(Mark mark, std::string message) {
    diagnostics_.push_back({std::string(file_), mark, std::move(message)});
    if (++mistakes_ >= kMaxMistakes) {
      YAML::Mark here;
      here.line = mark.line - 1;
      here.column = mark.column - 1;
      throw YAML::ParserException(here, "too many mistakes; the rest was not read");
    }
  }

  void RefuseAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) Complain(At(mark), "anchors (&name) are not allowed; write the value out");
  }

  void RefuseTag(const YAML::Mark& mark) {
    Complain(At(mark), "tags (!name) are not allowed; leave it out");
  }

  // yaml-cpp 0.7 takes the end of a file that ends in a line break for the closing quote.
  void RequireClosingQuote(const YAML::Mark& mark) {
    std::string_view rest = TextFrom(mark);
    if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) return;
    char quote = rest[0];
    for (std::size_t i = 1; i < rest.size(); ++i) {
      if (quote == '"' && rest[i] == '\\') {
        ++i;
      } else if (rest[i] == quote) {
        bool doubled = quote == '\'' && rest.substr(i + 1).starts_with(quote);
        if (!doubled) return;
        ++i;
      }
    }
    throw YAML::ParserException(mark, YAML::ErrorMsg::EOF_IN_SCALAR);
  }

  Yaml Node(Yaml::Kind kind, const YAML::Mark& mark) {
    if (++nodes_ > limits_.max_nodes) {
      throw YAML::ParserException(mark, fmt::format("over {} values", limits_.max_nodes));
    }
    Yaml node;
    node.kind = kind;
    node.mark = At(mark);
    return node;
  }

  void Open(Yaml::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    if (open_.size() >= static_cast<std::size_t>(limits_.max_depth)) {
      throw YAML::ParserException(mark,
                                  fmt::format("nested over {} levels deep", limits_.max_depth));
    }
    RefuseAnchor(mark, anchor);
    if (tag != "?" && !tag.empty()) RefuseTag(mark);
    open_.push_back({Node(kind, mark), std::nullopt, {}});
  }

  void Close() {
    Yaml node = std::move(open_.back().node);
    open_.pop_back();
    Add(std::move(node));
  }

  void Add(Yaml node) {
    if (open_.empty()) {
      documents_.push_back(std::move(node));
    } else if (open_.back().node.kind == Yaml::Kind::kSequence) {
      open_.back().node.items.push_back(std::move(node));
    } else if (!open_.back().key) {
      open_.back().key = std::move(node);
    } else {
      AddEntry(open_.back(), std::move(node));
    }
  }

  void AddEntry(Level& map, Yaml value) {
    Yaml key = std::move(*map.key);
    map.key.reset();
    // The mark of an empty value is where the next token begins, which may be lines below.
    if (value.kind == Yaml::Kind::kNull) value.mark = key.mark;
    if (key.kind != Yaml::Kind::kScalar) {
      Complain(key.mark, "a key must be plain text");
    } else if (key.text == "<<" && !key.quoted) {
      Complain(key.mark, "merge keys (<<) are not allowed; write the values out");
    } else if (!map.keys.insert(key.text).second) {
      Complain(key.mark, fmt::format("duplicate key '{}'", Printable(key.text, 80)));
    } else {
      map.node.entries.push_back({std::move(key), std::move(value)});
    }
  }

  std::string_view text_;
  std::string_view file_;
  std::vector<Diagnostic>& diagnostics_;
  const YamlLimits& limits_;
  std::vector<Yaml> documents_;
  std::vector<Level> open_;
  std::size_t nodes_ = 0;
  std::size_t mistakes_ = 0;
  int started_ = 0;
};

// More brackets than a file may nest are open at once, or there are more documents than anyone
// writes. Brackets in text count, too: far above what nesting takes, that is no matter.
std::optional<Diagnostic> RefuseShape(std::string_view text, std::string_view file) {
  constexpr int kMaxOpen = 256, kMaxDocuments = 1000;
  int open = 0, documents = 0;
  Mark mark{1, 0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    ++mark.column;
    const char c = text[i];
    if (c == '\n') mark = {mark.line + 1, 0};
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && open > 0) --open;
    const bool starts = c == '-' && mark.column == 1 && text.substr(i).starts_with("---");
    if (starts) ++documents;
    if (open > kMaxOpen) {
      return Diagnostic{std::string(file), mark, fmt::format("over {} open brackets", kMaxOpen)};
    }
    if (documents > kMaxDocuments) {
      return Diagnostic{std::string(file), mark, fmt::format("over {} documents", kMaxDocuments)};
    }
  }
  return std::nullopt;
}

// What can be refused before anything is parsed: the parser reads far ahead, and slowly.
std::optional<Diagnostic> RefuseUnread(std::string_view text, std::string_view file,
                                       const YamlLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return Diagnostic{
        std::string(file), {1, 1}, fmt::format("the file is over {} bytes", limits.max_bytes)};
  }
  if (auto fault = FindTextFault(text)) {
    return Diagnostic{std::string(file), Mark{fault->line, fault->column},
                      std::move(fault->message)};
  }
  return RefuseShape(text, file);
}

}  // namespace

std::string ToString(const Diagnostic& diagnostic) {
  return fmt::format("{}:{}:{}: {}", diagnostic.file, diagnostic.mark.line, diagnostic.mark.column,
                     diagnostic.message);
}

void SortByPlace(std::span<Diagnostic> diagnostics) {
  std::ranges::stable_sort(diagnostics, {}, [](const Diagnostic& diagnostic) {
    return std::tuple(std::string_view(diagnostic.file), diagnostic.mark.line,
                      diagnostic.mark.column);
  });
}

const Yaml* Yaml::Find(std::string_view key) const {
  auto found = std::ranges::find(
      entries, key, [](const auto& entry) -> std::string_view { return entry.key.text; });
  return found == entries.end() ? nullptr : &found->value;
}

std::vector<Yaml> ParseYaml(std::string_view text, std::string_view file,
                            std::vector<Diagnostic>& diagnostics, YamlLimits limits) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // Windows editors write it
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (auto refusal = RefuseUnread(text, file, limits)) {
    diagnostics.push_back(*std::move(refusal));
    return {};
  }
  std::istringstream stream{std::string(text)};
  TreeBuilder builder(text, file, diagnostics, limits);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    Mark mark = error.mark.is_null() ? Mark{1, 1} : At(error.mark);
    diagnostics.push_back({std::string(file), mark, Plain(error, mark, text)});
  }
  return builder.TakeDocuments();
}

YamlMap::YamlMap(const Yaml& node, std::string_view what, std::string_view file,
                 std::vector<Diagnostic>& diagnostics)
    : node_(node), what_(what), file_(file), diagnostics_(diagnostics) {
  if (node_.kind != Yaml::Kind::kMap) {
    Complain(node_.mark, fmt::format("{} must be a map of 'key: value'", what_));
  }
}

const Yaml* YamlMap::Required(std::string_view key) {
  const Yaml* found = Optional(key);
  if (!found && node_.kind == Yaml::Kind::kMap) {
    Complain(node_.mark, fmt::format("{} needs '{}'", what_, key));
  }
  return found;
}

const Yaml* YamlMap::Optional(std::string_view key) {
  known_.emplace_back(key);
  return node_.Find(key);
}

std::string YamlMap::Text(std::string_view key) {
  const Yaml* found = Required(key);
  if (!found) return {};
  if (found->kind != Yaml::Kind::kScalar || Trim(found->text).empty()) {
    Complain(found->mark, fmt::format("'{}' must be text, and not empty", key));
    return {};
  }
  return found->text;
}

std::string YamlMap::TextOr(std::string_view key, std::string fallback) {
  return Optional(key) ? Text(key) : std::move(fallback);
}

bool YamlMap::BoolOr(std::string_view key, bool fallback) {
  const Yaml* found = Optional(key);
  if (!found) return fallback;
  bool is_bool = found->kind == Yaml::Kind::kScalar && !found->quoted;
  if (is_bool && found->text == "true") return true;
  if (is_bool && found->text == "false") return false;
  Complain(found->mark, fmt::format("'{}' must be true or false", key));
  return fallback;
}

std::int64_t YamlMap::IntegerOr(std::string_view key, std::int64_t fallback) {
  const Yaml* found = Optional(key);
  if (!found) return fallback;
  bool is_plain = found->kind == Yaml::Kind::kScalar && !found->quoted;
  if (auto number = is_plain ? ParseInteger(found->text) : std::nullopt) return *number;
  Complain(found->mark, fmt::format("'{}' must be a whole number", key));
  return fallback;
}

void YamlMap::Complain(Mark mark, std::string message) {
  diagnostics_.push_back({file_, mark, std::move(message)});
}

void YamlMap::Finish() {
  for (const auto& [key, value] : node_.entries) {
    if (std::ranges::find(known_, key.text) != known_.end()) continue;
    std::vector<std::string_view> candidates(known_.begin(), known_.end());
    constexpr std::size_t kLongest = 80;  // nobody misspells that much
    auto nearest = key.text.size() > kLongest ? std::nullopt : Nearest(key.text, candidates);
    std::string hint = nearest ? fmt::format("; did you mean '{}'?", *nearest) : std::string();
    Complain(key.mark,
             fmt::format("unknown key '{}' in {}{}", Printable(key.text, 80), what_, hint));
  }
}

}  // namespace vdiwatch
