#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vdiwatch::policy {

// The first character of a name that people would not see or that turns text around: controls,
// format characters (Unicode category Cf: U+200B, U+202E, U+FEFF, …), line and paragraph
// separators; as "U+202E". Names that people type have none, so that two that look alike are not
// two by an invisible one; names that machines report are shown with it escaped. Of UTF-8. Pure.
std::optional<std::string> FindUnseen(std::string_view name);

// Why nobody may call a thing so: "a pool's name must not hold the invisible character U+202E".
std::optional<std::string> UnseenProblem(std::string_view whose, std::string_view name);

}  // namespace vdiwatch::policy
