#include "msa/Runtime/Plan.h"
#include "TestPrograms.h"
#include <gtest/gtest.h>
using namespace msa;

namespace {
/// A call of gpuProgram with sizes that tests change.
struct Call {
  std::vector<std::vector<int64_t>> shapes = {{7, 4, 64}, {100, 128}, {7, 4, 64}},
                                    strides = {{256, 64, 1}, {128, 1}, {256, 64, 1}};
  std::vector<Dtype> dtypes = {Dtype::BF16, Dtype::BF16, Dtype::BF16};
  Program program = gpuProgram();

  std::string plan(std::unique_ptr<const Plan> *result = nullptr) {
    std::vector<TensorRef> tensors;
    for (size_t i = 0; i < shapes.size(); ++i)
      tensors.push_back({nullptr, dtypes[i], int32_t(shapes[i].size()), shapes[i].data(), strides[i].data()});
    std::string error;
    std::unique_ptr<const Plan> made =
        Plan::create(Executable::withoutCode(program), tensors.data(), tensors.size(), error);
    EXPECT_EQ(bool(made), error.empty());
    if (result) *result = std::move(made);
    return error;
  }
};
} // namespace

TEST(Plan, GridsParametersWorkspace) {
  Call call;
  std::unique_ptr<const Plan> plan;
  ASSERT_EQ(call.plan(&plan), "");
  // Temporaries: 12 bytes, then 2 * 7 * 4 floats at the next multiple of 256.
  EXPECT_EQ(plan->workspaceBytes, 512);
  EXPECT_EQ(plan->describe(),
            "split<<<[4, 4, 1], 128, 1024>>>(&q, 256, &kv+128, &workspace+256, 28, 100, 0.125000f)\n");
  call.strides[0] = {512, 64, 1};
  ASSERT_EQ(call.plan(&plan), "");
  EXPECT_EQ(plan->describe(),
            "split<<<[4, 4, 1], 128, 1024>>>(&q, 512, &kv+128, &workspace+256, 28, 100, 0.125000f)\n");
  EXPECT_EQ(plan->run(nullptr, 0, nullptr, nullptr), "[argument] expects 3 tensors, as planned, but 0 are given");
}

TEST(Plan, EmptyGridIsNoLaunch) {
  Call call;
  call.shapes[0][0] = call.shapes[2][0] = 0;
  std::unique_ptr<const Plan> plan;
  ASSERT_EQ(call.plan(&plan), "");
  EXPECT_EQ(plan->describe().substr(0, 18), "split<<<[0, 0, 0],");
}

TEST(Plan, ErrorsNameArgumentExpectationAndValue) {
  Call call;
  call.dtypes[0] = Dtype::F16;
  EXPECT_EQ(call.plan(), "[argument] 'q': expects elements of bf16, but they are f16");
  call = {};
  call.shapes[0] = {7, 4}, call.strides[0] = {4, 1};
  EXPECT_EQ(call.plan(), "[argument] 'q': expects shape [?, 4, 64], but its rank is 2");
  call = {};
  call.shapes[0][1] = 8;
  EXPECT_EQ(call.plan(), "[argument] 'q': expects shape [?, 4, 64], but it is [7, 8, 64] (dimension 1)");
  call = {};
  call.shapes[2][0] = 6;
  EXPECT_EQ(call.plan(), "[argument] 'out0': expects shape [7, 4, 64] for these inputs, but it is [6, 4, 64]");
  call = {};
  call.strides[1] = {1, 100};
  EXPECT_EQ(call.plan(), "[argument] 'kv': expects a last stride of 1, but it is 100");
  call = {};
  call.strides[0] = {260, 64, 1};
  EXPECT_EQ(call.plan(),
            "[argument] 'q': expects strides that are multiples of 16 bytes, but stride 0 is 260 elements of 2 bytes");
  call = {};
  call.shapes.pop_back();
  EXPECT_EQ(call.plan(), "[argument] expects 3 tensors (q, kv, out0), but 2 are given");
}

