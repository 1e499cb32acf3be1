"""Properties of the GPU recipes, read as loops on the CPU: schedules, masks, gather lists, unions, splits and merges.

The tile programs are those that become PTX. What a recipe refuses (with an id) is counted and printed, and a test in which
everything was refused has failed.
"""
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import msac
from drawing import problems_with_cases
from msac import reference
from msac.testing import Case, Problem, RmsOverCases, attend_graph, attention_graph, select_graph, staged_graph, transpose_graph
from msac.testing.stages import random_scores
from running import (RELAYOUTS, SELECT_FROM_SCORES, TRANSPOSE_RESULTS, check_attend, check_relayout, check_select_from_scores,
                     check_selection, check_transpose, given_selection, reference_scores, reference_select, run, settings_of)

pytestmark = pytest.mark.usefixtures("compiler", "runtime")

SEEDS = st.integers(0, 2**31 - 1)
CONTRACTS = st.sampled_from([("hqk", "ascending"), ("hqk", "any"), ("qhk", "any")])
LIMITS = dict(dtypes=("bf16", "f16"), work=1 << 21)
READER = (("reader", True), ("recipe_target", "sm_90a"))
MAY_REFUSE = {"kv-tile", "query-tile", "registers", "smem"}


def read(graph, batches, seed, contract, tally):
    """Runs the graph's recipes on each case; a refusal ends it."""
    for case in batches:
        selected = given_selection(case, seed, contract)
        try:
            if not requests_follow_one_another(case.arrays["q"]):
                with pytest.raises(msac.ArgumentError, match="rows that follow one another"):
                    run(graph, case, options=READER, **selected)
                tally["strides"] += 1
                continue
            outputs = run(graph, case, options=READER, **selected)
        except msac.CompileError as error:
            assert error.id in MAY_REFUSE, error
            tally[error.id] += 1
            return
        check_attend(case, outputs, *selected.values(), contract[0])
        tally["ran"] += 1


def requests_follow_one_another(query):
    """Kernels take the requests and tokens of a dense query as one axis, which the plan checks."""
    if query.ndim < 4 or query.size == 0 or query.shape[0] == 1 or query.shape[1] == 1:
        return True
    return query.strides[0] == query.shape[1] * query.strides[1]


def report(tally):
    print(dict(tally))
    assert tally["ran"] > 0, f"nothing ran: {dict(tally)}"


def test_recipes_of_random_problems():
    tally = Counter()

    @given(problems_with_cases(**LIMITS), SEEDS, CONTRACTS, st.booleans())
    def check(drawn, seed, contract, with_lse):
        problem, batches = drawn
        read(attend_graph(problem, contract=contract, lse=with_lse), batches, seed, contract, tally)

    check()
    report(tally)


def test_recipes_of_random_decode_problems():
    """1 to 16 query tokens a request, sizes written down or free."""
    tally = Counter()

    @given(problems_with_cases(max_q_len=16, q_layouts=("uniform", "dense"), **LIMITS), SEEDS, CONTRACTS, st.booleans())
    def check(drawn, seed, contract, static):
        problem, batches = drawn
        batches = batches[:1] if static else batches
        read(attend_graph(problem, batches[0] if static else None, contract=contract), batches, seed, contract, tally)

    check()
    report(tally)


def test_recipes_of_given_splits():
    tally = Counter()

    @given(problems_with_cases(max_q_len=16, q_layouts=("uniform",), **LIMITS), SEEDS, st.integers(1, 8))
    def check(drawn, seed, splits):
        problem, batches = drawn
        contract = ("hqk", "any")
        read(attend_graph(problem, contract=contract, splits=min(splits, problem.topk)), batches, seed, contract, tally)

    check()
    report(tally)


def test_recipes_of_whole_graphs():
    """Index branch, selection and attention in one graph: three kernels and a workspace of scores between them."""
    tally = Counter()

    @given(problems_with_cases(**LIMITS))
    def check(drawn):
        problem, batches = drawn
        graph = attention_graph(problem)
        for case in batches:
            if not all(requests_follow_one_another(case.arrays[name]) for name in ("q", "index_query")):
                tally["strides"] += 1
                continue
            try:
                outputs = run(graph, case, options=READER)
            except msac.CompileError as error:
                assert error.id in MAY_REFUSE, error
                tally[error.id] += 1
                return
            check_selection(case, outputs["selection"], reference_scores(case))
            check_attend(case, outputs, outputs["selection"])
            tally["ran"] += 1

    check()
    report(tally)


