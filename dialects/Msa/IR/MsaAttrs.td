#ifndef MSA_ATTRS_TD
#define MSA_ATTRS_TD
include "dialects/Msa/IR/MsaDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def Msa_SelectionLayout : I32EnumAttr<"SelectionLayout", "axis order of a selection", [
  I32EnumAttrCase<"HQK", 0, "hqk">, // [num_kv_heads, total_q, topk]
  I32EnumAttrCase<"QHK", 1, "qhk">  // [total_q, num_kv_heads, topk]
]> { let cppNamespace = "::mlir::msa"; let genSpecializedAttr = 0; }

def Msa_SelectionOrder : I32EnumAttr<"SelectionOrder", "order of the block ids of one row of a selection", [
  I32EnumAttrCase<"Ascending", 0, "ascending">,  // strictly ascending, -1 suffix
  I32EnumAttrCase<"Any", 1, "any">,              // any order, -1 suffix
  I32EnumAttrCase<"LocalLast", 2, "local_last">, // any order, the last valid id is the query's own block
  I32EnumAttrCase<"Score", 3, "score">           // descending score (ties: ascending id)
]> { let cppNamespace = "::mlir::msa"; let genSpecializedAttr = 0; }

def Msa_SelectionAttr : AttrDef<Msa_Dialect, "Selection"> {
  let mnemonic = "selection";
  let summary = "The contract of a selection: its axis order and the order of ids in a row";
  let description = [{
    Unused slots hold -1 and form a suffix; ids are never repeated. Example: `#msa.selection<layout = hqk, order = ascending>`.
  }];
  let parameters = (ins EnumParameter<Msa_SelectionLayout>:$layout, EnumParameter<Msa_SelectionOrder>:$order);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Msa_StrategyKind : I32EnumAttr<"StrategyKind", "the recipe that computes an op", [
  I32EnumAttrCase<"Cpu", 0, "cpu">,
  I32EnumAttrCase<"DecodeSplitKv", 1, "decode_split_kv">,
  I32EnumAttrCase<"PrefillQueryTile", 2, "prefill_query_tile">,
  I32EnumAttrCase<"CombineRows", 3, "combine_rows">,
  I32EnumAttrCase<"IndexScore", 4, "index_score">,
  I32EnumAttrCase<"SelectTopK", 5, "select_top_k">,
  I32EnumAttrCase<"BuildK2q", 6, "build_k2q">,
  I32EnumAttrCase<"RelayoutRows", 7, "relayout_rows">,
  I32EnumAttrCase<"ScoresThenTopK", 8, "scores_then_top_k">,
  I32EnumAttrCase<"PrefillKvOuter", 9, "prefill_kv_outer">,
  I32EnumAttrCase<"IndexSelect", 10, "index_select">
]> { let cppNamespace = "::mlir::msa"; let genSpecializedAttr = 0; }

def Msa_StrategyAttr : AttrDef<Msa_Dialect, "Strategy"> {
  let mnemonic = "strategy";
  let summary = "The recipe chosen for an op, and the target it was chosen for";
  let parameters = (ins EnumParameter<Msa_StrategyKind>:$kind, StringRefParameter<"sm_80, sm_90a, ... or cpu">:$target);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Msa_MmaKind : I32EnumAttr<"MmaKind", "the instruction that a kernel multiplies with", [
  I32EnumAttrCase<"MmaSync", 0, "mma_sync">, I32EnumAttrCase<"Wgmma", 1, "wgmma">
]> { let cppNamespace = "::mlir::msa"; let genSpecializedAttr = 0; }
def Msa_MmaKindParameter : EnumParameter<Msa_MmaKind> { let defaultValue = "::mlir::msa::MmaKind::MmaSync"; }

def Msa_TileConfigAttr : AttrDef<Msa_Dialect, "TileConfig"> {
  let mnemonic = "tile_config";
  let summary = "The numbers one kernel is built with (`::msa::TileConfig` on floor 0); 0 means: does not apply";
  let parameters = (ins
    DefaultValuedParameter<"int64_t", "0", "query tokens of a thread block">:$query_tile,
    DefaultValuedParameter<"int64_t", "0", "keys per step">:$kv_tile,
    DefaultValuedParameter<"int64_t", "0", "KV tiles (prefill_kv_outer: query tiles) in flight">:$kv_stages,
    DefaultValuedParameter<"int64_t", "0", "thread blocks sharing one query's blocks">:$splits,
    DefaultValuedParameter<"int64_t", "0", "warps of a thread block">:$warps,
    DefaultValuedParameter<"int64_t", "0", "KV blocks that a thread block scores">:$chunk_blocks,
    DefaultValuedParameter<"int64_t", "0", "thread blocks that must fit an SM">:$blocks_per_sm,
    Msa_MmaKindParameter:$mma,
    DefaultValuedParameter<"int64_t", "0", "warpgroups that compute while one copies; 0: no roles">:$consumers,
    DefaultValuedParameter<"int64_t", "0", "query tokens whose partial results exist at a time">:$query_chunk,
    DefaultValuedParameter<"int64_t", "0", "1: a step's softmax runs under its neighbours' products">:$overlap,
    DefaultValuedParameter<"int64_t", "0", "query tokens from which on one launch does it">:$least_tokens);
  let assemblyFormat = "`<` struct(params) `>`";
}
#endif
