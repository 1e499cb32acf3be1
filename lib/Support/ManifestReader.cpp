//===- ManifestReader.cpp - parsing and checking an artifact ---------------===//
//
// Everything a file can get wrong ends in one line that names the field, what was expected and what was found. Exceptions (ours and
// the JSON library's) stay in this file.
//
//===----------------------------------------------------------------------===//
#include "ManifestFormat.h"
#include "msa/Support/Encoding.h"
#include <cmath>
#include <limits>
#include <set>

namespace msa {
namespace {

using format::Json;
constexpr int kMaxNesting = 256; ///< the JSON library and Expr recurse; real files stay under 40

/// What was expected and found, with the field it happened in.
struct FormatError {
  std::string message;
};

/// One value of the file and the path that leads to it, as "programs[0].launches[2].threads".
class Field {
public:
  Field(const Json &json, std::string path) : json(json), path(std::move(path)) {}

  [[noreturn]] void fail(const std::string &expected, const std::string &found) const {
    throw FormatError{(path.empty() ? "the body" : path) + ": expects " + expected + ", but found " + found};
  }
  [[noreturn]] void fail(const std::string &expected) const {
    std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    fail(expected, text.size() > 60 ? text.substr(0, 57) + "..." : text);
  }

  bool has(const char *key) const { return object().contains(key); }
  Field at(const char *key) const {
    if (!has(key)) fail(std::string("a field \"") + key + "\"", "none");
    return Field(json[key], path.empty() ? key : path + "." + key);
  }
  std::vector<Field> list() const {
    if (!json.is_array()) fail("a list");
    std::vector<Field> fields;
    for (size_t i = 0; i < json.size(); ++i) fields.emplace_back(json[i], path + "[" + std::to_string(i) + "]");
    return fields;
  }
  std::vector<Field> optionalList(const char *key) const { return has(key) ? at(key).list() : std::vector<Field>(); }
  /// Calls body(key, field) for each member of the optional object `key`.
  template <class Body> void eachMember(const char *key, Body body) const {
    if (!has(key)) return;
    Field members = at(key);
    for (const auto &[name, value] : members.object().items()) body(name, Field(value, members.path + "." + name));
  }

  std::string string() const {
    if (!json.is_string()) fail("a string");
    return json.get<std::string>();
  }
  bool boolean() const {
    if (!json.is_boolean()) fail("true or false");
    return json.get<bool>();
  }
  int64_t integer(int64_t low = std::numeric_limits<int64_t>::min(), int64_t high = std::numeric_limits<int64_t>::max(),
                  const char *what = "an integer") const {
    bool fits = json.is_number_integer() && !(json.is_number_unsigned() && json.get<uint64_t>() > uint64_t(INT64_MAX));
    if (!fits || json.get<int64_t>() < low || json.get<int64_t>() > high) fail(what);
    return json.get<int64_t>();
  }
  /// An index below `count`.
  int index(size_t count, const std::string &of) const {
    if (!count) fail("no index (there are no " + of + ")");
    std::string what = "an index of " + of + ", 0 to " + std::to_string(count - 1);
    return int(integer(0, int64_t(count) - 1, what.c_str()));
  }
  double number() const {
    if (json.is_string()) {
      std::string text = json.get<std::string>();
      if (text == "inf" || text == "-inf") return text == "inf" ? HUGE_VAL : -HUGE_VAL;
      if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
    }
    if (!json.is_number()) fail("a number, \"inf\", \"-inf\" or \"nan\"");
    return json.get<double>();
  }

  const Json &json;
  std::string path;

private:
  const Json &object() const {
    if (!json.is_object()) fail("an object");
    return json;
  }
};

/// Reads one program; what is read later is checked against what was read before.
class ProgramReader {
public:
  Program read(const Field &field) {
    program.name = field.at("name").string();
    program.target = field.at("target").string();
    readArguments(field.at("arguments"));
    for (const Field &temporary : field.optionalList("temporaries"))
      program.temporaries.push_back({dtype(temporary.at("dtype")), exprs(temporary.at("shape"))});
    for (const Field &module : field.optionalList("modules")) readModule(module);
    if (field.has("loops")) program.loops = exprs(field.at("loops"));
    inLoop = true;
    for (const Field &launch : field.optionalList("launches")) readLaunch(launch);
    inLoop = false;
    if (field.has("cpu_entry")) program.cpuEntry = field.at("cpu_entry").string();
    readMeaning(field);
    field.eachMember("notes", [&](const std::string &key, const Field &note) { program.notes[key] = note.string(); });
    return std::move(program);
  }

private:
  static Dtype dtype(const Field &field) {
    std::optional<Dtype> dtype = parseDtype(field.string());
    if (!dtype) field.fail("one of \"f32\", \"f16\", \"bf16\", \"i32\"");
    return *dtype;
  }

