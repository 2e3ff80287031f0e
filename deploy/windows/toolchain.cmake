# MinGW-w64 as Debian packages it, for Windows 10 and later on x64. The libraries come from the
# folder that deploy/windows/build made; it sets VDIWATCH_WINDOWS_LIBRARIES to it.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_VERSION 10.0)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
# The posix variant: GCC 12's win32 one has no std::thread.
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_MC_COMPILER /usr/bin/x86_64-w64-mingw32-windmc)

if(DEFINED ENV{VDIWATCH_WINDOWS_LIBRARIES})
  set(VDIWATCH_WINDOWS_LIBRARIES $ENV{VDIWATCH_WINDOWS_LIBRARIES} CACHE PATH "What the programs link")
endif()
# So that try_compile() knows it, too.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES VDIWATCH_WINDOWS_LIBRARIES)
set(libraries ${VDIWATCH_WINDOWS_LIBRARIES})
if(NOT libraries)
  message(FATAL_ERROR "VDIWATCH_WINDOWS_LIBRARIES is not set: run deploy/windows/build")
endif()
set(CMAKE_FIND_ROOT_PATH ${libraries} /usr/x86_64-w64-mingw32)
set(CMAKE_PREFIX_PATH ${libraries})
set(Poco_DIR ${libraries}/cmake)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# `spelling` holds headers and libraries under the names that sources use on Windows, where case does
# not matter.
set(flags "-D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 -ffunction-sections -fdata-sections \
-fstack-protector-strong -isystem ${libraries}/spelling")
set(CMAKE_C_FLAGS_INIT "${flags}")
set(CMAKE_CXX_FLAGS_INIT "${flags}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -Wl,--gc-sections -L${libraries}/spelling")
