// The counter's numbers for the recipes beside what ResourceModel says of the same problem and config before they
// exist.
#include "msa/Kernels/ResourceCounter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Verifier.h"
#include "msa/Kernels/Kernels.h"
#include "msa/Support/ResourceModel.h"
#include <gtest/gtest.h>

namespace {
using namespace mlir;
using ::msa::BlockWork;
using ::msa::KernelUse;
using ::msa::LoopWork;

TEST(LoopWork, MultipliesNestedLoopsInTheOrderOfTheText) {
  BlockWork one;
  one.mmaFlops = 1;
  LoopWork inner{LoopWork::kUnknown, one, {}};
  LoopWork middle{3, {}, {inner, inner}};
  LoopWork all{1, one, {middle, inner}};
  EXPECT_EQ(all.total({10, 20, 1000}).mmaFlops, 1 + 3 * (10 + 20) + 1000);
  EXPECT_EQ(all.total({10}).mmaFlops, 1 + 3 * 10) << "loops without a given length count as none";
}

struct Recipe
    : testing::TestWithParam<std::tuple<::msa::StrategyKind, int64_t, int64_t>> { // kind, head dim, keys per step
  void SetUp() override {
    context.loadDialect<arith::ArithDialect, math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                        tile::TileDialect>();
    auto [kind, headDim, kvTile] = GetParam();
    problem.headDim = headDim;
    problem.pageSize = 128;
    problem.hasKvLens = true;
    problem.softmaxScale = 0.1;
    bool decode = kind == ::msa::StrategyKind::DecodeSplitKv;
    config = {decode ? 1 : 4, kvTile, 2, decode ? 4 : 0, decode ? 1 : 4};

    OpBuilder b(&context);
    Type bf16 = b.getBF16Type(), f32 = b.getF32Type(), i32 = b.getI32Type();
    constexpr int64_t any = ShapedType::kDynamic;
    tile::AttendTypes types;
    types.query = MemRefType::get({any, problem.numQHeads, headDim}, bf16);
    types.key = types.value = MemRefType::get({any, problem.numKvHeads, problem.pageSize, headDim}, bf16);
    types.selection = MemRefType::get({problem.numKvHeads, any, problem.topk}, i32);
    types.seqUsedK = MemRefType::get({any}, i32);
    types.pageTable = MemRefType::get({any, any}, i32);
    types.output = decode ? MemRefType::get({config.splits, any, problem.numQHeads, headDim}, f32) : types.query;
    if (decode) types.lse = MemRefType::get({config.splits, any, problem.numQHeads}, f32);
    module = ModuleOp::create(b.getUnknownLoc());
    b.setInsertionPointToStart(module->getBody());
    tile::KernelOp kernel = decode ? tile::buildDecodeSplitKv(b, b.getUnknownLoc(), "k", problem, config, types)
                                   : tile::buildPrefillQueryTile(b, b.getUnknownLoc(), "k", problem, config, types);
    ASSERT_TRUE(succeeded(verify(*module)));
    use = ::msa::countResources(kernel);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  ::msa::Problem problem;
  ::msa::TileConfig config;
  KernelUse use;
};

TEST_P(Recipe, WorksAsMuchAsTheModelSays) {
  // One loop of unknown length: over KV tiles. All blocks of one token, on as many rows as the tile has.
  int64_t tiles = problem.topk * problem.blockSize / config.kvTile;
  BlockWork work = use.work.total({tiles});
  ::msa::TokenWork token = attendWork(problem);
  int64_t tokensOfRows = ::msa::mmaRows(config.queryTile, problem.group()) / problem.group();
  EXPECT_EQ(work.mmaFlops * problem.numKvHeads, token.flops * tokensOfRows);
  int64_t kvBytes = token.kvBytes / problem.numKvHeads;
  EXPECT_GE(work.readBytes, kvBytes);
  EXPECT_LE(work.readBytes, kvBytes * 1.1) << "queries, lists and page tables are small beside keys and values";
  int64_t rows = use.threads / 32 * ::msa::kMmaRows;
  EXPECT_EQ(work.writtenBytes, rows * problem.headDim * (config.splits ? 4 : 2) + (config.splits ? rows * 4 : 0));
  EXPECT_GE(work.exponentials, tiles * rows * config.kvTile);
}

TEST_P(Recipe, UsesWhatTheModelSays) {
  const ::msa::GpuSpec *gpu = ::msa::lookupGpu("sm_90a");
  ASSERT_NE(gpu, nullptr);
  // The kernel is still sequential: one stage.
  ::msa::TileConfig oneStage = config;
  oneStage.kvStages = 1;
  ::msa::AttendUse model = attendUse(problem, oneStage, *gpu);
  EXPECT_EQ(use.threads, model.threads);
  EXPECT_NEAR(use.smemBytes, model.smemBytes, 2048);
  EXPECT_NEAR(use.registers, model.registers, 24);
}

INSTANTIATE_TEST_SUITE_P(Kernels, Recipe,
                         testing::Combine(testing::Values(::msa::StrategyKind::DecodeSplitKv,
                                                          ::msa::StrategyKind::PrefillQueryTile),
                                          testing::Values(64, 128, 256), testing::Values(32, 64)));
} // namespace
