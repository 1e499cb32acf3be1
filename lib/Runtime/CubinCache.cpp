#include "msa/Runtime/CubinCache.h"
#include "msa/Runtime/Log.h"
#include "msa/Support/Sha256.h"
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace msa {

static constexpr const char *kFormat = "msa-cubin 1 "; // then the cubin's SHA-256, a newline, the cubin

static std::string variable(const char *name) {
  const char *text = std::getenv(name);
  return text ? text : "";
}

CubinCache CubinCache::ofEnvironment() {
  if (const char *chosen = std::getenv("MSA_CACHE_DIR")) return CubinCache(chosen);
  if (std::string cache = variable("XDG_CACHE_HOME"); !cache.empty()) return CubinCache(cache + "/msa");
  std::string home = variable("HOME");
  return CubinCache(home.empty() ? "" : home + "/.cache/msa");
}

std::string CubinCache::pathOf(const std::string &key) const { return folder + "/" + sha256(key) + ".cubin"; }

std::optional<std::string> CubinCache::find(const std::string &key) const {
  if (!enabled()) return std::nullopt;
  std::ifstream file(pathOf(key), std::ios::binary);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), {}};
  size_t line = text.find('\n');
  if (line != std::string::npos) {
    std::string cubin = text.substr(line + 1);
    if (text.compare(0, line, kFormat + sha256(cubin)) == 0) return cubin;
  }
  log(LogLevel::Info, "the cache's '" + pathOf(key) + "' is not what was written: it is made again");
  discard(key);
  return std::nullopt;
}

void CubinCache::store(const std::string &key, const std::string &cubin) const {
  if (!enabled()) return;
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  std::string path = pathOf(key), scratch = path + ".XXXXXX";
  int fd = mkstemp(scratch.data());
  bool ok = fd >= 0;
  if (ok) {
    close(fd);
    std::ofstream file(scratch, std::ios::binary);
    file << kFormat << sha256(cubin) << '\n' << cubin;
    file.close();
    ok = bool(file) && std::rename(scratch.c_str(), path.c_str()) == 0;
  }
  if (ok) return;
  log(LogLevel::Info,
      "the cache's '" + path + "' cannot be written (" + std::strerror(errno) + "): the next load takes as long");
  if (fd >= 0) unlink(scratch.c_str());
}

void CubinCache::discard(const std::string &key) const {
  if (enabled()) unlink(pathOf(key).c_str());
}

} // namespace msa
