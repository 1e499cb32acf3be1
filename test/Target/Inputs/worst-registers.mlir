// Shapes whose kernels ptxas found hard to keep in registers, one or two of each kind. What made them hard stands above each.

// Rows of 12 chunks of 16 bytes, 32 threads: no thread keeps its column unless the row is taken as 8 chunks and 4.
func.func @decode_rows_of_12_chunks(%q: tensor<?x8x96xf16>, %k: tensor<?x?x1x96xf16>, %v: tensor<?x?x1x96xf16>, %sel: tensor<1x?x1xi32>)
    -> tensor<?x8x96xf16> {
  %o = msa.attend %q, %k, %v, %sel {block_size = 128 : i64} : (tensor<?x8x96xf16>, tensor<?x?x1x96xf16>, tensor<?x?x1x96xf16>, tensor<1x?x1xi32>) -> tensor<?x8x96xf16>
  return %o : tensor<?x8x96xf16>
}

// One warp alone on an SM: ptxas saves registers that nobody needs, or hoists loads until none is left.
func.func @decode_alone(%q: tensor<40x15x128xf16>, %k: tensor<17x3x32x128xf16>, %v: tensor<17x3x32x128xf16>, %selected: tensor<3x40x4xi32>, %page_table: tensor<4x6xi32>, %seqused_k: tensor<4xi32>)
    -> (tensor<40x15x128xf16>) {
  %partial, %partial_lse = msa.attend %q, %k, %v, %selected page_table(%page_table) seqused_k(%seqused_k) {block_size = 128 : i64, selection = #msa.selection<layout = hqk, order = any>, splits = 3 : i64}
      : (tensor<40x15x128xf16>, tensor<17x3x32x128xf16>, tensor<17x3x32x128xf16>, tensor<3x40x4xi32>, tensor<4x6xi32>, tensor<4xi32>) -> (tensor<3x40x15x128xf32>, tensor<3x40x15xf32>)
  %output = msa.combine %partial, %partial_lse
      : (tensor<3x40x15x128xf32>, tensor<3x40x15xf32>) -> (tensor<40x15x128xf16>)
  return %output : tensor<40x15x128xf16>
}

// A list of 32 x 8 blocks, whose loops ptxas would unroll, before 128 registers of output.
func.func @prefill_long_list(%q: tensor<?x?x2x256xbf16>, %k: tensor<?x?x1x256xbf16>, %v: tensor<?x?x1x256xbf16>, %sel: tensor<1x?x8xi32>)
    -> tensor<?x?x2x256xbf16> {
  %o = msa.attend %q, %k, %v, %sel {block_size = 64 : i64} : (tensor<?x?x2x256xbf16>, tensor<?x?x1x256xbf16>, tensor<?x?x1x256xbf16>, tensor<1x?x8xi32>) -> tensor<?x?x2x256xbf16>
  return %o : tensor<?x?x2x256xbf16>
}

// A thread that only copies has 40 registers, for rows of 12 chunks whose pieces are shorter than a step.
func.func @prefill_small_pages(%q: tensor<?x?x8x96xbf16>, %k: tensor<?x1x16x96xbf16>, %v: tensor<?x1x16x96xbf16>, %selected_qhk: tensor<?x1x3xi32>, %page_table: tensor<?x?xi32>, %seqused_k: tensor<?xi32>)
    -> (tensor<?x?x8x96xbf16>, tensor<?x8xf32>) {
  %output, %lse = msa.attend %q, %k, %v, %selected_qhk page_table(%page_table) seqused_k(%seqused_k) {block_size = 64 : i64, softmax_scale = 6.250000000e-02 : f32, causal = false, selection = #msa.selection<layout = qhk, order = any>}
      : (tensor<?x?x8x96xbf16>, tensor<?x1x16x96xbf16>, tensor<?x1x16x96xbf16>, tensor<?x1x3xi32>, tensor<?x?xi32>, tensor<?xi32>) -> (tensor<?x?x8x96xbf16>, tensor<?x8xf32>)
  return %output, %lse : tensor<?x?x8x96xbf16>, tensor<?x8xf32>
}

// No products: ptxas goes for thread blocks an SM.
func.func @select_32(%scores: tensor<1x?x?xf32>, %cu: tensor<?xi32>, %lens: tensor<?xi32>) -> tensor<1x?x32xi32> {
  %s = msa.select_blocks scores(%scores) cu_seqlens_q(%cu) seqused_k(%lens) {block_size = 64 : i64, topk = 32 : i64, sink_blocks = 2 : i64, causal = false}
      : (tensor<1x?x?xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<1x?x32xi32>
  return %s : tensor<1x?x32xi32>
}
func.func @transpose(%sel: tensor<4x?x16xi32>, %cu: tensor<2xi32>) -> (tensor<4x6xi32>, tensor<4x?xi32>, tensor<4x?xi32>, tensor<?x4xi32>, tensor<1xi32>) {
  %o, %i, %s, %w, %n = msa.transpose_selection %sel cu_seqlens_q(%cu) {max_blocks = 5 : i64, batch = 1 : i64, max_queries = 1 : i64, sub_chunk = 512 : i64}
      : (tensor<4x?x16xi32>, tensor<2xi32>) -> (tensor<4x6xi32>, tensor<4x?xi32>, tensor<4x?xi32>, tensor<?x4xi32>, tensor<1xi32>)
  return %o, %i, %s, %w, %n : tensor<4x6xi32>, tensor<4x?xi32>, tensor<4x?xi32>, tensor<?x4xi32>, tensor<1xi32>
}

// Lists of rows beside queries and a slice of products; without causality also what masks, in a second loop.
func.func @index_select(%q: tensor<8192x4x128xbf16>, %k: tensor<8192x128xbf16>) -> tensor<4x8192x16xi32> {
  %s = msa.select_blocks index(%q, %k) {block_size = 128 : i64, topk = 16 : i64, strategy = #msa.strategy<kind = index_select, target = "sm_90a">}
      : (tensor<8192x4x128xbf16>, tensor<8192x128xbf16>) -> tensor<4x8192x16xi32>
  return %s : tensor<4x8192x16xi32>
}
func.func @index_select_all_keys(%q: tensor<?x2x128xbf16>, %k: tensor<?x128xbf16>) -> tensor<2x?x16xi32> {
  %s = msa.select_blocks index(%q, %k) {block_size = 128 : i64, topk = 16 : i64, causal = false, strategy = #msa.strategy<kind = index_select, target = "sm_90a">}
      : (tensor<?x2x128xbf16>, tensor<?x128xbf16>) -> tensor<2x?x16xi32>
  return %s : tensor<2x?x16xi32>
}
