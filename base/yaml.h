#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vdiwatch {

// Where something stands in a file; lines and columns count from 1.
struct Mark {
  int line = 0;
  int column = 0;
};

// One mistake in a file: "file:line:col: message".
struct Diagnostic {
  std::string file;
  Mark mark;
  std::string message;
};
std::string ToString(const Diagnostic& diagnostic);
// By file, line and column.
void SortByPlace(std::span<Diagnostic> diagnostics);

struct YamlEntry;

// A YAML 1.2 value with the place it was read from. Plain `null`, `~` and empty are kNull; every
// other scalar keeps its text, and `quoted` says whether it was written in quotes.
struct Yaml {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  std::string text;
  bool quoted = false;
  std::vector<Yaml> items;
  std::vector<YamlEntry> entries;  // in the order of the file; keys are scalars
  Mark mark;

  const Yaml* Find(std::string_view key) const;
};

struct YamlEntry {
  Yaml key;
  Yaml value;
};

// A hostile file is refused before it is built, in time linear in what was read.
struct YamlLimits {
  std::size_t max_bytes = 1 << 20;
  std::size_t max_scalar_bytes = 64 << 10;
  int max_depth = 32;
  std::size_t max_nodes = 100'000;
};

// Parses one file, which may hold several documents. Anchors, aliases, tags, merge keys and
// duplicate keys are mistakes. Appends every mistake to `diagnostics`; the documents that were
// read well are returned even then.
std::vector<Yaml> ParseYaml(std::string_view text, std::string_view file,
                            std::vector<Diagnostic>& diagnostics, YamlLimits limits = {});

// Reads the members of one map strictly: each wrong type, missing or misspelt key becomes a
// diagnostic ("unknown key 'sevrity'; did you mean 'severity'?"). Finish() reports unread keys.
// Lives on the stack of one parse function; not copied.
class YamlMap {
 public:
  YamlMap(const Yaml& node, std::string_view what, std::string_view file,
          std::vector<Diagnostic>& diagnostics);

  // The member, or null after a diagnostic (Required) or silently (Optional).
  const Yaml* Required(std::string_view key);
  const Yaml* Optional(std::string_view key);

  // Scalars of one type; `fallback` where the key is not there, or was wrong (diagnostic given).
  std::string Text(std::string_view key);  // required, not empty
  std::string TextOr(std::string_view key, std::string fallback);
  bool BoolOr(std::string_view key, bool fallback);
  std::int64_t IntegerOr(std::string_view key, std::int64_t fallback);

  void Complain(Mark mark, std::string message);
  void Finish();  // every key that was never asked for is a mistake

 private:
  const Yaml& node_;
  std::string what_;
  std::string file_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<std::string> known_;
};

}  // namespace vdiwatch