TEST(Plan, AdjacentRowsFollowOneAnother) {
  Call call;
  call.program.arguments[0].adjacent = {0};
  EXPECT_EQ(call.plan(), "");
  call.strides[0] = {512, 64, 1};
  EXPECT_EQ(call.plan(), "[argument] 'q': expects rows that follow one another, stride 0 = 256, but it is 512");
  call.shapes[0][0] = call.shapes[2][0] = 1; // one row follows nothing
  EXPECT_EQ(call.plan(), "");
  call.program.arguments[0].shape[1] = call.shapes[0][1] = 0; // nor do rows of requests without tokens
  call.shapes[0][0] = call.shapes[2][0] = 7;
  EXPECT_EQ(call.plan(), "");
}

TEST(Plan, AdjacentRowsOfOneTokenGoOnInTheOuterStride) {
  Call call;
  call.program.arguments[0].adjacent = {0};
  call.program.arguments[0].shape[1] = call.shapes[0][1] = 1;
  call.program.launches[0].params[1].dimension = 1;
  call.strides[0] = {192, 64, 1};
  std::unique_ptr<const Plan> plan;
  ASSERT_EQ(call.plan(&plan), "");
  EXPECT_NE(plan->describe().find("&q, 192,"), std::string::npos);
}

TEST(Plan, StridesOfSizeOneAreFree) {
  Call call;
  call.shapes[0][0] = call.shapes[2][0] = 1;
  call.strides[0][0] = 3;
  EXPECT_EQ(call.plan(), "");
}

TEST(Plan, GridAndWorkspaceLimits) {
  Call call;
  call.program.launches[0].grid[1] = Expr::constant(70000);
  EXPECT_EQ(call.plan(), "[grid] needs 0 to 65535 thread blocks along y, but kernel 'split' asks for 70000");
  call = {};
  call.program.temporaries[1].shape = {Expr::constant(INT64_MAX / 2), Expr::constant(8)};
  EXPECT_EQ(call.plan(),
            "[workspace] needs a temporary of a representable size, but its shape is [4611686018427387903, 8]");
}

TEST(Plan, LaunchesOfALoopGoInTurn) {
  Call call;
  // Chunks of 3 of 7 rows: the last one has 1.
  Expr first = Expr::binary(Expr::Kind::Mul, Expr::turn(), Expr::constant(3)),
       rest = Expr::binary(Expr::Kind::Sub, Expr::dim(0, 0), first);
  LaunchSpec &launch = call.program.launches[0];
  launch.grid[0] = Expr::binary(Expr::Kind::Min, rest, Expr::constant(3));
  launch.params = {ParamSpec()};
  launch.params[0].kind = ParamSpec::Kind::Size, launch.params[0].expr = first;
  launch.alignBytes = {};
  launch.loop = 0;
  call.program.loops = {Expr::binary(Expr::Kind::CeilDiv, Expr::dim(0, 0), Expr::constant(3))};
  call.program.launches.push_back(launch);
  call.program.launches[1].kernel = "merge";
  call.program.launches[1].grid[0] = Expr::constant(1);
  std::unique_ptr<const Plan> plan;
  ASSERT_EQ(call.plan(&plan), "");
  std::string text;
  for (const char *turn : {"split<<<[3, 4, 1], 128, 1024>>>(0)\nmerge<<<[1, 4, 1], 128, 1024>>>(0)\n",
                           "split<<<[3, 4, 1], 128, 1024>>>(3)\nmerge<<<[1, 4, 1], 128, 1024>>>(3)\n",
                           "split<<<[1, 4, 1], 128, 1024>>>(6)\nmerge<<<[1, 4, 1], 128, 1024>>>(6)\n"})
    text += turn;
  EXPECT_EQ(plan->describe(), text);
  call.shapes[0][0] = call.shapes[2][0] = 0;
  ASSERT_EQ(call.plan(&plan), "");
  EXPECT_EQ(plan->describe(), "");
  call.program.loops = {Expr::constant(100000)};
  EXPECT_EQ(call.plan(), "[loop] needs 0 to 65536 turns, but kernel 'split' and those after it ask for 100000");
}

TEST(Plan, Spans) {
  EXPECT_EQ(spanOf({2, 3}, {10, 2}).count, 15);
  EXPECT_EQ(spanOf({2, 3}, {-10, 2}).lowest, -10);
  EXPECT_EQ(spanOf({2, 3}, {-10, 2}).count, 15);
  EXPECT_EQ(spanOf({2, 0}, {10, 2}).count, 0);
}
