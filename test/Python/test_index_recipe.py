"""Properties of the index_score recipe, read as loops on the CPU: rows of (token, head) pairs, chunks, pages, masks, -inf."""
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import problems_with_cases
from msac.testing import Case, Problem, check_scores, scores_graph
from running import reference_scores, run

pytestmark = pytest.mark.usefixtures("compiler", "runtime")

LIMITS = dict(dtypes=("bf16", "f16"), work=1 << 20)
READER = (("reader", True), ("recipe_target", "sm_90a"))


def requests_follow_one_another(query):
    if query.ndim < 4 or query.size == 0 or query.shape[0] == 1 or query.shape[1] == 1:
        return True
    return query.strides[0] == query.shape[1] * query.strides[1]


def read(graph, batches, tally):
    for case in batches:
        if not requests_follow_one_another(case.arrays["index_query"]):
            tally["strides"] += 1
            continue
        check_scores(run(graph, case, options=READER)["scores"], reference_scores(case))
        tally["ran"] += 1


def report(tally):
    print(dict(tally))
    assert tally["ran"] > 0, f"nothing ran: {dict(tally)}"


def test_scores_of_random_problems():
    tally = Counter()

    @given(problems_with_cases(**LIMITS))
    def check(drawn):
        problem, batches = drawn
        read(scores_graph(problem), batches, tally)

    check()
    report(tally)


def test_scores_of_random_decode_problems():
    """1 to 16 query tokens a request, sizes written down or free."""
    tally = Counter()

    @given(problems_with_cases(max_q_len=16, q_layouts=("uniform", "dense"), **LIMITS), st.booleans())
    def check(drawn, static):
        problem, batches = drawn
        batches = batches[:1] if static else batches
        read(scores_graph(problem, batches[0] if static else None), batches, tally)

    check()
    report(tally)


def with_config(graph, **config):
    numbers = ", ".join(f"{name} = {value}" for name, value in config.items())
    told = f"{{tile_config = #msa.tile_config<{numbers}>, block_size"
    return replace(graph, text=graph.text.replace("{block_size", told, 1))


@pytest.mark.parametrize("heads, block_size, config", [
    (4, 128, dict(query_tile=32, kv_tile=128, kv_stages=2, warps=4, chunk_blocks=4)),
    (4, 128, dict(query_tile=32, kv_tile=64, kv_stages=3, warps=8, chunk_blocks=16)),
    (4, 128, dict(query_tile=1, kv_tile=32, kv_stages=4, warps=1, chunk_blocks=1)),
    (1, 128, dict(query_tile=16, kv_tile=128, kv_stages=1, warps=1, chunk_blocks=3)),
    (3, 64, dict(query_tile=21, kv_tile=64, kv_stages=2, warps=2, chunk_blocks=9)),    # rows that no token fills
    (5, 16, dict(query_tile=7, kv_tile=128, kv_stages=2, warps=3, chunk_blocks=24)),   # several blocks a step
    (2, 16, dict(query_tile=8, kv_tile=32, kv_stages=2, warps=1, chunk_blocks=2)),
    (8, 256, dict(query_tile=4, kv_tile=64, kv_stages=2, warps=1, chunk_blocks=9)),
    (33, 48, dict(query_tile=1, kv_tile=48, kv_stages=2, warps=3, chunk_blocks=10)),
    (4, 80, dict(query_tile=5, kv_tile=16, kv_stages=3, warps=1, chunk_blocks=8)),
    # roles and wgmma: 128 rows a warpgroup, and 64; a ring that two loops share; rows that no token fills; two tiles a block
    (4, 128, dict(query_tile=64, kv_tile=128, kv_stages=4, warps=12, chunk_blocks=4, mma="wgmma", consumers=2)),
    (3, 64, dict(query_tile=21, kv_tile=64, kv_stages=2, warps=8, chunk_blocks=9, mma="wgmma", consumers=1)),
    (5, 80, dict(query_tile=51, kv_tile=80, kv_stages=3, warps=12, chunk_blocks=3, mma="wgmma", consumers=2)),
    (2, 256, dict(query_tile=64, kv_tile=128, kv_stages=2, warps=8, chunk_blocks=2, mma="wgmma", consumers=1)),
])
@pytest.mark.parametrize("q_layout, q_lens, kv_lens", [
    ("uniform", (3, 3, 3), (900, 129, 1)),
    ("ragged", (40, 0, 5, 1, 0, 30), (127, 64, 901, 0, 300, 31)),
])
def test_scores_with_given_numbers(heads, block_size, config, q_layout, q_lens, kv_lens):
    problem = Problem(dtype="bf16", num_kv_heads=heads, group=1, index_dim=64, block_size=block_size, topk=2, page_size=16,
                      q_layout=q_layout)
    case = Case(problem, q_lens, kv_lens, seed=5)
    graph = with_config(scores_graph(problem), **config)
    check_scores(run(graph, case, options=READER)["scores"], reference_scores(case))


@pytest.mark.parametrize("kv_layout, page_size", [("packed", 0), ("dense", 0), ("paged", 64), ("paged", 256)])
@pytest.mark.parametrize("index_dim", [96, 128, 192, 256])
def test_scores_of_layouts(kv_layout, page_size, index_dim):
    """The numbers that the strategy chooses, around the ends of blocks, causal or not."""
    for causal in (True, False):
        problem = Problem(dtype="f16", num_kv_heads=4, group=1, index_dim=index_dim, block_size=128, topk=2, page_size=page_size,
                          kv_layout=kv_layout, has_cu_seqlens_k=kv_layout == "packed", causal=causal)
        case = Case(problem, (1, 130, 0, 2), (129, 128, 127, 1), seed=2, data="integers")
        check_scores(run(scores_graph(problem), case, options=READER)["scores"], reference_scores(case))
