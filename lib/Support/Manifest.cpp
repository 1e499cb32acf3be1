//===- Manifest.cpp - writing an artifact, and the value of an Expr --------===//
//
// The file is {"format": "msa-artifact", "version": n, "checksum": c, "body": {...}}. The checksum is taken over the body's compact
// text, keys in the file's order, so reformatting the JSON keeps a file valid and altering a value does not.
//
//===----------------------------------------------------------------------===//
#include "ManifestFormat.h"
#include "msa/Support/Encoding.h"
#include <algorithm>
#include <cmath>
#include <cstdio>

namespace msa {

Expr Expr::constant(int64_t value) {
  Expr expr;
  expr.value = value;
  return expr;
}

Expr Expr::dim(int argument, int dimension) {
  Expr expr;
  expr.kind = Kind::Dim;
  expr.argument = argument;
  expr.dimension = dimension;
  return expr;
}

Expr Expr::turn() {
  Expr expr;
  expr.kind = Kind::Turn;
  return expr;
}

Expr Expr::binary(Kind kind, Expr lhs, Expr rhs) {
  Expr expr;
  expr.kind = kind;
  expr.operands = {std::move(lhs), std::move(rhs)};
  return expr;
}

static int64_t floorDiv(int64_t lhs, int64_t rhs) {
  if (rhs == 0 || (rhs == -1 && lhs == INT64_MIN)) return 0;
  int64_t quotient = lhs / rhs;
  return quotient - (lhs % rhs != 0 && (lhs < 0) != (rhs < 0));
}

int64_t evaluate(const Expr &expr, const std::vector<std::vector<int64_t>> &shapes, int64_t turn) {
  if (expr.kind == Expr::Kind::Constant) return expr.value;
  if (expr.kind == Expr::Kind::Turn) return turn;
  if (expr.kind == Expr::Kind::Dim) {
    bool exists = size_t(expr.argument) < shapes.size() && size_t(expr.dimension) < shapes[expr.argument].size();
    return exists ? shapes[expr.argument][expr.dimension] : 0;
  }
  if (expr.operands.size() != 2) return 0;
  int64_t lhs = evaluate(expr.operands[0], shapes, turn), rhs = evaluate(expr.operands[1], shapes, turn), result = 0;
  switch (expr.kind) {
  // The builtins wrap on overflow, where plain arithmetic would be undefined.
  case Expr::Kind::Add: (void)__builtin_add_overflow(lhs, rhs, &result); return result;
  case Expr::Kind::Sub: (void)__builtin_sub_overflow(lhs, rhs, &result); return result;
  case Expr::Kind::Mul: (void)__builtin_mul_overflow(lhs, rhs, &result); return result;
  case Expr::Kind::FloorDiv: return floorDiv(lhs, rhs);
  case Expr::Kind::CeilDiv: return rhs == 0 ? 0 : floorDiv(lhs, rhs) + (lhs != INT64_MIN && lhs % rhs != 0);
  case Expr::Kind::Min: return std::min(lhs, rhs);
  case Expr::Kind::Max: return std::max(lhs, rhs);
  default: return 0;
  }
}

namespace format {

const std::vector<std::pair<Expr::Kind, const char *>> &exprNames() {
  static const std::vector<std::pair<Expr::Kind, const char *>> names = {
      {Expr::Kind::Add, "add"},         {Expr::Kind::Sub, "sub"},           {Expr::Kind::Mul, "mul"},
      {Expr::Kind::CeilDiv, "ceildiv"}, {Expr::Kind::FloorDiv, "floordiv"}, {Expr::Kind::Min, "min"},
      {Expr::Kind::Max, "max"}};
  return names;
}

std::string checksumText(const Json &body) {
  std::string text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  char digits[32];
  std::snprintf(digits, sizeof digits, "fnv1a64:%016llx", static_cast<unsigned long long>(checksum64(text)));
  return digits;
}

static Json write(const Expr &expr) {
  if (expr.kind == Expr::Kind::Constant) return expr.value;
  if (expr.kind == Expr::Kind::Turn) return "turn";
  if (expr.kind == Expr::Kind::Dim) return Json::array({"dim", expr.argument, expr.dimension});
  for (const auto &[kind, name] : exprNames())
    if (kind == expr.kind && expr.operands.size() == 2)
      return Json::array({name, write(expr.operands[0]), write(expr.operands[1])});
  return 0;
}

static Json write(const std::vector<Expr> &exprs) {
  Json list = Json::array();
  for (const Expr &expr : exprs) list.push_back(write(expr));
  return list;
}

/// JSON has no infinities.
static Json write(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  return number;
}

static Json write(const ArgumentSpec &argument) {
  Json json = {{"name", argument.name},
               {"dtype", name(argument.dtype)},
               {"shape", argument.shape},
               {"output", argument.isOutput}};
  if (argument.isOutput) json["output_shape"] = write(argument.outputShape);
  if (!argument.adjacent.empty()) json["adjacent"] = argument.adjacent;
  return json;
}

static Json write(const ViewSpec &view) {
  Json json = {{view.isTemporary ? "temporary" : "argument", view.index}};
  if (!view.offset.empty()) json["offset"] = view.offset;
  return json;
}

static Json write(const ParamSpec &param) {
  switch (param.kind) {
  case ParamSpec::Kind::Pointer: return {{"kind", "pointer"}, {"view", write(param.view)}};
  case ParamSpec::Kind::Stride:
    return {{"kind", "stride"}, {"view", write(param.view)}, {"dimension", param.dimension}};
  case ParamSpec::Kind::Size: return {{"kind", "size"}, {"value", write(param.expr)}};
  case ParamSpec::Kind::F32: return {{"kind", "f32"}, {"value", write(param.number)}};
  case ParamSpec::Kind::TensorMap: {
    Json dims = Json::array();
    for (const TensorMapSpec::Dim &dim : param.map.dims)
      dims.push_back({{"dimension", dim.dimension}, {"step", dim.step}, {"size", write(dim.size)}, {"box", dim.box}});
    return {
        {"kind", "tensor_map"}, {"view", write(param.view)}, {"dims", dims}, {"swizzle_bytes", param.map.swizzleBytes}};
  }
  }
  return nullptr;
}

static Json write(const LaunchSpec &launch) {
  Json params = Json::array();
  for (const ParamSpec &param : launch.params) params.push_back(write(param));
  Json json = {{"kernel", launch.kernel},
               {"module", launch.module},
               {"grid", Json::array({write(launch.grid[0]), write(launch.grid[1]), write(launch.grid[2])})},
               {"threads", launch.threads},
               {"smem_bytes", launch.smemBytes},
               {"params", params},
               {"align_bytes", launch.alignBytes}};
  if (launch.loop >= 0) json["loop"] = launch.loop;
  return json;
}

static Json write(const ModuleSpec &module) {
  Json json = {{"kind", module.kind}, {"chip", module.chip}};
  if (!module.features.empty()) json["features"] = module.features;
  json["bytes"] = module.kind == "ptx" ? module.bytes : encodeBase64(module.bytes);
  return json;
}

static Json write(const MeaningOp &op) {
  Json json = {{"op", op.op}, {"operands", Json::object()}, {"results", op.results}};
  for (const auto &[key, value] : op.operands) json["operands"][key] = value;
  for (const auto &[key, value] : op.integers) json["integers"][key] = value;
  for (const auto &[key, value] : op.numbers) json["numbers"][key] = write(value);
  for (const auto &[key, value] : op.strings) json["strings"][key] = value;
  if (!op.offsets.empty()) json["offsets"] = op.offsets;
  if (!op.sizes.empty()) json["sizes"] = op.sizes;
  return json;
}

static Json write(const TemporarySpec &temporary) {
  return {{"dtype", name(temporary.dtype)}, {"shape", write(temporary.shape)}};
}

static Json write(const Program &program);

template <class T> static Json writeList(const std::vector<T> &items) {
  Json list = Json::array();
  for (const T &item : items) list.push_back(write(item));
  return list;
}

static Json write(const Program &program) {
  Json json = {{"name", program.name},
               {"target", program.target},
               {"arguments", writeList(program.arguments)},
               {"temporaries", writeList(program.temporaries)},
               {"launches", writeList(program.launches)},
               {"cpu_entry", program.cpuEntry},
               {"meaning", writeList(program.meaning)},
               {"notes", Json::object()}};
  if (!program.loops.empty()) json["loops"] = write(program.loops);
  for (const auto &[key, value] : program.notes) json["notes"][key] = value;
  json["modules"] = writeList(program.modules); // last: long
  return json;
}

} // namespace format

std::string serialize(const Manifest &manifest) {
  format::Json body = {{"producer", manifest.producer}, {"programs", format::writeList(manifest.programs)}};
  std::string text =
      "{\"format\": \"" + std::string(format::kFormatName) + "\", \"version\": " + std::to_string(kManifestVersion);
  text += ", \"checksum\": \"" + format::checksumText(body) + "\", \"body\":\n";
  text += body.dump(-1, ' ', false, format::Json::error_handler_t::replace);
  return text + "}";
}

} // namespace msa
