#include "msa/Runtime/PtxOverride.h"
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace msa {

std::string overrideOf(const LaunchSpec &launch) {
  const char *folder = std::getenv("MSA_OVERRIDE_DIR");
  if (!folder || !*folder) return "";
  std::string path = std::string(folder) + "/" + launch.kernel + ".ptx";
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? path : "";
}

static std::string withoutComments(const std::string &text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "//") == 0) i = std::min(text.find('\n', i), text.size() - 1);
    else if (text.compare(i, 2, "/*") == 0) {
      i = text.find("*/", i + 2);
      if (i == std::string::npos) break;
      ++i;
      result += ' ';
      continue;
    }
    result += text[i];
  }
  return result;
}

static bool isNamePart(char c) { return std::isalnum(uint8_t(c)) || c == '_' || c == '$' || c == '%'; }

/// Of ".param .align 64 .b8 map[128]": 128. The type is the word of a dot, a letter and a width; an array's length follows the name.
static int64_t bytesOf(const std::string &param) {
  int64_t bits = 0, count = 1;
  for (size_t i = 0; i + 2 < param.size(); ++i)
    if (param[i] == '.' && std::string("usbf").find(param[i + 1]) != std::string::npos &&
        std::isdigit(uint8_t(param[i + 2])))
      bits = std::strtoll(param.c_str() + i + 2, nullptr, 10);
  if (size_t bracket = param.find('['); bracket != std::string::npos)
    count = std::strtoll(param.c_str() + bracket + 1, nullptr, 10);
  return bits / 8 * count;
}

std::vector<PtxEntry> entriesOf(const std::string &ptx) {
  std::string text = withoutComments(ptx);
  std::vector<PtxEntry> entries;
  static const std::string kEntry = ".entry";
  for (size_t at = text.find(kEntry); at != std::string::npos; at = text.find(kEntry, at)) {
    at += kEntry.size();
    size_t begin = text.find_first_not_of(" \t\r\n", at), end = begin;
    if (begin == at || begin == std::string::npos) continue; // ".entrypoint", or the end
    while (end < text.size() && isNamePart(text[end])) ++end;
    PtxEntry entry{text.substr(begin, end - begin), {}};
    at = text.find_first_not_of(" \t\r\n", end);
    if (at == std::string::npos) break;
    if (text[at] == '(') {
      size_t close = std::min(text.find(')', at), text.size());
      for (size_t param = text.find(".param", at); param < close; param = text.find(".param", param + 1))
        entry.paramBytes.push_back(bytesOf(text.substr(param, std::min(text.find(',', param), close) - param)));
      at = close;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

static std::string listOf(const std::vector<int64_t> &bytes) {
  std::string text;
  for (int64_t size : bytes) text += (text.empty() ? "" : ", ") + std::to_string(size);
  return bytes.empty() ? "none" : text + " bytes";
}

std::optional<ModuleSpec> loadOverride(const std::string &path, const LaunchSpec &launch, const std::string &chip,
                                       std::string &error) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::string of = "'" + launch.kernel + "' in '" + path + "'", names;
  if (!file && text.empty()) {
    error = "[override] needs the kernel " + of + ", but the file cannot be read";
    return std::nullopt;
  }
  std::vector<int64_t> given;
  for (const ParamSpec &param : launch.params)
    given.push_back(param.kind == ParamSpec::Kind::F32 ? 4 : param.kind == ParamSpec::Kind::TensorMap ? 128 : 8);
  for (const PtxEntry &entry : entriesOf(text)) {
    names += (names.empty() ? "" : ", ") + entry.name;
    if (entry.name != launch.kernel) continue;
    if (entry.paramBytes == given) return ModuleSpec{"ptx", chip, text, {}};
    error = "[override] needs parameters of " + listOf(given) + " for the kernel " + of + ", but it has " +
            listOf(entry.paramBytes);
    return std::nullopt;
  }
  error = "[override] needs a kernel " + of + ", but the file has " + (names.empty() ? "none" : names);
  return std::nullopt;
}

} // namespace msa
