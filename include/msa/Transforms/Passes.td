// input -> normal, decided -> split, and the way from results to memory that the caller owns.
#ifndef MSA_TRANSFORMS_PASSES_TD
#define MSA_TRANSFORMS_PASSES_TD
include "mlir/Pass/PassBase.td"

def DecomposeAttention : Pass<"decompose-attention"> {
  let summary = "Take msa.attention apart: index and select, then attend";
  let description = [{
    Assumes: msa ops on tensors. Guarantees: no `msa.attention` is left. `index_scale` becomes the `softmax_scale` of the selecting op; a strategy
    goes to both ops, a tile config to the attending one.

    Example:

    ```mlir
    %o = msa.attention %q, %k, %v index(%iq, %ik) page_table(%pt) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
        : (tensor<8x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<8x4x128xbf16>, tensor<?x128x128xbf16>,
           tensor<8x?xi32>, tensor<8xi32>) -> tensor<8x64x128xbf16>
    // becomes
    %sel = msa.select_blocks index(%iq, %ik) page_table(%pt) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
        : (tensor<8x4x128xbf16>, tensor<?x128x128xbf16>, tensor<8x?xi32>, tensor<8xi32>) -> tensor<4x8x16xi32>
    %o = msa.attend %q, %k, %v, %sel page_table(%pt) seqused_k(%lens) {block_size = 128 : i64}
        : (tensor<8x64x128xbf16>, tensor<?x4x128x128xbf16>, tensor<?x4x128x128xbf16>, tensor<4x8x16xi32>, tensor<8x?xi32>, tensor<8xi32>)
          -> tensor<8x64x128xbf16>
    ```
  }];
  let dependentDialects = ["::mlir::msa::MsaDialect"];
}

