// Runs a fuzzer's LLVMFuzzerTestOneInput over the files of a folder and over mutations of them,
// which are the same in every run: a part of what libFuzzer does, for compilers that lack it.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);

namespace {

constexpr int kMutations = 6000;
constexpr std::clock_t kSlowest = 10 * CLOCKS_PER_SEC;  // of one input, under sanitizers

std::vector<std::string> ReadSeeds(const char* folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> seeds;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return seeds;
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  std::string Next() {
    std::string input = seeds_[Below(seeds_.size())];
    for (std::size_t i = 0; i <= Below(4); ++i) Change(input);
    return input;
  }

 private:
  std::size_t Below(std::size_t bound) { return bound ? random_() % bound : 0; }

  void Change(std::string& input) {
    const std::size_t at = Below(input.size() + 1), length = Below(input.size() - at + 1);
    switch (Below(8)) {
      case 0:  // cut off
        return input.resize(at);
      case 1:  // cut out
        input.erase(at, std::min<std::size_t>(length, 40));
        return;
      case 2:  // repeat
        input.insert(at, input.substr(at, std::min<std::size_t>(length, 200)));
        return;
      case 3: {  // a piece of another
        const std::string& other = seeds_[Below(seeds_.size())];
        input.insert(at, other.substr(Below(other.size() + 1), Below(200)));
        return;
      }
      case 4:  // a long run
        input.insert(at, Below(3000), "[{\"a0\xff\0 \n"[Below(10)]);
        return;
      case 5:  // a number
        input.insert(at, std::to_string(static_cast<long long>(random_()) << Below(33)));
        return;
      default:  // another byte
        if (at < input.size()) input[at] = static_cast<char>(random_());
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937 random_{20261125};
};

// False if that took too long.
bool Try(const std::string& input) {
  const std::clock_t start = std::clock();
  LLVMFuzzerTestOneInput(reinterpret_cast<const unsigned char*>(input.data()), input.size());
  return std::clock() - start < kSlowest;
}

int Fail(const std::string& input) {
  std::fprintf(stderr, "this input of %zu bytes takes too long:\n%.*s\n", input.size(), 2000,
               input.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> seeds =
      argc == 2 ? ReadSeeds(argv[1]) : std::vector<std::string>();
  if (seeds.empty()) {
    std::fprintf(stderr, "usage: %s FOLDER-OF-SEEDS\n", argv[0]);
    return 64;
  }
  for (const std::string& seed : seeds) {
    if (!Try(seed)) return Fail(seed);
  }
  Mutator mutator(seeds);
  for (int i = 0; i < kMutations; ++i) {
    const std::string input = mutator.Next();
    if (!Try(input)) return Fail(input);
  }
  std::printf("%zu seeds, %d mutations\n", seeds.size(), kMutations);
  return 0;
}