  static std::vector<int64_t> integers(const Field &field, int64_t low, const char *what) {
    std::vector<int64_t> values;
    for (const Field &item : field.list())
      values.push_back(item.integer(low, std::numeric_limits<int64_t>::max(), what));
    return values;
  }

  Expr expr(const Field &field) const {
    if (field.json.is_number()) return Expr::constant(field.integer());
    if (inLoop && field.json.is_string() && field.string() == "turn") return Expr::turn();
    constexpr const char *what = "an integer, [\"dim\", argument, dimension] or [operator, lhs, rhs]";
    if (!field.json.is_array() || field.json.size() != 3 || !field.json[0].is_string()) field.fail(what);
    std::vector<Field> parts = field.list();
    std::string head = parts[0].string();
    if (head == "dim") {
      int argument = parts[1].index(program.arguments.size(), "arguments");
      const ArgumentSpec &spec = program.arguments[argument];
      return Expr::dim(argument, parts[2].index(spec.shape.size(), "the dimensions of '" + spec.name + "'"));
    }
    for (const auto &[kind, name] : format::exprNames())
      if (head == name) return Expr::binary(kind, expr(parts[1]), expr(parts[2]));
    field.fail(what);
  }

  std::vector<Expr> exprs(const Field &field) const {
    std::vector<Expr> values;
    for (const Field &item : field.list()) values.push_back(expr(item));
    return values;
  }

  void readArguments(const Field &field) {
    std::vector<Field> items = field.list();
    for (const Field &item : items) {
      ArgumentSpec spec;
      spec.name = item.at("name").string();
      spec.dtype = dtype(item.at("dtype"));
      spec.shape = integers(item.at("shape"), kDynamic, "a size, or -1 where it is free");
      if (spec.shape.size() > 8) item.at("shape").fail("at most 8 dimensions");
      if (item.has("adjacent"))
        for (const Field &dim : item.at("adjacent").list())
          spec.adjacent.push_back(dim.integer(0, int64_t(spec.shape.size()) - 2, "a dimension with one after it"));
      spec.isOutput = item.at("output").boolean();
      if (!spec.isOutput && !program.arguments.empty() && program.arguments.back().isOutput)
        item.at("output").fail("true (inputs come before outputs)");
      program.arguments.push_back(std::move(spec));
    }
    for (size_t i = 0; i < items.size(); ++i) { // sizes may name any argument, so all of them are known first
      ArgumentSpec &spec = program.arguments[i];
      if (!spec.isOutput) continue;
      Field sizes = items[i].at("output_shape");
      spec.outputShape = exprs(sizes);
      if (spec.outputShape.size() != spec.shape.size())
        sizes.fail(std::to_string(spec.shape.size()) + " sizes, as \"shape\" has",
                   std::to_string(spec.outputShape.size()));
    }
  }

  void readModule(const Field &field) {
    ModuleSpec module;
    module.kind = field.at("kind").string();
    module.chip = field.at("chip").string();
    if (module.kind != "ptx" && module.kind != "cubin" && module.kind != "elf")
      field.at("kind").fail("\"ptx\", \"cubin\" or \"elf\"");
    for (const Field &feature : field.optionalList("features")) module.features.push_back(feature.string());
    module.bytes = field.at("bytes").string();
    if (module.kind != "ptx") {
      std::optional<std::string> bytes = decodeBase64(module.bytes);
      if (!bytes) field.at("bytes").fail("base64");
      module.bytes = std::move(*bytes);
    }
    program.modules.push_back(std::move(module));
  }

  ViewSpec view(const Field &field) const {
    ViewSpec view;
    view.isTemporary = field.has("temporary");
    view.index = view.isTemporary ? field.at("temporary").index(program.temporaries.size(), "temporaries")
                                  : field.at("argument").index(program.arguments.size(), "arguments");
    if (field.has("offset")) {
      view.offset = integers(field.at("offset"), 0, "an offset in elements, not negative");
      if (!view.offset.empty() && view.offset.size() != rank(view))
        field.at("offset").fail(std::to_string(rank(view)) + " offsets, one per dimension");
    }
    return view;
  }