def NormalizeSelection : Pass<"normalize-selection"> {
  let summary = "One selection contract, packed queries, explicit attributes: input -> normal";
  let description = [{
    Assumes: no `msa.attention` (`decompose-attention`). Guarantees `isNormal`:

    - `attend` and `transpose_selection` read layout hqk, in the order their producer gives. A `select_blocks` that only they read produces
      hqk itself; elsewhere a `relayout_selection` stands before the reader. Ids are never sorted: readers take any order.
    - Dense queries, index queries and outputs become packed `[total_q, heads, dim]` by `tensor.collapse_shape` and `expand_shape`.
      Keys and values stay as they are.
    - `softmax_scale` and `selection` are written out where they were left to their defaults.

    A reader that names another layout than its producer is an error.

    Example:

    ```mlir
    %sel = msa.select_blocks index(%iq, %ik) {block_size = 128 : i64, topk = 16 : i64, selection = #msa.selection<layout = qhk, order = ascending>}
        : (tensor<1x8x4x64xf32>, tensor<1x4096x64xf32>) -> tensor<8x4x16xi32>
    %o = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, selection = #msa.selection<layout = qhk, order = ascending>}
        : (tensor<1x8x64x128xf32>, tensor<1x4096x4x128xf32>, tensor<1x4096x4x128xf32>, tensor<8x4x16xi32>) -> tensor<1x8x64x128xf32>
    // becomes
    %piq = tensor.collapse_shape %iq [[0, 1], [2], [3]] : tensor<1x8x4x64xf32> into tensor<8x4x64xf32>
    %psel = msa.select_blocks index(%piq, %ik) {block_size = 128 : i64, topk = 16 : i64, softmax_scale = 1.250000e-01 : f32,
        selection = #msa.selection<layout = hqk, order = ascending>} : (tensor<8x4x64xf32>, tensor<1x4096x64xf32>) -> tensor<4x8x16xi32>
    %pq = tensor.collapse_shape %q [[0, 1], [2], [3]] : tensor<1x8x64x128xf32> into tensor<8x64x128xf32>
    %po = msa.attend %pq, %k, %v, %psel {block_size = 128 : i64, softmax_scale = 0.0883883461 : f32,
        selection = #msa.selection<layout = hqk, order = ascending>}
        : (tensor<8x64x128xf32>, tensor<1x4096x4x128xf32>, tensor<1x4096x4x128xf32>, tensor<4x8x16xi32>) -> tensor<8x64x128xf32>
    %out = tensor.expand_shape %po [[0, 1], [2], [3]] output_shape [1, 8, 64, 128] : tensor<8x64x128xf32> into tensor<1x8x64x128xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::msa::MsaDialect", "::mlir::tensor::TensorDialect"];
}

def SplitIntoLaunches : Pass<"split-into-launches"> {
  let summary = "Every msa op becomes one kernel launch, but for split KV (decided -> split, first half)";
  let description = [{
    Assumes: the decided phase, or `msa.attention` that was decided as a whole. Guarantees: no op is left that stands for several launches,
    except attends with several splits, which are `split-kv`'s. Decisions travel with the ops.

    A `select_blocks` over index queries and keys is one launch where a recipe selects a row as its scores are made. Decided as
    `scores_then_top_k` it becomes an `index_scores`, which takes the tile config, and a `select_blocks` over its scores, whose numbers
    follow from the op alone.

    Example:

    ```mlir
    %o = msa.attention %q, %k, %v index(%iq, %ik) {block_size = 128 : i64, topk = 16 : i64, strategy = #msa.strategy<kind = cpu, target = "cpu">}
        : (tensor<8x64x128xf32>, tensor<4096x4x128xf32>, tensor<4096x4x128xf32>, tensor<8x4x64xf32>, tensor<4096x64xf32>) -> tensor<8x64x128xf32>
    // becomes
    %sel = msa.select_blocks index(%iq, %ik) {block_size = 128 : i64, topk = 16 : i64, strategy = #msa.strategy<kind = cpu, target = "cpu">}
        : (tensor<8x4x64xf32>, tensor<4096x64xf32>) -> tensor<4x8x16xi32>
    %o = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = cpu, target = "cpu">}
        : (tensor<8x64x128xf32>, tensor<4096x4x128xf32>, tensor<4096x4x128xf32>, tensor<4x8x16xi32>) -> tensor<8x64x128xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::msa::MsaDialect", "::mlir::tensor::TensorDialect"];
}

def SplitKv : Pass<"split-kv"> {
  let summary = "An attend with several splits becomes partial results and their merge (decided -> split, second half)";
  let description = [{
    Assumes: the decided phase, `split-into-launches`. Guarantees: an attend whose `#msa.tile_config` has `splits = s > 1` gives `s` partial results, which
    an `msa.combine` merges into what the attend gave before. The combine's own strategy is `combine_rows`, for the same target.

    Example:

    ```mlir
    %o = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, strategy = #msa.strategy<kind = decode_split_kv, target = "sm_90a">,
        tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, kv_stages = 3, splits = 8, warps = 1>}
        : (tensor<8x64x128xbf16>, tensor<4096x4x128xbf16>, tensor<4096x4x128xbf16>, tensor<4x8x16xi32>) -> tensor<8x64x128xbf16>
    // becomes
    %p, %lse = msa.attend %q, %k, %v, %sel {block_size = 128 : i64, splits = 8 : i64, strategy = #msa.strategy<kind = decode_split_kv, target = "sm_90a">,
        tile_config = #msa.tile_config<query_tile = 1, kv_tile = 64, kv_stages = 3, splits = 8, warps = 1>}
        : (tensor<8x64x128xbf16>, tensor<4096x4x128xbf16>, tensor<4096x4x128xbf16>, tensor<4x8x16xi32>)
          -> (tensor<8x8x64x128xf32>, tensor<8x8x64xf32>)
    %o = msa.combine %p, %lse {strategy = #msa.strategy<kind = combine_rows, target = "sm_90a">, tile_config = #msa.tile_config<splits = 8, warps = 4>}
        : (tensor<8x8x64x128xf32>, tensor<8x8x64xf32>) -> tensor<8x64x128xbf16>
    ```
  }];
  let dependentDialects = ["::mlir::msa::MsaDialect"];
}

def ResultsToOutputs : Pass<"results-to-outputs", "::mlir::ModuleOp"> {
  let summary = "Public functions write their results into memrefs that the caller owns";
  let description = [{
    Assumes: functions on tensors, before bufferisation; no calls of public functions. Guarantees: a public function has no tensor results; for each there is a
    memref argument after the inputs, of any strides but a contiguous last dimension, into which the result is materialised. Outputs
    alias neither each other nor an input: that is the caller's promise.

    Bufferisation then makes a copy into each output; `forward-copies-to-outputs` makes the producer write there itself.

    Example:

    ```mlir
    func.func @f(%p: tensor<4x?x64x128xf32>, %l: tensor<4x?x64xf32>) -> tensor<?x64x128xbf16> {
      %o = msa.combine %p, %l : (tensor<4x?x64x128xf32>, tensor<4x?x64xf32>) -> tensor<?x64x128xbf16>
      return %o : tensor<?x64x128xbf16>
    }
    // becomes
    func.func @f(%p: tensor<4x?x64x128xf32>, %l: tensor<4x?x64xf32>, %out: memref<?x64x128xbf16, strided<[?, ?, 1], offset: ?>>) {
      %o = msa.combine %p, %l : (tensor<4x?x64x128xf32>, tensor<4x?x64xf32>) -> tensor<?x64x128xbf16>
      bufferization.materialize_in_destination %o in restrict writable %out
          : (tensor<?x64x128xbf16>, memref<?x64x128xbf16, strided<[?, ?, 1], offset: ?>>) -> ()
      return
    }
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect"];
}

def ForwardCopiesToOutputs : Pass<"forward-copies-to-outputs", "::mlir::func::FuncOp"> {
  let summary = "Write results where they are wanted instead of copying them there";
  let description = [{
    Assumes: bufferised functions whose results are memref arguments that alias nothing else (`results-to-outputs`). Guarantees: where a temporary is only
    ever copied whole into an argument that nothing else touches, and is not written after that copy, the temporary and the copy are gone and its
    users work on the argument.

    A temporary that is seen reshaped by the copy (a dense output computed packed) needs the argument reshaped the other way. With
    `adjacent-requests` that is done for `[batch, seqlen, ...]`, on the promise, which the plan must check, that the rows of one request follow
    those of the one before: `stride(0) = seqlen * stride(1)`. The copies that bufferisation makes of dense inputs in order to pack them go the same way.
    Without it, those copies stay, and any strides are right.

    Example:

    ```mlir
    func.func @f(%p: memref<4x8x64x128xf32>, %l: memref<4x8x64xf32>, %out: memref<8x64x128xbf16, strided<[?, ?, 1], offset: ?>>) {
      %t = memref.alloc() : memref<8x64x128xbf16>
      msa.combine %p, %l outs(%t) : (memref<4x8x64x128xf32>, memref<4x8x64xf32>, memref<8x64x128xbf16>) -> ()
      memref.copy %t, %out : memref<8x64x128xbf16> to memref<8x64x128xbf16, strided<[?, ?, 1], offset: ?>>
      return
    }
    // becomes
    func.func @f(%p: memref<4x8x64x128xf32>, %l: memref<4x8x64xf32>, %out: memref<8x64x128xbf16, strided<[?, ?, 1], offset: ?>>) {
      msa.combine %p, %l outs(%out)
          : (memref<4x8x64x128xf32>, memref<4x8x64xf32>, memref<8x64x128xbf16, strided<[?, ?, 1], offset: ?>>) -> ()
      return
    }
    ```
  }];
  let options = [Option<"adjacentRequests", "adjacent-requests", "bool", "false",
                        "take [batch, seqlen] of dense arguments as one axis, on the caller's promise">];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}
#endif
