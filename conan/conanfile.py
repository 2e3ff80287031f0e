"""Builds vdiwatch with Conan 2, where the libraries do not come from Debian.

With Debian's libraries standing in for the packages:
    conan build conan --profile:all conan/profiles/linux-gcc12
With everything built by Conan, leave the profile's [platform_requires] out (--profile:all default).
"""

import os

from conan import ConanFile
from conan.tools.build import can_run, check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain
from conan.tools.files import copy
from conan.tools.gnu import PkgConfigDeps


class Vdiwatch(ConanFile):
    name = "vdiwatch"
    version = "0.1.0"
    license = "Apache-2.0"
    description = "Tells which VDI pools can run Docker Desktop within Docker's support rules"
    package_type = "application"
    settings = "os", "arch", "compiler", "build_type"
    options = {"dashboard": [True, False], "target": [None, "ANY"]}
    default_options = {
        "dashboard": True,
        "target": None,  # one target instead of all, as for cmake --build --target
        "poco/*:enable_activerecord": False,
        "poco/*:enable_data_mysql": False,
        "poco/*:enable_mongodb": False,
        "poco/*:enable_redis": False,
        "boost/*:header_only": True,
    }

    def layout(self):
        self.folders.root = ".."
        self.folders.source = "."
        self.folders.build = "build/conan"
        self.folders.generators = "build/conan/generators"

    def export_sources(self):
        top = os.path.join(self.recipe_folder, "..")
        left_out = ("build/*", ".git/*", "*/node_modules/*", "*/dist/*")
        copy(self, "*", top, self.export_sources_folder, excludes=left_out)

    def requirements(self):
        self.requires("cli11/[>=2.1 <3]")
        self.requires("fmt/[>=9 <12]")
        self.requires("nlohmann_json/[>=3.11 <4]")
        self.requires("openssl/[>=3 <4]")
        self.requires("poco/[>=1.11 <2]")
        self.requires("re2/[>=20220601]")
        self.requires("yaml-cpp/0.7.0")  # 0.8 names its CMake target differently
        if self.settings.os != "Windows":  # the collector runs on Linux alone
            self.requires("abseil/[>=20220623]")
            self.requires("boost/[>=1.74 <2]")
            self.requires("libpq/[>=15 <18]")
            self.requires("libsodium/[>=1.0.18 <2]")
            self.requires("libxlsxwriter/[>=1.1.4 <2]")
            self.requires("sqlite3/[>=3.40 <4]")
            self.requires("zlib/[>=1.2.13 <2]")

    def build_requirements(self):
        self.tool_requires("cmake/[>=3.25 <4]")
        self.tool_requires("ninja/[>=1.11 <2]")
        self.test_requires("gtest/[>=1.12 <2]")

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        toolchain = CMakeToolchain(self, generator="Ninja")
        toolchain.user_presets_path = False  # the tree has presets of its own
        toolchain.cache_variables["VDIWATCH_DASHBOARD"] = bool(self.options.dashboard)
        toolchain.cache_variables["VDIWATCH_TESTS"] = can_run(self)
        toolchain.generate()
        CMakeDeps(self).generate()
        PkgConfigDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build(target=str(self.options.target) if self.options.target else None)

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        programs = os.path.join(self.package_folder, "bin")
        copy(self, "vdiwatch*", os.path.join(self.build_folder, "bin"), programs)
