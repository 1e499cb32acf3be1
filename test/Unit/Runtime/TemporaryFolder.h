//===- TemporaryFolder.h - a folder for one test ----------------*- C++ -*-===//
#ifndef MSA_TEST_UNIT_RUNTIME_TEMPORARYFOLDER_H
#define MSA_TEST_UNIT_RUNTIME_TEMPORARYFOLDER_H
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace msa {

/// Goes with all that is in it.
class TemporaryFolder {
public:
  TemporaryFolder() : path((std::filesystem::temp_directory_path() / "msa-test-XXXXXX").string()) {
    if (!mkdtemp(path.data())) std::abort();
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  std::string write(const std::string &name, const std::string &text) const {
    std::ofstream(path + "/" + name, std::ios::binary) << text;
    return path + "/" + name;
  }
  static std::string read(const std::string &file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// What is in it, in order.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(path)) names.push_back(entry.path().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string path;
};

} // namespace msa
#endif