def test_recipes_of_the_steps_agree():
    """The kernels' own scores select exactly their own selection."""
    tally = Counter()

    @given(problems_with_cases(lengths_given=True, max_q_len=40, **LIMITS))
    def check(drawn):
        problem, batches = drawn
        for case in batches:
            if not all(requests_follow_one_another(case.arrays[name]) for name in ("q", "index_query")):
                tally["strides"] += 1
                continue
            try:
                outputs = run(staged_graph(problem), case, options=READER)
            except msac.CompileError as error:
                assert error.id in MAY_REFUSE, error
                tally[error.id] += 1
                return
            np.testing.assert_array_equal(outputs["selection"], reference_select(case, outputs["scores"])[0])
            tally["ran"] += 1

    check()
    report(tally)


def kv_outer(problem, stages, chunk, warp_rows=32, consumers=0):
    """The op's attributes for attention from the keys' side: query tiles of 32 or 48 rows and more where a group has more, or of 64 rows
    for each warpgroup that computes."""
    if consumers:
        tokens = max(64 * consumers // problem.group, 1)
        shape = f"warps = {4 * consumers + 4}, mma = wgmma, consumers = {consumers}"
    else:
        tokens = max(2 * warp_rows // problem.group, 1)
        rows = -(-tokens * problem.group // 16) * 16
        shape = f"warps = {rows // (warp_rows if rows % warp_rows == 0 else 16)}"
    config = f"query_tile = {tokens}, kv_tile = {problem.block_size}, kv_stages = {stages}, {shape}, query_chunk = {chunk}"
    return {"strategy": '#msa.strategy<kind = prefill_kv_outer, target = "sm_90a">',
            "tile_config": f"#msa.tile_config<{config}>"}


@pytest.mark.parametrize("mma", [dict(warp_rows=16), dict(warp_rows=32), dict(consumers=1), dict(consumers=2)],
                         ids=["16 rows a warp", "32 rows a warp", "wgmma", "wgmma, two warpgroups"])
def test_recipes_from_the_keys_side(mma):
    """Lists, slots and chunks of query tokens: partial results that meet again in their tokens' rows."""
    tally = Counter()

    @given(problems_with_cases(**LIMITS), SEEDS, CONTRACTS, st.booleans(), st.integers(1, 2), st.sampled_from([32, 64, 96]))
    @settings(max_examples=max(settings().max_examples // 4, 1))
    def check(drawn, seed, contract, with_lse, stages, chunk):
        problem, batches = drawn
        more = kv_outer(problem, stages, chunk, **mma)
        read(attend_graph(problem, contract=contract, lse=with_lse, more=more), batches, seed, contract, tally)

    check()
    report(tally)


@pytest.mark.parametrize("mma", [dict(warp_rows=16), dict(consumers=2)], ids=["mma.sync", "wgmma"])
def test_recipes_from_the_keys_side_without_a_key(mma):
    """A cache of no rows has no block, so that no item of the worklist has a place."""
    problem = Problem(dtype="f16", num_kv_heads=1, group=8, head_dim=256, index_dim=128, block_size=48, topk=8, sink_blocks=0, local_blocks=2,
                      kv_layout="packed", page_size=0, has_kv_lens=True)
    tally = Counter()
    contract = ("hqk", "ascending")
    graph = attend_graph(problem, contract=contract, lse=True, more=kv_outer(problem, 1, 64, **mma))
    read(graph, [Case(problem, (48,), (0,), spare=0)], 1, contract, tally)
    report(tally)


@given(problems_with_cases(lengths_given=True, max_q_len=20), SEEDS, SELECT_FROM_SCORES)
def test_recipe_that_selects_from_scores(drawn, seed, variant):
    for case in drawn[1]:
        check_select_from_scores(case, seed, variant, options=READER)


@pytest.mark.parametrize("topk, kind", [(1, "ties"), (16, "normal"), (64, "rising"), (33, "ties")])
def test_recipe_that_selects_from_rows_of_16k_blocks(topk, kind):
    problem = Problem(dtype="bf16", num_kv_heads=1, group=1, head_dim=64, index_dim=64, block_size=16, topk=topk, sink_blocks=min(topk - 1, 2),
                      page_size=256)
    case = Case(problem, (3, 1), (16 * 16384, 16 * 4097 - 3))
    graph = select_graph(problem, scores=True)
    scores = random_scores(case, 7, kind)
    outputs = run(graph, case, options=READER, scores=scores)
    expected, kept = reference_select(case, scores)
    np.testing.assert_array_equal(outputs["selection"], expected)
    np.testing.assert_array_equal(outputs["selected_scores"], kept)
    assert outputs["selection"].max() == 16383  # the last block, which is each query's own


@given(problems_with_cases(max_q_len=20), SEEDS, RELAYOUTS)
def test_recipe_that_relays_a_selection_out(drawn, seed, variant):
    for case in drawn[1]:
        check_relayout(case, seed, variant, options=READER)


@pytest.mark.parametrize("options", [(), READER], ids=["cpu", "reader"])
def test_single_rows_together_are_as_near_as_many_rows(options):
    """One query token of one head a case: each row alone is too few values for an rms, 40 of them are enough."""
    problem = Problem(dtype="bf16", group=1, head_dim=64, block_size=16, topk=2, kv_layout="packed", page_size=0,
                      has_kv_lens=False)
    together = RmsOverCases("bf16")
    for seed in range(40):
        case = Case(problem, (1,), (16,), seed=seed, spare=0)
        selected = np.array([[[0, -1]]], dtype=np.int32)
        outputs = run(attend_graph(problem), case, options=options, selected=selected)
        expected, _ = reference.attend(case.arrays["q"], case.arrays["k"], case.arrays["v"], selected,
                                       **settings_of(problem), **case.batch_arrays)
        together.add(outputs["output"], expected)
    together.check()


@given(problems_with_cases(batches=1, **LIMITS), SEEDS, TRANSPOSE_RESULTS)
def test_transposed_selections_of_random_problems(drawn, seed, results):
    """Ragged and even requests, empty ones, tokens that chose nothing: every list, slot and work item as the reference has it."""
    check_transpose(drawn[1][0], seed, "hqk", results, READER)


@pytest.mark.parametrize("pattern", ["all the same", "one block each", "last slots empty", "two windows"])
def test_transposed_selections_of_skewed_choices(pattern):
    """More tokens than a chunk of 512, more rows than a window of 1024, lists that are empty or hold every token."""
    total_q, topk, max_blocks = (1100, 3, 40) if pattern != "two windows" else (600, 2, 1500)
    problem = Problem(dtype="bf16", num_kv_heads=2, group=1, head_dim=64, block_size=16, topk=topk, kv_layout="packed",
                      page_size=0, has_kv_lens=False, q_layout="uniform")
    case = Case(problem, (total_q,), (max_blocks * 16,), seed=0, spare=0)
    tokens = np.arange(total_q)
    selected = np.full((2, total_q, topk), -1, dtype=np.int32)
    if pattern == "all the same":
        selected[:] = [7, 3, 5]
    elif pattern == "one block each":
        selected[:, :, 0] = tokens % max_blocks
    elif pattern == "last slots empty":
        selected[0, :, :2] = np.stack([tokens // 30, 39 - tokens // 1000], axis=1)
    else:
        selected[:, :, 0], selected[:, ::2, 1] = (tokens * 7) % (max_blocks - 1), max_blocks - 1
    for cuts in (dict(max_queries=128, sub_chunk=512), dict(max_queries=7, sub_chunk=64), dict(max_queries=1)):
        graph = transpose_graph(problem, case, slots=True, free=True, **cuts)
        outputs = run(graph, case, options=READER, selected=selected)
        expected = reference.transpose_selection(selected, max_blocks=max_blocks, **cuts)
        for name, found in outputs.items():
            np.testing.assert_array_equal(found, getattr(expected, name), err_msg=f"{name}, {cuts}")


M3 = dict(dtype="bf16", num_kv_heads=4, group=16, head_dim=128, block_size=128, topk=16, page_size=128)


@pytest.mark.parametrize("q_layout, q_lens, kv_lens", [
    ("uniform", (1, 1, 1), (5000, 131, 1)),      # decode
    ("uniform", (4, 4), (2600, 257)),            # speculative decode
    ("ragged", (130, 0, 65), (130, 300, 2200)),  # prefill and chunked prefill
])
@pytest.mark.parametrize("cache_memory", ["plain", "interleaved"])
def test_recipes_of_minimax_m3(q_layout, q_lens, kv_lens, cache_memory):
    problem = Problem(q_layout=q_layout, **M3)
    case = Case(problem, q_lens, kv_lens, seed=3, cache_memory=cache_memory)
    selected = given_selection(case, 4, ("hqk", "ascending"))
    check_attend(case, run(attend_graph(problem), case, options=READER, **selected), selected["selected"])


def with_config(graph, kind, **config):
    """The graph, its attend told how."""
    numbers = ", ".join(f"{name} = {value}" for name, value in config.items())
    told = (f'{{strategy = #msa.strategy<kind = {kind}, target = "sm_90a">, tile_config = #msa.tile_config<{numbers}>, '
            "block_size")
    return replace(graph, text=graph.text.replace("{block_size", told, 1))


@pytest.mark.parametrize("group, kind, config", [
    # More warps than the rows need: each works on its own part of the keys.
    (16, "decode_split_kv", dict(query_tile=1, kv_tile=64, kv_stages=3, splits=5, warps=4)),
    (16, "decode_split_kv", dict(query_tile=1, kv_tile=32, kv_stages=2, splits=1, warps=2)),
    (4, "decode_split_kv", dict(query_tile=1, kv_tile=64, kv_stages=2, splits=9, warps=4)),
    (20, "decode_split_kv", dict(query_tile=1, kv_tile=128, kv_stages=2, splits=3, warps=8)),
    (16, "prefill_query_tile", dict(query_tile=1, kv_tile=64, kv_stages=2, warps=4)),
    (2, "prefill_query_tile", dict(query_tile=16, kv_tile=64, kv_stages=2, warps=4)),
    # Query tokens of a request in one tile.
    (4, "decode_split_kv", dict(query_tile=4, kv_tile=64, kv_stages=2, splits=3, warps=1)),
    (8, "decode_split_kv", dict(query_tile=4, kv_tile=64, kv_stages=2, splits=2, warps=4)),
    # A warp has several sixteens of rows.
    (16, "prefill_query_tile", dict(query_tile=8, kv_tile=32, kv_stages=3, warps=4)),
    (16, "prefill_query_tile", dict(query_tile=8, kv_tile=64, kv_stages=2, warps=4)),
    (7, "prefill_query_tile", dict(query_tile=9, kv_tile=64, kv_stages=2, warps=2)),
    # A warpgroup copies, products run under the softmax.
    (16, "prefill_query_tile", dict(query_tile=8, kv_tile=128, kv_stages=2, warps=12, mma="wgmma", consumers=2, overlap=1)),
    (4, "prefill_query_tile", dict(query_tile=16, kv_tile=32, kv_stages=3, warps=8, mma="wgmma", consumers=1, overlap=1)),
    (7, "prefill_query_tile", dict(query_tile=9, kv_tile=64, kv_stages=2, warps=8, mma="wgmma", consumers=1, overlap=1)),
])
@pytest.mark.parametrize("head_dim", [64, 128])
def test_recipes_with_given_numbers(group, kind, config, head_dim):
    decode = kind == "decode_split_kv"
    problem = Problem(dtype="bf16", num_kv_heads=2, group=group, head_dim=head_dim, block_size=128, topk=5, page_size=64,
                      q_layout="uniform" if decode else "ragged")
    case = Case(problem, (3, 3) if decode else (37, 0, 5), (700, 130) if decode else (300, 64, 901), seed=7)
    selected = given_selection(case, 5, ("hqk", "any"))
    graph = with_config(attend_graph(problem), kind, **config)
    check_attend(case, run(graph, case, options=READER, **selected), selected["selected"])


def crowded(selected, sink):
    """The same selection, but block 0 is everyone's first choice (all but one query's in a hundred), or all choose what one of them chose."""
    chosen = selected["selected"].copy()
    if sink:
        rows = (chosen != 0).all(-1) & (chosen[..., 0] > 0) & (np.arange(chosen.shape[1]) % 100 != 0)
        chosen[rows, 0] = 0
    else:
        chosen[:] = np.where(np.arange(chosen.shape[-1]) < 2, np.arange(chosen.shape[-1]), -1)
    return {"selected": chosen}


@pytest.mark.parametrize("selection", ["random", "sink", "same"])
@pytest.mark.parametrize("kv_layout, consumers", [("paged", 0), ("packed", 0), ("paged", 1), ("packed", 2)])
def test_recipe_of_minimax_m3_from_the_keys_side(kv_layout, consumers, selection):
    """Two chunks of query tokens, the second one short."""
    problem = Problem(q_layout="ragged", **dict(M3, kv_layout=kv_layout, page_size=128 if kv_layout == "paged" else 0),
                      has_cu_seqlens_k=kv_layout == "packed")
    case = Case(problem, (130, 0, 65), (130, 300, 2200), seed=3)
    selected = given_selection(case, 4, ("hqk", "any"))
    if selection != "random":
        selected = crowded(selected, sink=selection == "sink")
    graph = attend_graph(problem, contract=("hqk", "any"), more=kv_outer(problem, 2 if consumers else 1, 128, 32, consumers))
    check_attend(case, run(graph, case, options=READER, **selected), selected["selected"])


@pytest.mark.parametrize("consumers", [0, 1])
@pytest.mark.parametrize("group, topk", [(12, 20), (4, 33), (16, 64)])
def test_many_slots_from_the_keys_side(group, topk, consumers):
    """More slots than are merged at once, the last ones fewer; heads that fill no thread block."""
    problem = Problem(dtype="f16", num_kv_heads=2, group=group, head_dim=64, block_size=16, topk=topk, page_size=16, q_layout="ragged")
    case = Case(problem, (21, 0, 30), (900, 16, 1500), seed=11)
    selected = given_selection(case, 6, ("hqk", "any"))
    graph = attend_graph(problem, contract=("hqk", "any"), more=kv_outer(problem, 2, 32, 16, consumers))
    check_attend(case, run(graph, case, options=READER, **selected), selected["selected"])
