// What the contracts read off an op: problems, sizes, defaults.
#include "dialects/Msa/IR/MsaContracts.h"
#include "dialects/Msa/IR/MsaSupport.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::msa;

namespace {
/// Parses a function and finds its only op of a kind.
struct Parsed {
  MLIRContext context;
  OwningOpRef<ModuleOp> module;

  explicit Parsed(const std::string &text) {
    context.loadDialect<MsaDialect, arith::ArithDialect, func::FuncDialect, tensor::TensorDialect>();
    module = parseSourceString<ModuleOp>(text, &context);
  }
  template <typename OpTy> OpTy op() {
    OpTy found;
    if (module) module->walk([&](OpTy op) { found = op; });
    return found;
  }
};

TEST(Contracts, ProblemOfPagedDecode) {
  Parsed parsed(R"(
    func.func @f(%q: tensor<8x64x128xbf16>, %k: tensor<?x4x32x128xbf16>, %sel: tensor<4x8x16xi32>, %pt: tensor<8x?xi32>, %lens: tensor<8xi32>)
        -> (tensor<8x64x128xbf16>, tensor<8x64xf32>) {
      %o, %lse = msa.attend %q, %k, %k, %sel page_table(%pt) seqused_k(%lens) {block_size = 64 : i64}
          : (tensor<8x64x128xbf16>, tensor<?x4x32x128xbf16>, tensor<?x4x32x128xbf16>, tensor<4x8x16xi32>, tensor<8x?xi32>, tensor<8xi32>)
          -> (tensor<8x64x128xbf16>, tensor<8x64xf32>)
      return %o, %lse : tensor<8x64x128xbf16>, tensor<8x64xf32>
    })");
  auto op = parsed.op<AttendOp>();
  ASSERT_TRUE(op);
  FailureOr<::msa::Problem> problem = problemOf(op);
  ASSERT_TRUE(succeeded(problem));
  EXPECT_EQ(problem->dtype, ::msa::Dtype::BF16);
  EXPECT_EQ(problem->numQHeads, 64);
  EXPECT_EQ(problem->numKvHeads, 4);
  EXPECT_EQ(problem->group(), 16);
  EXPECT_EQ(problem->headDim, 128);
  EXPECT_EQ(problem->blockSize, 64);
  EXPECT_EQ(problem->topk, 16);
  EXPECT_EQ(problem->kvLayout, ::msa::KvLayout::Paged);
  EXPECT_EQ(problem->pageSize, 32);
  EXPECT_TRUE(problem->hasKvLens);
  EXPECT_FALSE(problem->raggedQ);
  EXPECT_TRUE(problem->causal);
  EXPECT_TRUE(problem->returnLse);
  EXPECT_DOUBLE_EQ(problem->softmaxScale, 1 / std::sqrt(128.0));
  EXPECT_TRUE(ShapedType::isDynamic(maxBlocksOf(op)));
  EXPECT_EQ(batchSizeOf(batchOperandsOf(op), shapedTypeOf(op.getQuery()), std::nullopt), 8);
}

TEST(Contracts, ProblemOfDenseAttention) {
  Parsed parsed(R"(
    func.func @f(%q: tensor<2x5x6x96xf16>, %k: tensor<2x100x3x96xf16>, %iq: tensor<2x5x3x64xf16>, %ik: tensor<2x100x64xf16>)
        -> (tensor<2x5x6x96xf16>, tensor<3x10x7xi32>) {
      %o, %sel = msa.attention %q, %k, %k index(%iq, %ik) {block_size = 16 : i64, topk = 7 : i64, sink_blocks = 2 : i64, causal = false}
          : (tensor<2x5x6x96xf16>, tensor<2x100x3x96xf16>, tensor<2x100x3x96xf16>, tensor<2x5x3x64xf16>, tensor<2x100x64xf16>)
          -> (tensor<2x5x6x96xf16>, tensor<3x10x7xi32>)
      return %o, %sel : tensor<2x5x6x96xf16>, tensor<3x10x7xi32>
    })");
  auto op = parsed.op<AttentionOp>();
  ASSERT_TRUE(op);
  FailureOr<::msa::Problem> problem = problemOf(op);
  ASSERT_TRUE(succeeded(problem));
  EXPECT_EQ(problem->kvLayout, ::msa::KvLayout::Dense);
  EXPECT_EQ(problem->indexDim, 64);
  EXPECT_EQ(problem->sinkBlocks, 2);
  EXPECT_FALSE(problem->causal);
  EXPECT_FALSE(problem->returnLse);
  AttentionResults results = attentionResultsOf(op);
  EXPECT_EQ(results.lse, -1);
  EXPECT_EQ(results.selection, 1);
  EXPECT_DOUBLE_EQ(indexScaleOf(op), 0.125);
}

TEST(Contracts, MaxBlocksRoundsUp) {
  Parsed parsed(R"(
    func.func @f(%iq: tensor<8x4x64xf32>, %ik: tensor<257x64xf32>) -> tensor<4x8x3xf32> {
      %s = msa.index_scores %iq, %ik {block_size = 128 : i64} : (tensor<8x4x64xf32>, tensor<257x64xf32>) -> tensor<4x8x3xf32>
      return %s : tensor<4x8x3xf32>
    })");
  auto op = parsed.op<IndexScoresOp>();
  ASSERT_TRUE(op);
  EXPECT_EQ(maxBlocksOf(op), 3);
  EXPECT_EQ(batchSizeOf(batchOperandsOf(op), shapedTypeOf(op.getIndexQuery()), std::nullopt), 1);
}

TEST(Contracts, OrdersImplyEachOther) {
  EXPECT_TRUE(impliesOrder(SelectionOrder::Ascending, SelectionOrder::LocalLast));
  EXPECT_TRUE(impliesOrder(SelectionOrder::Score, SelectionOrder::Any));
  EXPECT_FALSE(impliesOrder(SelectionOrder::Any, SelectionOrder::Ascending));
  EXPECT_FALSE(impliesOrder(SelectionOrder::LocalLast, SelectionOrder::Ascending));
}

TEST(Contracts, TileConfigsGoBothWays) {
  MLIRContext context;
  context.loadDialect<MsaDialect>();
  ::msa::TileConfig config;
  config.queryTile = 4, config.kvTile = 64, config.kvStages = 3, config.splits = 8, config.warps = 2;
  ::msa::TileConfig back = tileConfigOf(tileConfigAttrOf(&context, config));
  EXPECT_EQ(back.queryTile, 4);
  EXPECT_EQ(back.kvTile, 64);
  EXPECT_EQ(back.kvStages, 3);
  EXPECT_EQ(back.splits, 8);
  EXPECT_EQ(back.warps, 2);
}

TEST(Support, RulesHoldTheirRanges) {
  const SupportRule &block = supportRule(Quantity::BlockSize);
  EXPECT_TRUE(block.contains(16));
  EXPECT_TRUE(block.contains(256));
  EXPECT_FALSE(block.contains(0));
  EXPECT_FALSE(block.contains(24));
  EXPECT_FALSE(block.contains(272));
  EXPECT_TRUE(supportRule(Quantity::HeadDim).contains(192));
  EXPECT_FALSE(supportRule(Quantity::HeadDim).contains(160));
}
} // namespace
