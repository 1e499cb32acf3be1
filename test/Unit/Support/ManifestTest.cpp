//===- ManifestTest.cpp - artifacts: written, read, and damaged ------------===//
#include "msa/Artifact/Manifest.h"
#include "msa/Support/Encoding.h"
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
using namespace msa;

namespace {

Program sampleProgram() {
  Program program;
  program.name = "decode";
  program.target = "sm_90a";
  program.arguments = {
      {"q", Dtype::BF16, {kDynamic, 64, 128}, false, {}, {0}},
      {"page_table", Dtype::I32, {8, kDynamic}, false, {}, {}},
      {"out0", Dtype::BF16, {kDynamic, 64, 128}, true, {Expr::dim(0, 0), Expr::constant(64), Expr::dim(0, 2)}, {}}};
  program.temporaries = {
      {Dtype::F32, {Expr::constant(4), Expr::binary(Expr::Kind::Mul, Expr::dim(0, 0), Expr::constant(3))}}};
  LaunchSpec launch;
  launch.kernel = "decode_split_kv";
  launch.grid[0] = Expr::binary(Expr::Kind::CeilDiv, Expr::dim(0, 0), Expr::constant(4));
  launch.grid[1] = launch.grid[2] = Expr::constant(1);
  launch.threads = 128;
  launch.smemBytes = 65536;
  ParamSpec pointer, stride, size, number, map;
  pointer.view = {false, 0, {0, 0, 64}};
  stride.kind = ParamSpec::Kind::Stride;
  stride.view = {true, 0, {}};
  stride.dimension = 1;
  size.kind = ParamSpec::Kind::Size;
  size.expr = Expr::dim(1, 1);
  number.kind = ParamSpec::Kind::F32;
  number.number = -HUGE_VAL;
  map.kind = ParamSpec::Kind::TensorMap;
  map.view = pointer.view;
  map.map.dims = {{2, 1, Expr::constant(64), 64}, {0, 1, Expr::dim(0, 0), 128}, {1, 4, Expr::constant(16), 2}};
  map.map.swizzleBytes = 128;
  launch.params = {pointer, stride, size, number, map};
  launch.alignBytes = {16};
  program.launches = {launch};
  program.loops = {Expr::binary(Expr::Kind::CeilDiv, Expr::dim(0, 0), Expr::constant(4))};
  launch.loop = 0, launch.grid[1] = Expr::binary(Expr::Kind::Add, Expr::turn(), Expr::constant(1));
  program.launches.push_back(launch);
  program.modules = {{"ptx", "sm_90a", ".version 8.0 // \"quoted\"\n"},
                     {"cubin", "sm_90a", std::string("\x7f\0ELF\xff", 6)}};
  MeaningOp slice, attend;
  slice.op = "slice";
  slice.operands = {{"source", 0}};
  slice.results = {3};
  slice.offsets = {0, 0, 64};
  slice.sizes = {kDynamic, kDynamic, 64};
  attend.op = "attend";
  attend.operands = {{"query", 3}, {"page_table", 1}};
  attend.results = {2};
  attend.integers = {{"block_size", 128}, {"causal", 1}};
  attend.numbers = {{"softmax_scale", 0.08838834764831845}};
  attend.strings = {{"selection", "hqk/ascending"}};
  program.meaning = {slice, attend};
  program.notes = {{"strategy", "decode_split_kv"}};
  return program;
}

Manifest sample() { return {"msa-compile 0.1.0", {sampleProgram()}}; }

std::string errorOf(const std::string &text) {
  std::string error;
  EXPECT_FALSE(parseManifest(text, error).has_value());
  return error;
}

bool startsWith(const std::string &text, const std::string &start) { return text.compare(0, start.size(), start) == 0; }

using Json = nlohmann::ordered_json;

/// The sample with its body changed and the checksum made right again, as a confused producer would write it.
std::string reseal(const Json &body) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "fnv1a64:%016llx", static_cast<unsigned long long>(checksum64(body.dump())));
  return Json{{"format", "msa-artifact"}, {"version", 1}, {"checksum", digits}, {"body", body}}.dump();
}

