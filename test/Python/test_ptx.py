"""The PTX of recipes that need no tensor core, run by its words (ptx_machine.py): sorting networks, votes, what lanes hand over.

The CPU reader proves a recipe's program; this proves what the lowering to a GPU makes of it.
"""
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import msac
from msac import reference
from msac.testing.stages import SCORE_KINDS, scores_like
from ptx_machine import Kernel, Memory, run_program
from running import RELAYOUTS

pytestmark = pytest.mark.usefixtures("compiler")


@st.composite
def selections(draw):
    """A problem of select_blocks over scores, and how its kernel is built."""
    topk = draw(st.sampled_from([16, 1, 2, 3, 8, 15, 17, 24, 25, 31, 32, 33, 48, 64]))
    local = draw(st.integers(1, min(topk, 3)))
    sink = draw(st.integers(0, min(topk - local, 2)))
    requests = draw(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([16, 0, 1, 17, 250, 1000, 4096, 4097, 30000])),
                             min_size=1, max_size=3))
    query_tile, warps = draw(st.sampled_from([(1, 1), (2, 2), (1, 2), (1, 3), (1, 8), (4, 2), (3, 1)]))
    return dict(topk=topk, local_blocks=local, sink_blocks=sink, causal=draw(st.booleans())), requests, (query_tile, warps)


def compile_selection(problem, contract, tile, target):
    topk = problem["topk"]
    shape = f"2x?x{topk}" if contract[0] == "hqk" else f"?x2x{topk}"
    results = f"tensor<{shape}xi32>, tensor<{shape}xf32>"
    attributes = {**{name: f"{value} : i64" for name, value in problem.items() if name != "causal"}, "block_size": "16 : i64",
                  "causal": str(problem["causal"]).lower(),
                  "selection": f"#msa.selection<layout = {contract[0]}, order = {contract[1]}>",
                  "strategy": f'#msa.strategy<kind = select_top_k, target = "{target}">',
                  "tile_config": f"#msa.tile_config<query_tile = {tile[0]}, warps = {tile[1]}>"}
    text = f"""func.func @main(%s: tensor<2x?x?xf32>, %cu: tensor<?xi32>, %lens: tensor<?xi32>) -> ({results}) {{
      %sel:2 = msa.select_blocks scores(%s) cu_seqlens_q(%cu) seqused_k(%lens)
          {{{", ".join(f"{name} = {value}" for name, value in attributes.items())}}}
          : (tensor<2x?x?xf32>, tensor<?xi32>, tensor<?xi32>) -> ({results})
      return %sel#0, %sel#1 : {results}
    }}"""
    return msac.compile(text, target=target).manifest()


