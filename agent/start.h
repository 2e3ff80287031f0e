#pragma once

namespace vdiwatch::agent {

// What every program of the agent does first: output as bytes, and what this system needs to be
// told so that others' files do not become part of the program.
void StartProgram();

}  // namespace vdiwatch::agent
