// Each phase's predicate takes what the phase promises and names the op that breaks it.
#include "msa/Transforms/PhasePredicates.h"
#include "dialects/Msa/IR/MsaDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::msa;

namespace {
struct PhasePredicates : testing::Test {
  MLIRContext context;
  std::string said; ///< the last diagnostic

  PhasePredicates() {
    context.loadDialect<MsaDialect, arith::ArithDialect, func::FuncDialect, tensor::TensorDialect>();
    context.getDiagEngine().registerHandler([this](Diagnostic &diag) { said = diag.str(); });
  }
  /// An attend with these attributes beside its block size.
  OwningOpRef<ModuleOp> attend(const std::string &attributes) {
    return parse(R"(%o = msa.attend %q, %k, %k, %sel {block_size = 16 : i64)" + attributes + R"(}
        : (tensor<8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<4x8x2xi32>) -> tensor<8x8x64xf32>)");
  }
  OwningOpRef<ModuleOp> parse(const std::string &body) {
    auto module =
        parseSourceString<ModuleOp>("func.func @f(%q: tensor<8x8x64xf32>, %dq: tensor<1x8x8x64xf32>, %k: "
                                    "tensor<?x4x64xf32>, %iq: tensor<8x4x64xf32>, "
                                    "%ik: tensor<?x64xf32>, %sel: tensor<4x8x2xi32>, %qhk: tensor<8x4x2xi32>) {\n" +
                                        body + "\nreturn }",
                                    &context);
    EXPECT_TRUE(module) << said;
    return module;
  }
  std::string normal = ", softmax_scale = 0.125 : f32, selection = #msa.selection<layout = hqk, order = any>";
  std::string cpu = ", strategy = #msa.strategy<kind = cpu, target = \"cpu\">";
  std::string decode = ", strategy = #msa.strategy<kind = decode_split_kv, target = \"sm_90a\">";
};

TEST_F(PhasePredicates, NormalIsExplicit) {
  EXPECT_TRUE(succeeded(isNormal(*attend(normal))));
  EXPECT_TRUE(failed(isNormal(*attend(""))));
  EXPECT_EQ(said, "'msa.attend' op expects softmax_scale in the normal phase, but it has none");
  EXPECT_TRUE(failed(isNormal(*attend(", softmax_scale = 0.125 : f32"))));
  EXPECT_EQ(said, "'msa.attend' op expects to read a selection with layout hqk written out in the normal phase, but it "
                  "has no selection");
}

TEST_F(PhasePredicates, NormalIsPacked) {
  auto module = parse("%o = msa.attend %dq, %k, %k, %sel {block_size = 16 : i64" + normal + R"(}
      : (tensor<1x8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<4x8x2xi32>) -> tensor<1x8x8x64xf32>)");
  EXPECT_TRUE(failed(isNormal(*module)));
  EXPECT_EQ(said, "'msa.attend' op expects packed query in the normal phase, but it has rank 4");
}

TEST_F(PhasePredicates, NormalReadsHqk) {
  auto module = parse(
      R"(%o, %i = msa.transpose_selection %qhk {max_blocks = 7 : i64, selection = #msa.selection<layout = qhk, order = any>}
      : (tensor<8x4x2xi32>) -> (tensor<4x8xi32>, tensor<4x16xi32>))");
  EXPECT_TRUE(failed(isNormal(*module)));
  EXPECT_EQ(said, "'msa.transpose_selection' op expects to read a selection with layout hqk written out in the normal "
                  "phase, but reads layout qhk");
}

TEST_F(PhasePredicates, NormalHasNoWholeAttention) {
  auto module = parse(R"(%o = msa.attention %q, %k, %k index(%iq, %ik) {block_size = 16 : i64, topk = 2 : i64}
      : (tensor<8x8x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<8x4x64xf32>, tensor<?x64xf32>) -> tensor<8x8x64xf32>)");
  EXPECT_TRUE(failed(isNormal(*module)));
  EXPECT_EQ(said, "'msa.attention' op expects to be decomposed in the normal phase, but is whole");
}

TEST_F(PhasePredicates, DecidedHasStrategies) {
  EXPECT_TRUE(succeeded(isDecided(*attend(normal + cpu))));
  EXPECT_TRUE(failed(isDecided(*attend(normal))));
  EXPECT_EQ(said, "'msa.attend' op expects a strategy in the decided phase, but it has none");
  EXPECT_TRUE(failed(isDecided(*attend(normal + decode))));
  EXPECT_EQ(said, "'msa.attend' op expects a tile_config with decode_split_kv in the decided phase, but it has none");
}

TEST_F(PhasePredicates, SplitHasOneLaunchAnOp) {
  EXPECT_TRUE(succeeded(isSplit(*attend(normal + decode + ", tile_config = #msa.tile_config<splits = 1>"))));
  EXPECT_TRUE(failed(isSplit(*attend(normal + decode + ", tile_config = #msa.tile_config<splits = 4>"))));
  EXPECT_EQ(said, "'msa.attend' op expects 4 partial results in the split phase, but it has splits = 0");
}
} // namespace
