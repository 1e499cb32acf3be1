// A selection in one launch where the op asks for it, or where its sizes are known and that is predicted to be no slower; the reason says which.
// RUN: msa-opt %s --select-strategy="target=sm_90a explain" 2>&1 | FileCheck %s --check-prefix=WHY
// RUN: msa-opt %s --select-strategy=target=sm_90a --split-into-launches | FileCheck %s

// WHY-DAG: remark: strategy index_select for sm_90a with query_tile = 16, kv_tile = 64, {{.*}}: given on the op, with the op's own numbers
// WHY-DAG: remark: strategy index_select for sm_90a with {{.*}}: given on the op; cheapest of {{[0-9]+}} candidates
// WHY-DAG: remark: strategy index_select for sm_90a with {{.*}}, least_tokens = {{[0-9]+}}: one launch, at about {{[0-9]+}} us against {{[0-9]+}} us for 8192 tokens against 32K keys; calls of fewer than {{[0-9]+}} tokens are two;
// WHY-DAG: remark: strategy scores_then_top_k for sm_90a with {{.*}}: two launches: few query tokens a request are to be expected;
// WHY-DAG: remark: strategy scores_then_top_k for sm_90a with {{.*}}: two launches, since one would take about {{[0-9]+}} us against {{[0-9]+}} us;
// WHY-DAG: remark: strategy scores_then_top_k for sm_90a with {{.*}}: two launches, since the op gives them out;

!k = tensor<?x128xbf16>
!q = tensor<?x4x128xbf16>
!s = tensor<4x?x16xi32>

// CHECK-LABEL: @given
// CHECK-NEXT: msa.select_blocks index({{.*}} strategy = #msa.strategy<kind = index_select, target = "sm_90a">, tile_config = #msa.tile_config<query_tile = 16, kv_tile = 64, kv_stages = 3, warps = 4>
// CHECK-NEXT: msa.select_blocks index({{.*}} strategy = #msa.strategy<kind = index_select, target = "sm_90a">
// CHECK-NEXT: return
func.func @given(%q: !q, %k: !k) -> (!s, !s) {
  %0 = msa.select_blocks index(%q, %k) {block_size = 128 : i64, topk = 16 : i64, strategy = #msa.strategy<kind = index_select, target = "sm_90a">,
      tile_config = #msa.tile_config<query_tile = 16, kv_tile = 64, kv_stages = 3, warps = 4>} : (!q, !k) -> !s
  %1 = msa.select_blocks index(%q, %k) {block_size = 128 : i64, topk = 16 : i64, strategy = #msa.strategy<kind = index_select, target = "sm_90a">} : (!q, !k) -> !s
  return %0, %1 : !s, !s
}

// CHECK-LABEL: @unknown
// CHECK-NEXT: msa.select_blocks index({{.*}} strategy = #msa.strategy<kind = index_select, target = "sm_90a">, tile_config = {{.*}} chunk_blocks = {{[0-9]+}}, {{.*}} least_tokens = {{[0-9]+}}>
func.func @unknown(%q: !q, %k: !k) -> !s {
  %0 = msa.select_blocks index(%q, %k) {block_size = 128 : i64, topk = 16 : i64} : (!q, !k) -> !s
  return %0 : !s
}

// CHECK-LABEL: @two
// CHECK-COUNT-3: msa.index_scores
func.func @two(%q: !q, %pages: tensor<?x128x128xbf16>, %table: tensor<?x?xi32>, %lens: tensor<?xi32>, %few: tensor<64x4x128xbf16>, %many: tensor<32768x128xbf16>)
    -> (!s, tensor<4x64x16xi32>, tensor<4x64x16xi32>) {
  %0 = msa.select_blocks index(%q, %pages) page_table(%table) seqused_k(%lens) {block_size = 128 : i64, topk = 16 : i64}
      : (!q, tensor<?x128x128xbf16>, tensor<?x?xi32>, tensor<?xi32>) -> !s
  %1 = msa.select_blocks index(%few, %many) {block_size = 128 : i64, topk = 16 : i64} : (tensor<64x4x128xbf16>, tensor<32768x128xbf16>) -> tensor<4x64x16xi32>
  %2:2 = msa.select_blocks index(%few, %many) {block_size = 128 : i64, topk = 16 : i64}
      : (tensor<64x4x128xbf16>, tensor<32768x128xbf16>) -> (tensor<4x64x16xi32>, tensor<4x64x16xf32>)
  return %0, %1, %2#0 : !s, tensor<4x64x16xi32>, tensor<4x64x16xi32>
}