Json sampleBody() { return Json::parse(serialize(sample()))["body"]; }

/// The value at "/programs/0/name"; a list may be named one past its end, which grows it.
Json *locate(Json &root, const std::string &path) {
  Json *at = &root;
  for (size_t begin = 1; begin < path.size();) {
    size_t end = std::min(path.find('/', begin), path.size());
    std::string step = path.substr(begin, end - begin);
    at = at->is_array() ? &(*at)[std::stoul(step)] : &(*at)[step];
    begin = end + 1;
  }
  return at;
}

std::string errorAfter(const char *pointer, const Json &value) {
  Json body = sampleBody();
  *locate(body, pointer) = value;
  return errorOf(reseal(body));
}

} // namespace

TEST(Manifest, RoundTrip) {
  std::string text = serialize(sample()), error;
  std::optional<Manifest> parsed = parseManifest(text, error);
  ASSERT_TRUE(parsed) << error;
  EXPECT_EQ(serialize(*parsed), text);
  const Program &program = parsed->programs.at(0);
  EXPECT_EQ(program.modules[1].bytes, std::string("\x7f\0ELF\xff", 6));
  EXPECT_EQ(program.arguments[0].adjacent, std::vector<int64_t>{0});
  EXPECT_EQ(program.modules[0].bytes, sampleProgram().modules[0].bytes);
  EXPECT_TRUE(std::isinf(program.launches[0].params[3].number));
  EXPECT_EQ(program.launches[0].params[0].view.offset, (std::vector<int64_t>{0, 0, 64}));
  EXPECT_TRUE(program.launches[0].params[1].view.isTemporary);
  EXPECT_EQ(program.launches[0].loop, -1);
  EXPECT_EQ(program.launches[1].loop, 0);
  EXPECT_EQ(evaluate(program.launches[1].grid[1], {}, /*turn=*/6), 7);
  EXPECT_EQ(evaluate(program.loops[0], {{9, 64, 64}}), 3);
  const TensorMapSpec &map = program.launches[0].params[4].map;
  ASSERT_EQ(map.dims.size(), 3u);
  EXPECT_EQ(map.dims[1].size.kind, Expr::Kind::Dim);
  EXPECT_EQ(map.dims[2].dimension, 1);
  EXPECT_EQ(map.dims[2].step, 4);
  EXPECT_EQ(map.dims[1].box, 128);
  EXPECT_EQ(map.swizzleBytes, 128);
  EXPECT_DOUBLE_EQ(program.meaning[1].numbers.at("softmax_scale"), 0.08838834764831845);
  EXPECT_EQ(program.meaning[0].sizes, (std::vector<int64_t>{-1, -1, 64}));
}

TEST(Manifest, ReformattedTextIsStillValid) {
  std::string error;
  EXPECT_TRUE(parseManifest(Json::parse(serialize(sample())).dump(2), error)) << error;
}

TEST(Manifest, EveryCutIsReportedAsTruncated) {
  std::string text = serialize(sample());
  for (size_t size = 0; size < text.size(); ++size) {
    std::string error = errorOf(text.substr(0, size));
    ASSERT_TRUE(startsWith(error, "[artifact-truncated]")) << "cut at " << size << ": " << error;
  }
}

TEST(Manifest, EveryAlteredByteIsReported) {
  std::string text = serialize(sample()), error;
  for (size_t i = 0; i < text.size(); ++i) {
    std::string altered = text;
    altered[i] ^= 1;
    std::optional<Manifest> parsed = parseManifest(altered, error);
    // White space may become other white space, and a number's last digit may not change the double.
    ASSERT_FALSE(parsed && serialize(*parsed) != text) << "byte " << i << " altered unnoticed";
    ASSERT_TRUE(parsed || startsWith(error, "[artifact-")) << error;
  }
  size_t inBody = text.find("sm_90a");
  text[inBody + 3] = '8';
  EXPECT_TRUE(startsWith(errorOf(text), "[artifact-corrupt]"));
}

