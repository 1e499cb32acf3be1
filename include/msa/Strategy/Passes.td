// normal -> decided.
#ifndef MSA_STRATEGY_PASSES_TD
#define MSA_STRATEGY_PASSES_TD
include "mlir/Pass/PassBase.td"

def SelectStrategy : Pass<"select-strategy", "::mlir::ModuleOp"> {
  let summary = "Decide, for each msa op, which recipe computes it and with which numbers, or refuse with a reason";
  let description = [{
    Assumes: the normal phase. Guarantees: every msa op has a `#msa.strategy`; ops of a recipe with numbers also have a
    `#msa.tile_config`. This is the one place that looks at the target: no later pass reads a chip's name, an environment variable or
    a table. A strategy or tile_config that an op already has is kept, after the same checks as our own candidates.

    An op that the target cannot run is an error `[id] needs <need>, but <have>`, with the ids
    `unknown-target`, `no-recipe`, `dtype-no-mma`, `kv-tile`, `query-tile`, `query-chunk`, `mma`, `warps`, `kv-stages`, `splits`, `chunk-blocks`, `blocks-per-sm`, `registers`, `smem`.
    `overlap` is what is known of the selections: of a query token's blocks, how many in a hundred the token before it chose too. Where
    that is little, prefill attention is worked off by KV blocks (`prefill_kv_outer`) instead of by tiles of neighbouring queries.

    With `explain`, the choice and every dropped candidate are remarks.

    Example (`target=sm_90a`):

    ```mlir
    %o = msa.attend %q, %k, %v, %sel page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
        : (tensor<8x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<4x8x16xi32>, tensor<8x?xi32>, tensor<8xi32>)
          -> tensor<8x64x128xbf16>
    // becomes
    %o = msa.attend %q, %k, %v, %sel page_table(%pt) seqused_k(%lens) {block_size = 128 : i64,
        strategy = #msa.strategy<kind = decode_split_kv, target = "sm_90a">,
        tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, kv_stages = 3, splits = 8, warps = 1>} : ...
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"cpu\"", "cpu, or a GPU as sm_90a">,
    Option<"overlap", "overlap", "int64_t", "90", "percent of its blocks that a query token shares with the one before">,
    Option<"explain", "explain", "bool", "false", "say what was chosen and why, and what was dropped, as remarks">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::msa::MsaDialect", "::mlir::tensor::TensorDialect"];
}
#endif
