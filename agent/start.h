#pragma once

#include <string>
#include <vector>

namespace vdiwatch::agent {

// What every program of the agent does first: output as bytes, and what this system needs to be
// told so that others' files do not become part of the program.
void StartProgram();

// The command line behind the program's name, in UTF-8 whatever this system hands to main(); last
// word first, as CLI11 takes them.
std::vector<std::string> ReversedArguments(int argc, char** argv);

}  // namespace vdiwatch::agent
