// What ResourceModel says of the index recipe before a kernel exists, beside what the counter reads off it.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Verifier.h"
#include "msa/Kernels/Kernels.h"
#include "msa/Kernels/ResourceCounter.h"
#include "msa/Support/ResourceModel.h"
#include <gtest/gtest.h>

namespace {
using namespace mlir;

/// Index heads, query tile, warps, keys per step, block.
struct IndexScore : testing::TestWithParam<std::tuple<int64_t, int64_t, int64_t, int64_t, int64_t>> {
  void SetUp() override {
    context.loadDialect<arith::ArithDialect, math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                        tile::TileDialect>();
    auto [heads, queryTile, warps, kvTile, block] = GetParam();
    problem.numQHeads = problem.numKvHeads = heads;
    problem.indexDim = 128, problem.blockSize = block, problem.pageSize = 128, problem.hasKvLens = true;
    problem.softmaxScale = 0.1;
    config.queryTile = queryTile, config.kvTile = kvTile, config.kvStages = 2, config.warps = warps,
    config.chunkBlocks = 16;

    OpBuilder b(&context);
    Type bf16 = b.getBF16Type(), i32 = b.getI32Type();
    constexpr int64_t any = ShapedType::kDynamic;
    tile::IndexTypes types;
    types.query = MemRefType::get({any, heads, problem.indexDim}, bf16);
    types.key = MemRefType::get({any, problem.pageSize, problem.indexDim}, bf16);
    types.seqUsedK = MemRefType::get({any}, i32);
    types.pageTable = MemRefType::get({any, any}, i32);
    types.scores = MemRefType::get({heads, any, any}, b.getF32Type());
    module = ModuleOp::create(b.getUnknownLoc());
    b.setInsertionPointToStart(module->getBody());
    tile::KernelOp kernel = tile::buildIndexScore(b, b.getUnknownLoc(), "k", problem, config, types);
    ASSERT_TRUE(succeeded(verify(*module)));
    use = ::msa::countResources(kernel);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  ::msa::Problem problem;
  ::msa::TileConfig config;
  ::msa::KernelUse use;
};

TEST_P(IndexScore, UsesWhatTheModelSays) {
  const ::msa::GpuSpec *gpu = ::msa::lookupGpu("sm_90a");
  ASSERT_NE(gpu, nullptr);
  ::msa::TileConfig oneTile = config; // still sequential: the two loops have a tile each, which staging makes one ring
  oneTile.kvStages = 2;
  ::msa::AttendUse model = ::msa::indexUse(problem, oneTile, *gpu);
  EXPECT_EQ(use.threads, model.threads);
  EXPECT_EQ(use.smemBytes, model.smemBytes);
  // The model grants more than fragments take: ptxas begins slices early, which the program does not say.
  int64_t mostAhead = config.kvTile >= 64 ? 95 : 0;
  EXPECT_LE(use.registers, model.registers + 24);
  EXPECT_GE(use.registers, model.registers - 24 - mostAhead);
}

TEST_P(IndexScore, MultipliesEachKeyByEachRowOnce) {
  // The loops of unknown length: requests (unless a tile is one token), whole blocks, masked blocks, what nobody sees.
  std::vector<int64_t> trips = {5, 2, 0};
  if (config.queryTile > 1) trips.insert(trips.begin(), 1);
  int64_t rows = ::msa::mmaRows(config.queryTile, problem.numQHeads);
  ::msa::BlockWork work = use.work.total(trips);
  EXPECT_EQ(work.mmaFlops, 7 * 2 * rows * config.kvTile * problem.indexDim);
  int64_t bytes = 7 * config.kvTile * problem.indexDim * 2 + rows * problem.indexDim * 2;
  EXPECT_GE(work.readBytes, bytes);
  EXPECT_LE(work.readBytes, bytes + 512) << "lengths and page tables are small beside keys and queries";
}

INSTANTIATE_TEST_SUITE_P(Kernels, IndexScore,
                         testing::Values(std::make_tuple(4, 32, 4, 128, 128), std::make_tuple(4, 32, 8, 64, 128),
                                         std::make_tuple(4, 1, 1, 32, 128), std::make_tuple(3, 21, 2, 64, 64),
                                         std::make_tuple(1, 64, 2, 128, 16)));
} // namespace