@settings(max_examples=max(1, settings().max_examples // 2))
@given(selections(), st.sampled_from([("hqk", "ascending"), ("qhk", "any"), ("hqk", "local_last"), ("hqk", "score")]),
       st.sampled_from(SCORE_KINDS), st.integers(0, 2**31 - 1), st.sampled_from(["sm_80", "sm_90a", "sm_120"]))
def test_selection_from_scores(drawn, contract, kind, seed, target):
    problem, requests, tile = drawn
    q_lens, kv_lens = zip(*requests)
    total_q, width = sum(q_lens) + 1, -(-max(kv_lens) // 16) + 1  # a token of no request, a block that nobody sees
    scores = scores_like(kind, np.random.default_rng(seed), (2, total_q, width))
    lengths = dict(cu_seqlens_q=np.concatenate([[0], np.cumsum(q_lens)]).astype(np.int32), seqused_k=np.array(kv_lens, np.int32))
    selected, values = run_program(compile_selection(problem, contract, tile, target), [scores, *lengths.values()])
    expected, kept = reference.select_blocks(scores, block_size=16, layout=contract[0], order=contract[1], **problem, **lengths)
    np.testing.assert_array_equal(selected, expected)
    np.testing.assert_array_equal(values, kept)


@settings(max_examples=max(1, settings().max_examples // 2))
@given(RELAYOUTS, st.sampled_from([16, 1, 2, 5, 17, 32, 40, 64]), st.integers(0, 20), st.integers(0, 2**31 - 1))
def test_relayout(variant, topk, total_q, seed):
    source, target = variant.contract, variant.to
    rng = np.random.default_rng(seed)
    rows = [np.concatenate([rng.permutation(100)[:n], np.full(topk - n, -1)]) for n in rng.integers(0, topk + 1, 3 * total_q)]
    if source[1] == "ascending":
        rows = [np.concatenate([np.sort(row[row >= 0]), row[row < 0]]) for row in rows]
    selected = np.array(rows, np.int32).reshape((3, total_q, topk) if source[0] == "hqk" else (total_q, 3, topk))
    types = [f"tensor<{'3x?' if layout == 'hqk' else '?x3'}x{topk}xi32>" for layout in (source[0], target[0])]
    contracts = [f"#msa.selection<layout = {layout}, order = {order}>" for layout, order in (source, target)]
    text = f"""func.func @main(%s: {types[0]}) -> {types[1]} {{
      %r = msa.relayout_selection %s {{from = {contracts[0]}, to = {contracts[1]}}} : ({types[0]}) -> {types[1]}
      return %r : {types[1]}
    }}"""
    assume(source[0] != target[0] or (source[1] == "any" and target[1] != "any"))  # else nothing changes, and the op is gone
    relaid, = run_program(msac.compile(text, target="sm_80").manifest(), [selected])
    np.testing.assert_array_equal(relaid, reference.relayout_selection(selected, source=source, target=target))


#: Rows' lists of the best grow by an entry a turn; entries [0, head) and [low, high) of a row are kept.
GROWING = """
tile.kernel @grow(%scores: memref<{rows}x?xf32>, %bounds: memref<{rows}x3xi32>, %ids: memref<{rows}x{k}xi32>, %n: index) attributes {{warps = {warps} : i64}} {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %all = arith.constant {rows} : index
  %pad = arith.constant 0.0 : f32
  %none = tile.top_k_empty : !tile.best<{rows}, {best}>
  %best = scf.for %i = %c0 to %n step %c1 iter_args(%old = %none) -> (!tile.best<{rows}, {best}>) {{
    %values = tile.load_rows %scores, %pad piece {rows} row_dim 0 {{
    ^bb0(%row: index):
      tile.yield %row, %i, %all : index, index, index
    }} : memref<{rows}x?xf32>, f32 -> !tile.rows<{rows}, f32>
    %take = tile.map {{
    ^bb0(%row: index):
      %head32 = memref.load %bounds[%row, %c0] : memref<{rows}x3xi32>
      %low32 = memref.load %bounds[%row, %c1] : memref<{rows}x3xi32>
      %i32 = arith.index_cast %i : index to i32
      %behind = arith.cmpi sge, %i32, %head32 : i32
      %before = arith.cmpi slt, %i32, %low32 : i32
      %both = arith.andi %behind, %before : i1
      %flag = arith.extui %both : i1 to i32
      tile.yield %flag : i32
    }} : () -> !tile.rows<{rows}, i32>
    %new = tile.top_k_insert %old, %values at %i if %take : !tile.best<{rows}, {best}>, !tile.rows<{rows}, f32>, !tile.rows<{rows}, i32>
    scf.yield %new : !tile.best<{rows}, {best}>
  }}
  tile.top_k_store {order} %best into %ids {{
  ^bb0(%row: index):
    %head32 = memref.load %bounds[%row, %c0] : memref<{rows}x3xi32>
    %low32 = memref.load %bounds[%row, %c1] : memref<{rows}x3xi32>
    %high32 = memref.load %bounds[%row, %c2] : memref<{rows}x3xi32>
    %head = arith.index_cast %head32 : i32 to index
    %low = arith.index_cast %low32 : i32 to index
    %high = arith.index_cast %high32 : i32 to index
    %there = arith.cmpi ne, %row, %c2 : index // row 2 does not exist
    %exists = arith.index_castui %there : i1 to index
    tile.yield %row, %head, %low, %high, %exists : index, index, index, index, index
  }} : !tile.best<{rows}, {best}> into memref<{rows}x{k}xi32>
  tile.return
}}
"""


@settings(max_examples=max(1, settings().max_examples // 2))
@given(st.sampled_from([16, 1, 2, 5, 8, 17, 32]), st.sampled_from([(32, 1), (32, 2), (64, 1)]), st.integers(1, 2), st.integers(0, 2),
       st.sampled_from(["ascending", "kept_last"]), st.sampled_from(SCORE_KINDS), st.sampled_from([40, 0, 3, 90]),
       st.integers(0, 2**31 - 1))
def test_lists_that_grow(k, block, local, sink, order, kind, width, seed):
    (rows, warps), rng = block, np.random.default_rng(seed)
    local = min(local, k)
    sink = min(sink, k - local)
    best = max(k - sink - local, 1)
    scores = scores_like(kind, rng, (rows, max(width, 1)))
    sizes = rng.integers(0, width + 1, rows)
    heads, lows = np.minimum(sink, sizes), np.maximum(sizes - local, 0)
    bounds = np.stack([heads, lows, sizes], axis=1).astype(np.int32)
    ids = np.full((rows, k), -7, np.int32)
    text = GROWING.format(rows=rows, warps=warps, k=k, best=best, order=order)
    ptx = msac.translate(text, "ptx", target="sm_80", compile_from="tile")
    memory = Memory(1 << 40)
    places = [memory.allocate(array) for array in (scores, bounds, ids)]
    Kernel(ptx, "grow").run(memory, [places[0], scores.shape[1], *places[1:], width], (1, 1, 1), warps * 32, 0)
    found = memory.read_back(places[2], ids)
    expected = reference.select_blocks(scores[None], block_size=1, topk=k, sink_blocks=sink, local_blocks=local,
                                       cu_seqlens_q=np.arange(rows + 1), seqused_k=sizes)[0][0]
    expected[2] = -7
    np.testing.assert_array_equal(found, expected)