  size_t rank(const ViewSpec &view) const {
    return view.isTemporary ? program.temporaries[view.index].shape.size() : program.arguments[view.index].shape.size();
  }

  ParamSpec param(const Field &field) const {
    ParamSpec param;
    std::string kind = field.at("kind").string();
    if (kind == "pointer") {
      param.kind = ParamSpec::Kind::Pointer;
      param.view = view(field.at("view"));
    } else if (kind == "stride") {
      param.kind = ParamSpec::Kind::Stride;
      param.view = view(field.at("view"));
      param.dimension = field.at("dimension").index(rank(param.view), "the view's dimensions");
    } else if (kind == "size") {
      param.kind = ParamSpec::Kind::Size;
      param.expr = expr(field.at("value"));
    } else if (kind == "f32") {
      param.kind = ParamSpec::Kind::F32;
      param.number = field.at("value").number();
    } else if (kind == "tensor_map") {
      param.kind = ParamSpec::Kind::TensorMap;
      param.view = view(field.at("view"));
      param.map = tensorMap(field, param.view);
    } else {
      field.at("kind").fail("\"pointer\", \"stride\", \"size\", \"f32\" or \"tensor_map\"");
    }
    return param;
  }

  TensorMapSpec tensorMap(const Field &field, const ViewSpec &view) const {
    TensorMapSpec map;
    std::vector<Field> dims = field.at("dims").list();
    if (dims.empty() || dims.size() > 5)
      field.at("dims").fail("1 to 5 dimensions, as TMA has", std::to_string(dims.size()));
    for (const Field &dim : dims)
      map.dims.push_back({dim.at("dimension").index(rank(view), "the view's dimensions"),
                          dim.at("step").integer(1, INT32_MAX, "a step of at least 1"), expr(dim.at("size")),
                          dim.at("box").integer(1, 256, "a box of 1 to 256 steps, as TMA has")});
    map.swizzleBytes = int(field.at("swizzle_bytes").integer());
    if (map.swizzleBytes != 0 && map.swizzleBytes != 32 && map.swizzleBytes != 64 && map.swizzleBytes != 128)
      field.at("swizzle_bytes").fail("0, 32, 64 or 128");
    int64_t innermost = map.dims[0].box * byteSize(view.isTemporary ? program.temporaries[view.index].dtype
                                                                    : program.arguments[view.index].dtype);
    Field box = dims[0].at("box");
    if (innermost % 16) box.fail("a multiple of 16 bytes innermost", std::to_string(innermost));
    if (map.swizzleBytes && innermost > map.swizzleBytes)
      box.fail("at most " + std::to_string(map.swizzleBytes) + " bytes innermost, as it is swizzled",
               std::to_string(innermost));
    return map;
  }

  void readLaunch(const Field &field) {
    LaunchSpec launch;
    launch.kernel = field.at("kernel").string();
    launch.module = field.at("module").index(program.modules.size(), "modules");
    std::vector<Field> grid = field.at("grid").list();
    if (grid.size() != 3) field.at("grid").fail("three sizes");
    for (int i = 0; i < 3; ++i) launch.grid[i] = expr(grid[i]);
    launch.threads = field.at("threads").integer(1, 1024, "1 to 1024 threads");
    launch.smemBytes = field.at("smem_bytes").integer(0, 1 << 30, "bytes of shared memory");
    size_t numPointers = 0;
    for (const Field &item : field.at("params").list()) {
      launch.params.push_back(param(item));
      numPointers += launch.params.back().kind == ParamSpec::Kind::Pointer;
    }
    launch.alignBytes = integers(field.at("align_bytes"), 1, "an alignment in bytes, at least 1");
    if (launch.alignBytes.size() != numPointers)
      field.at("align_bytes").fail(std::to_string(numPointers) + " alignments, one per pointer parameter");
    if (field.has("loop")) launch.loop = field.at("loop").index(program.loops.size(), "loops");
    program.launches.push_back(std::move(launch));
  }

