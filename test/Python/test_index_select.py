"""Properties of the index_select recipe, read as loops on the CPU: rows' lists, forced blocks, rows that choose nothing, layouts, ties.

Where no order of summation changes a score, the selection is the reference's, id by id.
"""
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import msac
from drawing import problems_with_cases
from msac.testing import Case, Problem, select_graph
from msac.testing.stages import EXACT
from running import check_selection, reference_scores, reference_select, run

pytestmark = pytest.mark.usefixtures("compiler", "runtime")

LIMITS = dict(dtypes=("bf16", "f16"), work=1 << 20)
READER = (("reader", True), ("recipe_target", "sm_90a"))
MAY_REFUSE = {"registers"}
CONTRACTS = st.sampled_from([("hqk", "ascending"), ("hqk", "any"), ("qhk", "ascending"), ("hqk", "local_last"), ("qhk", "local_last")])


def in_one_launch(graph, **config):
    told = '{strategy = #msa.strategy<kind = index_select, target = "sm_90a">, '
    if config:
        told += f"tile_config = #msa.tile_config<{', '.join(f'{name} = {value}' for name, value in config.items())}>, "
    return replace(graph, text=graph.text.replace("{block_size", told + "block_size", 1))


def check(graph, case, contract):
    layout, order = contract
    selected = run(graph, case, options=READER)["selection"]
    scores = reference_scores(case)
    if case.data in EXACT:
        expected, _ = reference_select(case, scores, layout=layout, order=order)
        np.testing.assert_array_equal(selected, expected)
        return
    hqk = selected if layout == "hqk" else selected.swapaxes(0, 1)
    check_selection(case, np.where(hqk < 0, -1, np.sort(np.where(hqk < 0, 2**30, hqk), axis=-1)), scores)


def requests_follow_one_another(query):
    if query.ndim < 4 or query.size == 0 or query.shape[0] == 1 or query.shape[1] == 1:
        return True
    return query.strides[0] == query.shape[1] * query.strides[1]


def read(graph, batches, contract, tally):
    for case in batches:
        if not requests_follow_one_another(case.arrays["index_query"]):
            tally["strides"] += 1
            continue
        try:
            check(graph, case, contract)
        except msac.CompileError as error:
            assert error.id in MAY_REFUSE, error
            tally[error.id] += 1
            return
        tally["ran"] += 1


def report(tally):
    print(dict(tally))
    assert tally["ran"] > 0, f"nothing ran: {dict(tally)}"


def test_selections_of_random_problems():
    tally = Counter()

    @given(problems_with_cases(**LIMITS), CONTRACTS, st.booleans())
    def check_one(drawn, contract, static):
        problem, batches = drawn
        graph = select_graph(problem, batches[0] if static else None, selected_scores=False, contract=contract)
        read(in_one_launch(graph), batches[:1] if static else batches, contract, tally)

    check_one()
    report(tally)


@pytest.mark.parametrize("data", EXACT)
def test_ties_go_to_the_lower_block(data):
    tally = Counter()

    @given(problems_with_cases(**LIMITS), CONTRACTS)
    def check_one(drawn, contract):
        problem, batches = drawn
        read(in_one_launch(select_graph(problem, selected_scores=False, contract=contract)), [replace(case, data=data) for case in batches], contract, tally)

    check_one()
    report(tally)


@pytest.mark.parametrize("heads, block_size, config", [
    (4, 128, dict(query_tile=32, kv_tile=64, kv_stages=2, warps=8)),
    (4, 128, dict(query_tile=8, kv_tile=128, kv_stages=3, warps=1)),
    (4, 128, dict(query_tile=1, kv_tile=32, kv_stages=4, warps=1)),
    (3, 64, dict(query_tile=21, kv_tile=64, kv_stages=2, warps=2)),  # rows that no token fills
    (5, 16, dict(query_tile=7, kv_tile=128, kv_stages=2, warps=3)),  # several blocks a step
    (33, 48, dict(query_tile=1, kv_tile=48, kv_stages=2, warps=3)),
    # roles and wgmma: lists of four rows a lane, and of two
    (4, 128, dict(query_tile=64, kv_tile=128, kv_stages=3, warps=12, mma="wgmma", consumers=2)),
    (3, 64, dict(query_tile=21, kv_tile=64, kv_stages=2, warps=8, mma="wgmma", consumers=1)),
])
@pytest.mark.parametrize("causal, topk, sink, local", [(True, 4, 1, 2), (False, 3, 1, 1), (True, 2, 0, 1), (True, 3, 1, 2), (False, 5, 3, 2)])
@pytest.mark.parametrize("q_layout, q_lens, kv_lens", [
    ("uniform", (3, 3, 3), (900, 129, 1)),
    ("ragged", (40, 0, 5, 1, 0, 30), (427, 64, 901, 0, 300, 31)),
])
def test_selections_with_given_numbers(heads, block_size, config, causal, topk, sink, local, q_layout, q_lens, kv_lens):
    problem = Problem(dtype="bf16", num_kv_heads=heads, group=1, index_dim=64, block_size=block_size, topk=topk, sink_blocks=sink,
                      local_blocks=local, page_size=16, q_layout=q_layout, causal=causal)
    case = Case(problem, q_lens, kv_lens, seed=5, data="integers")
    check(in_one_launch(select_graph(problem, selected_scores=False), **config), case, ("hqk", "ascending"))


def test_rows_that_keep_all_their_blocks_beside_one_that_chooses():
    problem = Problem(dtype="bf16", num_kv_heads=2, group=1, index_dim=64, block_size=16, topk=4, page_size=16)
    case = Case(problem, (5, 3, 7), (64, 33, 200), seed=1, data="integers")
    check(in_one_launch(select_graph(problem, selected_scores=False)), case, ("hqk", "ascending"))


@pytest.mark.parametrize("least_tokens", [1, 76, 77])
def test_short_calls_go_by_scores(least_tokens):
    """76 tokens: as many as are asked for, or one too few."""
    for causal in (True, False):
        problem = Problem(dtype="bf16", num_kv_heads=3, group=1, index_dim=64, block_size=32, topk=4, page_size=16, causal=causal)
        case = Case(problem, (40, 0, 5, 1, 0, 30), (427, 64, 901, 0, 300, 31), seed=3, data="integers")
        config = dict(query_tile=16, kv_tile=32, kv_stages=2, warps=3, chunk_blocks=5, least_tokens=least_tokens)
        for contract in (("hqk", "ascending"), ("qhk", "local_last")):
            check(in_one_launch(select_graph(problem, selected_scores=False, contract=contract), **config), case, contract)


@pytest.mark.parametrize("kv_layout", ["packed", "dense"])
def test_short_calls_where_only_shapes_say_lengths(kv_layout):
    problem = Problem(dtype="f16", num_kv_heads=2, group=1, index_dim=64, block_size=16, topk=3, kv_layout=kv_layout, page_size=0,
                      has_kv_lens=False, q_layout="uniform")
    case = Case(problem, (20,), (333,), seed=4, data="integers", spare=0)
    config = dict(query_tile=8, kv_tile=16, kv_stages=2, warps=1, chunk_blocks=2, least_tokens=100)
    check(in_one_launch(select_graph(problem, selected_scores=False), **config), case, ("hqk", "ascending"))


def test_scores_are_refused():
    problem = Problem(dtype="bf16", num_kv_heads=2, group=1, index_dim=64, block_size=16, topk=4, page_size=16)
    with pytest.raises(msac.CompileError) as refused:
        msac.compile(in_one_launch(select_graph(problem, selected_scores=True)).text, target="sm_90a")
    assert refused.value.id == "no-recipe"
