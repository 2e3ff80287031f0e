# How the libraries of the Windows programs are built from their unpacked sources. To be sourced by
# deploy/windows/build; a change of this file, sources.list or toolchain.cmake makes a new cache.
# Each function runs in the source folder, with $prefix and $toolchain set.
# shellcheck shell=bash disable=SC2154

readonly small='-Os -ffunction-sections -fdata-sections -fstack-protector-strong'

make_spelling() {
  local mingw=/usr/x86_64-w64-mingw32 spelling=$prefix/spelling
  mkdir -p "$spelling"
  ln -sf "$mingw/include/winsock2.h" "$spelling/Winsock2.h"
  ln -sf "$mingw/include/iphlpapi.h" "$spelling/Iphlpapi.h"
  ln -sf "$mingw/lib/libcrypt32.a" "$spelling/libCrypt32.a"
}

with_cmake() {
  cmake -S . -B build -G Ninja "-DCMAKE_TOOLCHAIN_FILE=$toolchain" "-DCMAKE_INSTALL_PREFIX=$prefix" \
    -DCMAKE_BUILD_TYPE=MinSizeRel -DBUILD_SHARED_LIBS=OFF "$@" &&
    cmake --build build && cmake --install build
}

# OpenSSL reads its configuration from openssldir: a folder where users cannot put one, and not even
# that is looked at (no-autoload-config).
build_openssl() {
  local off=(shared tests engine module dso legacy comp ssl3 idea rc2 rc4 rc5 md2 md4 mdc2 bf cast
    camellia seed aria sm2 sm3 sm4 rmd160 whirlpool gost srp psk dtls ct cms ts rfc3779 uplink
    capieng autoload-config ec2m dsa scrypt siphash blake2 cmp)
  # The words of $small are options of their own, after OpenSSL's -O3, so that they win.
  # shellcheck disable=SC2086
  ./Configure mingw64 --cross-compile-prefix=x86_64-w64-mingw32- "--prefix=$prefix" --libdir=lib \
    '--openssldir=C:/Program Files/vdiwatch/ssl' "${off[@]/#/no-}" $small &&
    make -s -j"$(nproc)" build_libs && make -s install_dev
}

# Every file of Poco reads the Windows headers: precompiled, they take a quarter of the time.
build_poco() {
  local pch=$PWD/pch/winpch.h off on
  mkdir -p pch
  printf '#define %s\n' WIN32_LEAN_AND_MEAN NOMINMAX >"$pch"
  printf '#include <%s>\n' winsock2.h ws2tcpip.h windows.h iphlpapi.h atomic chrono functional map \
    memory mutex set sstream string vector >>"$pch"
  # shellcheck disable=SC2086
  x86_64-w64-mingw32-g++-posix -x c++-header -std=c++14 -DNDEBUG -DPOCO_STATIC -DUNICODE \
    -D_UNICODE -D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 $small \
    -isystem "$prefix/spelling" "$pch" -o "$pch.gch" || return
  # A macro of a Windows header has the name of an enumerator.
  sed -i '0,/^namespace Poco/s//#undef TIMESTAMP_REQUEST\n&/' \
    Net/include/Poco/Net/ICMPv4PacketImpl.h || return
  off=(XML DATA DATA_SQLITE DATA_MYSQL DATA_POSTGRESQL DATA_ODBC ACTIVERECORD ACTIVERECORD_COMPILER
    MONGODB REDIS ENCODINGS ZIP PAGECOMPILER PAGECOMPILER_FILE2PAGE JWT APACHECONNECTOR TESTS)
  on=(UTIL NET JSON NETSSL CRYPTO)
  off=("${off[@]/#/-DENABLE_}") on=("${on[@]/#/-DENABLE_}")
  # PocoUtil asks for PocoXML, though it was built without.
  sed -i '/PocoXML/d' Util/cmake/PocoUtilConfig.cmake || return
  with_cmake "${off[@]/%/=OFF}" "${on[@]/%/=ON}" -DCMAKE_CXX_STANDARD=14 -DCMAKE_CXX_EXTENSIONS=OFF \
    "-DOPENSSL_ROOT_DIR=$prefix" -DOPENSSL_USE_STATIC_LIBS=ON \
    "-DCMAKE_CXX_FLAGS=$small -D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 -isystem $prefix/spelling -include $pch"
}

build_yaml-cpp() {
  with_cmake -DYAML_CPP_BUILD_TOOLS=OFF -DYAML_CPP_BUILD_TESTS=OFF -DYAML_CPP_BUILD_CONTRIB=OFF
}

build_fmtlib() {
  with_cmake -DFMT_DOC=OFF -DFMT_TEST=OFF
}

# Debian's source comes without the tables of Unicode, and makes them from its own data.
build_re2() {
  make -s REBUILD_TABLES=1 re2/perl_groups.cc re2/unicode_casefold.cc re2/unicode_groups.cc || return
  with_cmake -DRE2_BUILD_TESTING=OFF
}

build_googletest() {
  with_cmake -DCMAKE_CXX_STANDARD=17 -DBUILD_GMOCK=OFF
}

# These have headers only, which Debian's packages for the build machine bring.
copy_headers() {
  mkdir -p "$prefix/include" "$prefix/share/cmake"
  cp -r /usr/include/CLI /usr/include/nlohmann "$prefix/include/" &&
    cp -r /usr/share/cmake/CLI11 /usr/share/cmake/nlohmann_json "$prefix/share/cmake/"
}