TEST(Manifest, EveryFlippedTypeIsAnErrorOrValid) {
  Json body = sampleBody(), flat = body.flatten();
  const Json kinds[] = {nullptr,
                        true,
                        -7,
                        1.5,
                        1e300,
                        18446744073709551615ull,
                        "text",
                        Json::array(),
                        Json::object(),
                        Json::array({1, 2, 3})};
  int refused = 0;
  for (const auto &[pointer, old] : flat.items())
    for (const Json &kind : kinds)
      for (std::string path = pointer; !path.empty();
           path = path.substr(0, path.rfind('/'))) { // the leaf and all that hold it
        Json changed = body;
        *locate(changed, path) = kind;
        std::string error;
        if (!parseManifest(reseal(changed), error)) {
          ASSERT_TRUE(startsWith(error, "[artifact-format]")) << path << ": " << error;
          ++refused;
        }
      }
  EXPECT_GT(refused, 500);
}

TEST(Manifest, EveryMissingFieldIsAnErrorOrValid) {
  Json body = sampleBody(), flat = body.flatten();
  for (const auto &[pointer, old] : flat.items()) {
    Json changed = body;
    std::string path = pointer, key = path.substr(path.rfind('/') + 1);
    Json *parent = locate(changed, path.substr(0, path.rfind('/')));
    if (!parent->is_object()) continue;
    parent->erase(key);
    std::string error;
    if (!parseManifest(reseal(changed), error)) EXPECT_TRUE(startsWith(error, "[artifact-format]")) << error;
  }
}

TEST(Manifest, ErrorsNameFieldAndValues) {
  EXPECT_EQ(errorAfter("/programs/0/launches/0/threads", 2048),
            "[artifact-format] programs[0].launches[0].threads: expects 1 to 1024 threads, but found 2048");
  EXPECT_EQ(errorAfter("/programs/0/launches/1/loop", 1),
            "[artifact-format] programs[0].launches[1].loop: expects an index of loops, 0 to 0, but found 1");
  EXPECT_EQ(errorAfter("/programs/0/arguments/0/dtype", "f64"),
            "[artifact-format] programs[0].arguments[0].dtype: expects one of \"f32\", \"f16\", \"bf16\", \"i32\", but "
            "found \"f64\"");
  EXPECT_EQ(errorAfter("/programs/0/launches/0/grid/0", Json::array({"dim", 0, 3})),
            "[artifact-format] programs[0].launches[0].grid[0][2]: expects an index of the dimensions of 'q', 0 to 2, "
            "but found 3");
  EXPECT_EQ(errorAfter("/programs/0/launches/0/align_bytes", Json::array({16, 16})),
            "[artifact-format] programs[0].launches[0].align_bytes: expects 1 alignments, one per pointer parameter, "
            "but found [16,16]");
  EXPECT_EQ(errorAfter("/programs/0/modules/1/bytes", "%%%%"),
            "[artifact-format] programs[0].modules[1].bytes: expects base64, but found \"%%%%\"");
  EXPECT_EQ(errorAfter("/programs/1", sampleBody()["programs"][0]),
            "[artifact-format] programs[1]: expects one program of each name and target, but found a second 'decode' "
            "for sm_90a");
}

TEST(Manifest, TensorMapLimits) {
  const std::string param = "/programs/0/launches/0/params/4",
                    where = "[artifact-format] programs[0].launches[0].params[4].";
  EXPECT_EQ(errorAfter((param + "/dims/1/box").c_str(), 257),
            where + "dims[1].box: expects a box of 1 to 256 steps, as TMA has, but found 257");
  EXPECT_EQ(errorAfter((param + "/dims/1/dimension").c_str(), 3),
            where + "dims[1].dimension: expects an index of the view's dimensions, 0 to 2, but found 3");
  EXPECT_EQ(errorAfter((param + "/dims/2/step").c_str(), 0),
            where + "dims[2].step: expects a step of at least 1, but found 0");
  EXPECT_EQ(errorAfter((param + "/dims").c_str(), Json::array()),
            where + "dims: expects 1 to 5 dimensions, as TMA has, but found 0");
  EXPECT_EQ(errorAfter((param + "/swizzle_bytes").c_str(), 16),
            where + "swizzle_bytes: expects 0, 32, 64 or 128, but found 16");
  EXPECT_EQ(errorAfter((param + "/dims/0/box").c_str(), 68),
            where + "dims[0].box: expects a multiple of 16 bytes innermost, but found 136");
  EXPECT_EQ(errorAfter((param + "/swizzle_bytes").c_str(), 64),
            where + "dims[0].box: expects at most 64 bytes innermost, as it is swizzled, but found 128");
}