  void readMeaning(const Field &field) {
    static const std::set<std::string> known = {"index_scores",        "select_blocks",      "attend", "combine",
                                                "transpose_selection", "relayout_selection", "slice"};
    size_t numValues = program.arguments.size();
    for (const Field &item : field.optionalList("meaning")) {
      MeaningOp op;
      op.op = item.at("op").string();
      if (!known.count(op.op)) item.at("op").fail("an op of the msa dialect or \"slice\"");
      item.eachMember("operands", [&](const std::string &key, const Field &value) {
        op.operands[key] = value.index(numValues, "the values so far");
      });
      // A result is an argument (an output) or a new value, whose number may run ahead of the list's order.
      size_t most = numValues + 64;
      for (const Field &value : item.at("results").list()) {
        op.results.push_back(value.index(most, "values"));
        numValues = std::max(numValues, size_t(op.results.back()) + 1);
      }
      item.eachMember("integers",
                      [&](const std::string &key, const Field &value) { op.integers[key] = value.integer(); });
      item.eachMember("numbers", [&](const std::string &key, const Field &value) { op.numbers[key] = value.number(); });
      item.eachMember("strings", [&](const std::string &key, const Field &value) { op.strings[key] = value.string(); });
      if (item.has("offsets")) op.offsets = integers(item.at("offsets"), 0, "an offset in elements, not negative");
      if (item.has("sizes")) op.sizes = integers(item.at("sizes"), kDynamic, "a size, or -1 to keep the source's");
      program.meaning.push_back(std::move(op));
    }
  }

  Program program;
  bool inLoop = false; ///< expressions may ask for the turn (which is 0 outside of loops)
};

/// The deepest nesting of lists and objects in `text`, counted without recursion before anything recurses over it.
int nestingOf(const std::string &text) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      else if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

std::optional<Manifest> fail(std::string &error, const char *id, const std::string &message) {
  error = std::string("[") + id + "] " + message;
  return std::nullopt;
}

} // namespace

std::optional<Manifest> parseManifest(const std::string &text, std::string &error) try {
  error.clear();
  if (nestingOf(text) > kMaxNesting)
    return fail(error, "artifact-format",
                "expects at most " + std::to_string(kMaxNesting) + " nested lists, but found more");
  const std::string start = std::string("{\"format\": \"") + format::kFormatName + "\"";
  Json root;
  try {
    root = Json::parse(text);
  } catch (const Json::parse_error &problem) {
    if (problem.byte >= text.size()) {
      bool ours = text.compare(0, start.size(), start, 0, std::min(text.size(), start.size())) == 0;
      if (ours)
        return fail(error, "artifact-truncated",
                    "expects a whole artifact, but the file ends early, after " + std::to_string(text.size()) +
                        " bytes");
    }
    if (text.compare(0, start.size(), start) == 0)
      return fail(error, "artifact-corrupt",
                  "expects JSON, but the file is damaged at byte " + std::to_string(problem.byte) + " of " +
                      std::to_string(text.size()));
    return fail(error, "artifact-format", "expects an msa artifact (JSON), but this is something else");
  }
  Field file(root, "");
  if (!root.is_object() || !root.contains("format") || root["format"] != format::kFormatName)
    return fail(error, "artifact-format",
                std::string("expects \"format\": \"") + format::kFormatName + "\", but this is another kind of JSON");
  int64_t version = file.at("version").integer();
  if (version != kManifestVersion)
    return fail(error, "artifact-version",
                "expects version " + std::to_string(kManifestVersion) +
                    " of the artifact format, but the file has version " + std::to_string(version) +
                    " (compile it again with the msa-compile of this release)");
  std::string checksum = file.at("checksum").string(), found = format::checksumText(file.at("body").json);
  if (checksum != found)
    return fail(error, "artifact-corrupt",
                "expects a body with checksum " + checksum + ", but it has " + found + " (the file was altered)");

  Field body(file.at("body").json, "");
  Manifest manifest;
  manifest.producer = body.at("producer").string();
  std::set<std::pair<std::string, std::string>> seen;
  for (const Field &program : body.at("programs").list()) {
    manifest.programs.push_back(ProgramReader().read(program));
    const Program &last = manifest.programs.back();
    if (!seen.insert({last.name, last.target}).second)
      program.fail("one program of each name and target", "a second '" + last.name + "' for " + last.target);
  }
  return manifest;
} catch (const FormatError &problem) {
  return fail(error, "artifact-format", problem.message);
} catch (const std::exception &problem) { // out of memory, or a JSON error not foreseen above
  return fail(error, "artifact-format",
              std::string("expects an msa artifact, but reading it failed: ") + problem.what());
}

} // namespace msa