TEST(Manifest, OtherFilesAndVersions) {
  EXPECT_TRUE(startsWith(errorOf("hello"), "[artifact-format]"));
  EXPECT_TRUE(startsWith(errorOf("module {}"), "[artifact-format]"));
  EXPECT_TRUE(startsWith(errorOf("{}"), "[artifact-format]"));
  EXPECT_TRUE(startsWith(errorOf("[1]"), "[artifact-format]"));
  EXPECT_TRUE(startsWith(errorOf(std::string(1000000, '[')), "[artifact-format]"));
  std::string text = serialize(sample());
  text.replace(text.find("\"version\": 1"), 12, "\"version\": 7");
  EXPECT_EQ(errorOf(text), "[artifact-version] expects version 1 of the artifact format, but the file has version 7 "
                           "(compile it again with the msa-compile of this release)");
}

TEST(Manifest, Evaluate) {
  std::vector<std::vector<int64_t>> shapes = {{7, 3}};
  auto binary = [&](Expr::Kind kind, int64_t lhs, int64_t rhs) {
    return evaluate(Expr::binary(kind, Expr::constant(lhs), Expr::constant(rhs)), shapes);
  };
  EXPECT_EQ(evaluate(Expr::dim(0, 1), shapes), 3);
  EXPECT_EQ(evaluate(Expr::dim(1, 0), shapes), 0);
  EXPECT_EQ(binary(Expr::Kind::Add, 5, -8), -3);
  EXPECT_EQ(binary(Expr::Kind::Sub, 5, 8), -3);
  EXPECT_EQ(binary(Expr::Kind::Mul, 5, 8), 40);
  EXPECT_EQ(binary(Expr::Kind::CeilDiv, 7, 2), 4);
  EXPECT_EQ(binary(Expr::Kind::CeilDiv, 8, 2), 4);
  EXPECT_EQ(binary(Expr::Kind::CeilDiv, -7, 2), -3);
  EXPECT_EQ(binary(Expr::Kind::FloorDiv, 7, 2), 3);
  EXPECT_EQ(binary(Expr::Kind::FloorDiv, -7, 2), -4);
  EXPECT_EQ(binary(Expr::Kind::FloorDiv, 7, 0), 0);
  EXPECT_EQ(binary(Expr::Kind::CeilDiv, 7, 0), 0);
  EXPECT_EQ(binary(Expr::Kind::CeilDiv, INT64_MIN, -1), 0);
  EXPECT_EQ(binary(Expr::Kind::Min, 7, 2), 2);
  EXPECT_EQ(binary(Expr::Kind::Max, 7, 2), 7);
}

TEST(Encoding, Base64) {
  EXPECT_EQ(encodeBase64(""), "");
  EXPECT_EQ(encodeBase64("f"), "Zg==");
  EXPECT_EQ(encodeBase64("fo"), "Zm8=");
  EXPECT_EQ(encodeBase64("foo"), "Zm9v");
  EXPECT_EQ(encodeBase64("foobar"), "Zm9vYmFy");
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += char(i);
    EXPECT_EQ(decodeBase64(encodeBase64(all)), all);
  }
  for (const char *bad : {"Z", "Zg=", "Zg=a", "Zh==", "====", "Z===", "Zg==Zg==", "Zm 9"})
    EXPECT_FALSE(decodeBase64(bad)) << bad;
}
